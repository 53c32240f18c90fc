"""What must always be said: what the model was made from, and that painwatch does not diagnose."""

from __future__ import annotations

from pathlib import Path

import yaml

from painwatch.config.resolve import model_folder
from painwatch.core.errors import PainwatchError

NO_DIAGNOSIS = "painwatch asks a person to look; it does not diagnose."


def notice(model: str, config_dir: Path) -> str:
    """The permanent notice for the classifier `model` (a `model:` setting), in its card's own words."""
    try:
        card = yaml.safe_load((model_folder(model, config_dir) / "card.yaml").read_text(encoding="utf-8"))
        name, version, validation = (str(card[key]).strip() for key in ("name", "version", "validation"))
    except (OSError, PainwatchError, yaml.YAMLError, KeyError, TypeError) as error:
        why = "; ".join(str(error).splitlines()).rstrip(".")
        return f"The card of {model} cannot be read, so take the model as not validated ({why}). {NO_DIAGNOSIS}"
    return f"{name} {version}: {validation.rstrip('.')}. {NO_DIAGNOSIS}"
