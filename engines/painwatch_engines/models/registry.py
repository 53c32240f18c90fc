"""All methods of judging a face by their names, and trained ones from their folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

import torch
from torch import nn

from painwatch_engines.artefacts import CARD_FILE, WEIGHTS_FILE, file_sha256, read_card
from painwatch_engines.errors import ArtefactError, DataError
from painwatch_engines.models.action_units import action_units
from painwatch_engines.models.inception import inception_v3
from painwatch_engines.models.kobayashi import kobayashi
from painwatch_engines.models.lbp_svm import lbp_svms
from painwatch_engines.models.method import Method
from painwatch_engines.models.painseeker import painseeker, painseeker_without_prsc
from painwatch_engines.models.resnet18 import resnet18
from painwatch_engines.models.settings import read_settings

SETTINGS_FILE = "settings.yaml"
"""The settings it was built and trained by; without the file, the shipped ones."""


@cache
def methods() -> Mapping[str, Method]:
    """Every method by name, with its shipped settings, in the order of tables."""
    networks = (resnet18(), painseeker_without_prsc(), painseeker(), inception_v3(), kobayashi(), action_units())
    every = (*lbp_svms(), *networks)
    return MappingProxyType({method.name: method for method in every})


def method(name: str) -> Method:
    """The method `name`, with its shipped settings.

    Raises:
        DataError: if there is none; names the known ones.
    """
    known = methods()
    if name not in known:
        raise DataError(f'there is no method "{name}"', "method", f"The methods: {', '.join(known)}.")
    return known[name]


def load_network(folder: Path) -> tuple[Method, nn.Module]:
    """The trained network of a model folder, in eval mode, and its method with the settings it was trained by.

    Raises:
        ArtefactError: if the folder was not made by training here, its settings cannot be used, its weights are not
            those of its card, or they do not fit its method.
    """
    card = read_card(folder / CARD_FILE)
    if card.method is None:
        mend = "Use a folder made by `painwatch train`."
        raise ArtefactError("the card names no method, so the network cannot be rebuilt", str(folder / CARD_FILE), mend)
    try:
        chosen = method(card.method)
        if (folder / SETTINGS_FILE).is_file():
            chosen = replace(chosen, settings=read_settings(folder / SETTINGS_FILE))
        network = chosen.build(chosen.settings, card.units or ())
    except DataError as error:
        what = f"the network cannot be rebuilt ({error.where}: {error.what})"
        raise ArtefactError(what, str(folder), "Fetch the model folder again, or train anew.") from error
    weights = folder / WEIGHTS_FILE
    try:
        if card.weights_sha256 not in (None, file_sha256(weights)):
            raise ValueError("the file is not the one its card describes: other SHA-256")
        network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    except Exception as error:
        mend = "The file is missing, truncated, or of another method: fetch the model folder again, or train anew."
        raise ArtefactError(f"the weights cannot be read ({_first_line(error)})", str(weights), mend) from error
    return chosen, network.eval()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
