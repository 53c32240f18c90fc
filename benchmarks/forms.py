"""The 8-bit forms that painwatch computes with here, built as `painwatch engine build` builds them and kept.

What was built by another version of the compiler is not used again.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import painwatch_engines.compile
from benchmarks import clips
from benchmarks.clips import CALIBRATION, FIRST_CALIBRATION, calibration_clips, faces
from benchmarks.trained import model_folder
from painwatch_engines import zoo
from painwatch_engines.artefacts import ModelFolder, load_model_folder
from painwatch_engines.compile.build import build
from painwatch_engines.compile.parity import Limits
from painwatch_engines.compile.pictures import Picture, fitted
from painwatch_engines.errors import EngineError
from painwatch_engines.runtime import PlanCache
from painwatch_engines.runtime.selection import int8_key

CALIBRATION_FACES = 200

KEYPOINT_LIMITS = Limits(px=1.5, likelihood_p99=0.1)
"""Where two places of its heatmap are nearly as likely, 8 bits may choose the other. Points seen by one of the two
alone are held to the usual limit; question (a) counts the faces and holds the points to the truth."""

WIDER = (
    "The 8-bit form of the keypoint network is admitted within 1.5 px and 0.1 of likelihood (99 %), not the usual 1 px "
    "and 0.05, by which it is refused on some sets of frames."
)
"""To be said wherever that form is used."""

Say = Callable[[str], None]


def plans(cache_dir: Path) -> PlanCache:
    """Where the forms lie; the watch is given the same folder."""
    return PlanCache(cache_dir.absolute() / f"engines-{_compiler()}")


def computed(eight_bit: bool) -> str:
    """What a table says of how its two sides compute."""
    return f"The loop computes in float32, painwatch {f'in 8 bits. {WIDER}' if eight_bit else 'in float32.'}"


def classifier_form(cache_dir: Path, say: Say = lambda _: None) -> Path:
    """PainSeeker, calibrated on one half of the faces and admitted on the other with the usual limits.

    Raises:
        EngineError: the gate refuses it.
    """

    def pictures() -> Sequence[Picture]:
        return tuple(faces(cache_dir, CALIBRATION_FACES, FIRST_CALIBRATION, CALIBRATION, say).pictures)

    return kept_form(model_folder(), pictures, plans(cache_dir), Limits(), say)


def keypoints_form(cache_dir: Path, say: Say = lambda _: None) -> Path:
    """The shipped keypoint network, calibrated and admitted on frames of other animals than those that it is timed on.

    Raises:
        EngineError: the gate refuses it.
    """
    folder = load_model_folder(zoo.path("keypoints"))

    def pictures() -> Sequence[Picture]:
        return tuple(fitted(folder, image) for clip in calibration_clips(cache_dir, say) for image in clip.images())

    return kept_form(folder, pictures, plans(cache_dir), KEYPOINT_LIMITS, say)


def forms(cache_dir: Path, say: Say = lambda _: None) -> Path:
    """The folder with both forms."""
    classifier_form(cache_dir, say)
    return keypoints_form(cache_dir, say).parent


def kept_form(
    folder: ModelFolder,
    pictures: Callable[[], Sequence[Picture]],
    at: PlanCache,
    limits: Limits,
    say: Say = lambda _: None,
) -> Path:
    """The 8-bit form of a model; built on `pictures` and admitted within `limits` if it is not there yet.

    Raises:
        EngineError: the gate refuses it.
    """
    with contextlib.suppress(EngineError):
        return at.find(int8_key(folder.model))
    built = build(folder, pictures(), target="onnxruntime", precision="int8", plans=at, limits=limits, progress=say)
    say(f"admitted: {', '.join(f'{name} {value:.3g}' for name, value in built.record.figures.items())}")
    return built.file


@cache
def _compiler() -> str:
    """The version of what compiles, and of what is chosen here and what is drawn to calibrate with."""
    (package,) = painwatch_engines.compile.__path__
    files = [*sorted(Path(package).glob("*.py")), Path(__file__), Path(clips.__file__)]
    told = b"".join(file.read_bytes() for file in files)
    return hashlib.sha256(told + clips.renderer().encode()).hexdigest()[:8]
