"""Small models that come with the package: made from rendered animals, not validated on live ones."""

from __future__ import annotations

from pathlib import Path

from painwatch_engines.artefacts import CARD_FILE
from painwatch_engines.errors import ArtefactError


def names() -> list[str]:
    """Names of the models, sorted."""
    return sorted(card.parent.name for card in _shelf().glob(f"*/{CARD_FILE}"))


def path(name: str) -> Path:
    """The folder of a model, for artefacts.load_model_folder.

    Raises:
        ArtefactError: if there is no such model; names those there are.
    """
    if name not in names():
        raise ArtefactError(f"there is no model {name}", "zoo", f"Models in the zoo: {', '.join(names()) or 'none'}.")
    return _shelf() / name


def _shelf() -> Path:
    return Path(__file__).parent
