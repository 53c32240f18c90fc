"""Whether the system is seeing, for a supervisor or a load balancer to ask. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from painwatch.core.live import Snapshot
from painwatch.core.types import CameraPhase, Status
from painwatch.core.words import for_how_long
from painwatch.web.feed import Heard
from painwatch.web.wording import (
    BLIND_AFTER_S,
    Severity,
    about_camera,
    about_look,
    about_moment,
    about_process,
    one_line,
)

_NEVER_JUDGED = (Status.ENGINE_ERROR, Status.OUT_OF_DOMAIN)
"""Looks that fail for a reason on our side, not on the animal's, and that will not pass by themselves."""

_NOT_FED = (Status.NO_FRAME, Status.STALE, Status.OUT_OF_DOMAIN)
"""A single moment without a frame, or with a face unlike the training faces, is no fault; a lasting lack is."""


def why_not_seeing(heard: Heard, cameras: Iterable[str]) -> tuple[str, ...]:
    """Every reason why the system does not see with all `cameras`; empty if it does.

    It sees while the hub is heard, every camera is live with predictions arriving that an engine could make and was
    allowed to (or has ended, if it is a recording), no supervised process is away, and history can be written. What is
    seen does not matter here: a sleeping animal whose face is hidden is no fault.
    """
    if heard.age_s is None:
        return ("the hub has not been heard yet",)
    if not heard.fresh or heard.snapshot is None:
        return (f"the hub has been silent for {for_how_long(heard.age_s)}",)
    reasons: list[str] = []
    for name in cameras:
        why = _camera(heard, name)
        if why:
            reasons.append(f"camera {name}: {why}")
    for cage in heard.snapshot.cages:
        if cage.status in _NOT_FED and not _all_ended(heard.snapshot, cage.name):
            lasted_s = (heard.now_ns - cage.status_since_ns) / 1e9 + heard.age_s
            if not 0 <= lasted_s < BLIND_AFTER_S:
                reasons.append(f"cage {cage.name}: {about_moment(cage, heard.now_ns, heard.age_s)}")
    for process in heard.snapshot.processes:
        said = about_process(process, heard.now_ns, heard.age_s)
        if said.severity is not Severity.QUIET:
            reasons.append(f"process {process.name}: {one_line(said)}")
    if heard.snapshot.store_fault:
        reasons.append(f"history cannot be written: {heard.snapshot.store_fault}")
    return tuple(reasons)


def _camera(heard: Heard, name: str) -> str:
    live = heard.camera(name)
    said = about_camera(live, heard.now_ns, heard.age_s)
    if live is None or live.state is None or said.severity is not Severity.QUIET:
        return one_line(said)
    if live.state.phase is CameraPhase.ENDED:
        return ""
    if live.predictions_per_s <= 0:
        return "its pictures are not being judged"
    look = live.prediction
    failing = look is not None and look.status in _NEVER_JUDGED and look.novelty is None
    return about_look(live, heard.age_s) if failing else ""


def _all_ended(hub: Snapshot, cage: str) -> bool:
    states = [camera.state for camera in hub.cameras if camera.cage == cage]
    return bool(states) and all(state is not None and state.phase is CameraPhase.ENDED for state in states)
