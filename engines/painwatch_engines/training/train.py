"""From a set of labelled faces to a model folder: split, fit, write."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from painwatch_engines.artefacts import Card
from painwatch_engines.data.face_folder import FaceFolder, load_face_folder
from painwatch_engines.models.method import Method
from painwatch_engines.models.registry import method as method_of
from painwatch_engines.models.settings import changed_settings
from painwatch_engines.training.card_words import counted
from painwatch_engines.training.fit import FitOptions, fit
from painwatch_engines.training.model_folder import Wish, check_free, write_model_folder
from painwatch_engines.training.splits import split_animals


@dataclass(frozen=True, slots=True)
class Order:
    """What to train and where to put it.

    Attributes:
        method: name in the registry.
        data: folder of the set.
        out: model folder to write; nothing may be there.
        run: folder of the run.
        settings: YAML file with what differs from the shipped settings.
        judge_on: animals to judge by; none draws them.
        stop_on: animals that stop the training; none draws them.
        name: on the card; None for METHOD_SET.
        store: see model_folder.Wish.
        face_multiple: see model_folder.Wish.
    """

    method: str
    data: Path
    out: Path
    run: Path
    settings: Path | None = None
    judge_on: tuple[str, ...] = ()
    stop_on: tuple[str, ...] = ()
    name: str | None = None
    store: Literal["float32", "int8"] = "float32"
    face_multiple: float = 1.6


def train_model(
    order: Order, options: FitOptions, resume: bool = False, step: Callable[[str], None] = lambda _: None
) -> Card:
    """Train and write; gives the card.

    Raises:
        DataError: the set, the split, the settings or the folders cannot be used; said before any training.
    """
    check_free(order.out)
    method = method_of(order.method)
    if order.settings is not None:
        method = replace(method, settings=changed_settings(method.settings, order.settings))
    data = load_face_folder(order.data)
    split = split_animals(data, order.judge_on, order.stop_on, options.seed, stops=method.kind == "network")
    for what, rows in (("train on", split.training), ("stop on", split.stopping), ("judge by", split.judged)):
        if rows is not None:
            step(f"{what} {len(rows)} faces of {counted(data, rows)}")
    if split.stopping is None and method.kind == "network":
        step(
            "no animal is left to stop the training: it runs all its epochs, and its probabilities have no temperature"
        )
    fitted = fit(method, data, split.training, split.stopping, options, order.run, resume)
    wish = Wish(
        name=order.name or f"{method.name}_{data.about.name}",
        command=_command(order, options, method, data),
        seed=options.seed,
        store=order.store,
        face_multiple=order.face_multiple,
    )
    return write_model_folder(order.out, fitted, data, split, wish, step)


def _command(order: Order, options: FitOptions, method: Method, data: FaceFolder) -> str:
    """The command that makes the model again, with words in place of this machine's paths."""
    words = [f"painwatch train {method.name} {data.about.name} --out FOLDER --seed {options.seed}"]
    words += [f"--hold-out {shlex.quote(name)}" for name in order.judge_on]
    words += [f"--stop-on {shlex.quote(name)}" for name in order.stop_on]
    words += ["--settings settings.yaml"] if order.settings is not None else []
    words += [f"--epochs {options.epochs}"] if options.epochs is not None else []
    words += ["--deterministic"] if options.deterministic else []
    words += [f"--devices {options.devices}"] if options.devices > 1 else []
    words += [f"--store {order.store}"] if order.store != "float32" else []
    words += [f"--face-multiple {order.face_multiple:g}"] if data.about.face_multiple is None else []
    words += [f"--name {order.name}"] if order.name is not None else []
    return " ".join(words)
