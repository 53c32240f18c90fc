"""Which states of cameras and processes are news."""

from __future__ import annotations

from painwatch.core.types import CameraState, ProcessState


class States:
    """The last state of each camera and process."""

    def __init__(self) -> None:
        self._last: dict[tuple[type, str], tuple[object, ...]] = {}

    def is_news(self, record: CameraState | ProcessState) -> bool:
        """Whether it differs in phase, fault or restarts from the last one of the same name, which it now is."""
        state: tuple[object, ...]
        if isinstance(record, CameraState):
            name, state = record.camera, (record.phase, record.fault)
        else:
            name, state = record.name, (record.phase, record.restarts)
        key = (type(record), name)
        changed = self._last.get(key) != state
        self._last[key] = state
        return changed
