"""Whether the system is seeing, for a supervisor or a load balancer to ask. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from painwatch.core.types import CameraPhase, ProcessPhase
from painwatch.core.words import for_how_long
from painwatch.web.feed import Heard
from painwatch.web.wording import Severity, about_camera, about_process, one_line


def why_not_seeing(heard: Heard, cameras: Iterable[str]) -> tuple[str, ...]:
    """Every reason why the system does not see with all `cameras`; empty if it does.

    It sees while the hub is heard, every camera is live with predictions arriving (or has ended, if it is a
    recording), no supervised process is away, and history can be written. What is seen does not matter here: a
    sleeping animal whose face is hidden is no fault.
    """
    if heard.age_s is None:
        return ("the hub has not been heard yet",)
    if not heard.fresh or heard.snapshot is None:
        return (f"the hub has been silent for {for_how_long(heard.age_s)}",)
    reasons: list[str] = []
    for name in cameras:
        live = heard.camera(name)
        said = about_camera(live, heard.now_ns, heard.age_s)
        phase = live.state.phase if live and live.state else None
        if said.severity is not Severity.QUIET:
            reasons.append(f"camera {name}: {one_line(said)}")
        elif phase is not CameraPhase.ENDED and (live is None or live.predictions_per_s <= 0):
            reasons.append(f"camera {name}: its pictures are not being judged")
    for process in heard.snapshot.processes:
        if process.phase is not ProcessPhase.RUNNING:
            said = about_process(process, heard.now_ns, heard.age_s)
            reasons.append(f"process {process.name}: {one_line(said)}")
    if heard.snapshot.store_fault:
        reasons.append(f"history cannot be written: {heard.snapshot.store_fault}")
    return tuple(reasons)
