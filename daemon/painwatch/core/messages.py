"""Everything that goes from process to process."""

from __future__ import annotations

from painwatch.core.alarms import Answer, Mark, Reading, Request, Transition
from painwatch.core.live import Snapshot
from painwatch.core.types import CameraState, FusedPoint, MinuteSummary, Prediction, ProcessState, Tick

Message = (
    Prediction
    | CameraState
    | ProcessState
    | Tick
    | FusedPoint
    | MinuteSummary
    | Snapshot
    | Reading
    | Request
    | Answer
    | Mark
    | Transition
)
