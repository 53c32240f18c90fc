"""Whether the engines that a configuration names can compute its models here: asked before the watch runs."""

from __future__ import annotations

import numpy as np

from painwatch.config.models import Config, Engine
from painwatch.core.types import Image
from painwatch.infer.tools import checks
from painwatch_engines.artefacts import FaceInput, ModelFolder
from painwatch_engines.errors import EngineError
from painwatch_engines.runtime import PlanCache, open_engine

_GREY = 128


def try_engines(
    config: Config, folder: ModelFolder, chain: tuple[Engine, ...], plans: PlanCache
) -> dict[Engine, EngineError | None]:
    """Open the model with each engine of the chain and compute one blank picture, held to what live ones are.

    Returns:
        For each engine, in the order of the chain, why it cannot be used, or None if it can.
    """
    return {name: _fault(config, folder, name, plans) for name in dict.fromkeys(chain)}


def _fault(config: Config, folder: ModelFolder, name: Engine, plans: PlanCache) -> EngineError | None:
    inputs: dict[str, Image] = {folder.card.input.name: _blank(folder)}
    try:
        outputs = open_engine(name, folder.model, plans).run(inputs)
        if lacking := [key for key, values in outputs.items() if not np.isfinite(values).all()]:
            what = f"of a blank picture it gives {', '.join(lacking)} that are not finite"
            return EngineError(what, name, "Verify it with `painwatch engine verify`.")
        checks(config, folder.card)(inputs, outputs)
    except EngineError as error:
        return error
    except Exception as error:
        what = f"it cannot compute a blank picture ({type(error).__name__}: {error})"
        return EngineError(what, name, "Take it out of the chain, or verify it with `painwatch engine verify`.")
    return None


def _blank(folder: ModelFolder) -> Image:
    """One grey picture (1, H, W, 3) as the model takes it; frames as wide as the network's, three quarters as high."""
    taken = folder.card.input
    if isinstance(taken, FaceInput):
        return np.full((1, taken.size_px, taken.size_px, 3), _GREY, np.uint8)
    return np.full((1, taken.network_width_px * 3 // 4, taken.network_width_px, 3), _GREY, np.uint8)
