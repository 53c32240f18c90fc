"""What a moment is called when its cameras do not agree."""

from __future__ import annotations

from collections.abc import Iterable

from painwatch.core.types import Status

PRECEDENCE: tuple[Status, ...] = (
    Status.OK,
    Status.OUT_OF_DOMAIN,
    Status.ENGINE_ERROR,
    Status.NO_FRAME,
    Status.STALE,
    Status.LOW_QUALITY,
    Status.NO_FACE,
)
"""The first that any camera reports is the moment's.

One camera that scores is enough. Otherwise what only a person can mend comes first (a model that was not made for the
animal, an engine that fails), then a camera that gives nothing, then a picture too poor to judge. "No face" comes last:
an animal that turns away is usual and passes by itself, and must not hide that the other camera is broken.
"""


def fused_status(statuses: Iterable[Status]) -> Status:
    """Status of a moment from those of its cameras; at least one."""
    return min(statuses, key=PRECEDENCE.index)
