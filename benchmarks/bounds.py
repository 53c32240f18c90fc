"""What the parts of a look would take if each ran at what the machine can do at best, ms on one core."""

from __future__ import annotations

from benchmarks import machine
from benchmarks.trained import model_folder
from painwatch_engines.compile.flops import floating_point_operations

FULL_SEARCH_GFLOP = 0.62
"""Of a keypoint search over a whole frame, as question (a) counts it."""

FRAME_BYTES = 640 * 360 * 3


def search_ms() -> float:
    """A full search of one frame in int8."""
    return 1e3 * FULL_SEARCH_GFLOP / machine.gflops("int8")


def face_ms() -> float:
    """PainSeeker on one face in int8."""
    gflop = floating_point_operations(model_folder().model, (1, 224, 224, 3)) / 1e9
    return 1e3 * gflop / machine.gflops("int8")


def copies_ms() -> float:
    """A frame into shared memory and out of it."""
    return 2e3 * FRAME_BYTES / (machine.copies_gb_s(8, FRAME_BYTES) * 1e9)
