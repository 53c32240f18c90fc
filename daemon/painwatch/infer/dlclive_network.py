"""DeepLabCut-live's own runner behind the Network protocol. The only place of the watch that needs PyTorch.

DeepLabCut-live is AGPL and heavy (about 20 s to start), so it is an extra and is imported when it is chosen.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from painwatch.core.types import Image
from painwatch_engines.errors import EngineError


class DlcLiveNetwork:
    """One `DLCLive` on one model file. It wants BGR uint8 frames: float ones give garbage without a word."""

    engine = "deeplabcut-live"
    most_batched = 1
    """It takes no more than one frame at a time."""

    def __init__(self, model_file: Path) -> None:
        """Open the model.

        Raises:
            EngineError: DeepLabCut-live or PyTorch is not installed, or cannot load the file.
        """
        if not model_file.is_file():
            raise EngineError("there is no such file", str(model_file), "Check the path of the model folder.")
        try:
            from painwatch_engines.models.dlclive_seam import open_dlclive

            self._live: Any = open_dlclive(model_file)
        except ImportError as error:
            raise EngineError(
                f"DeepLabCut-live cannot be imported ({error})",
                str(model_file),
                "Install it with `pip install painwatch[dlclive]`, or set keypoints.runner to compiled.",
            ) from error
        except Exception as error:  # the library raises whatever its parts raise
            raise EngineError(
                f"DeepLabCut-live cannot load the model ({type(error).__name__}: {error})",
                str(model_file),
                "The file is truncated or not in DeepLabCut-live's PyTorch format: fetch or export it again.",
            ) from error
        self._started = False

    def poses(self, frames: Image) -> NDArray[np.floating[Any]]:
        return np.stack([self._pose(frame) for frame in frames])

    def _pose(self, frame: Image) -> NDArray[np.floating[Any]]:
        # The library builds its network only here, and its first answer is already a pose.
        pose = self._live.get_pose(frame) if self._started else self._live.init_inference(frame)
        self._started = True
        return np.asarray(pose)
