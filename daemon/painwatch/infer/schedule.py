"""When which camera is looked at. Pure: times come in, decisions go out.

Event time is cut into cells of one sample period, the same for all cameras (cell k starts at k * period since
1970). Every camera is looked at once a cell: at its first frame at or after the cell's start. So the cameras of a
cage are judged at about the same instants, however fast each one runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

GRACE_NS = 250_000_000
"""How long a frame may take from its stamp to the ring before its cell counts as without a frame. A decoder or a
renderer on a busy host takes tens of milliseconds; moments that wait for a silent camera wait this much longer."""

CLOCK_STEP_NS = 10_000_000_000
"""A frame or a now this far before the last judged cell means that the wall clock was set back: start afresh."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """Where one camera stands. `cell`: the last cell that was judged or given up; None before the first."""

    period_ns: int
    cell: int | None = None


def period_ns(sample_rate_hz: float) -> int:
    """Length of a cell."""
    return round(1e9 / sample_rate_hz)


def wants(sampling: Sampling, frame_wall_ns: int) -> bool:
    """Whether a frame of this time opens a cell that was not judged yet."""
    if sampling.cell is None or _set_back(sampling, frame_wall_ns):
        return True
    return frame_wall_ns // sampling.period_ns > sampling.cell


def judged(sampling: Sampling, frame_wall_ns: int) -> Sampling:
    """After a frame of this time was looked at."""
    return replace(sampling, cell=frame_wall_ns // sampling.period_ns)


def shut(sampling: Sampling, now_wall_ns: int) -> bool:
    """Whether no frame of now could be wanted, as this cell was judged: there is no need to look for one."""
    return now_wall_ns < opens_ns(sampling) <= now_wall_ns + sampling.period_ns


def opens_ns(sampling: Sampling) -> int:
    """When the next cell begins in which a frame is wanted; 0 before the first."""
    return 0 if sampling.cell is None else (sampling.cell + 1) * sampling.period_ns


def unseen(sampling: Sampling, frame_wall_ns: int, frames_between: int, clear_ns: int | None = None) -> int:
    """Cells that nobody looked at between the last one and that of this frame, though they had frames.

    Args:
        sampling: before this frame is judged.
        frames_between: those that came after the last one judged and before this one. A cell without any is no look
            that is owed, so no more cells count than this.
        clear_ns: when it was last seen that no frame waited, if it was. Cells more than half over by then had none:
            a camera that sends in bursts leaves cells empty, and its frames all lie in one.
    """
    if sampling.cell is None or _set_back(sampling, frame_wall_ns):
        return 0
    period_ns, last = sampling.period_ns, sampling.cell
    if clear_ns is not None:
        last = max(last, (clear_ns + period_ns // 2) // period_ns - 1)
    return max(0, min(frame_wall_ns // period_ns - last - 1, frames_between))


def missed(sampling: Sampling, now_wall_ns: int) -> tuple[Sampling, int | None]:
    """The newest cell that passed without a frame, as the time to stamp on "no frame", if there is one.

    Cells before it that passed in the same silence are not reported one by one: the time is only asked for when a
    worker comes round, and a moment nobody reported is counted as skipped by the fusion.
    The stamp is the middle of the cell, so that it pairs with what other cameras saw anywhere in it.
    """
    last_over = (now_wall_ns - GRACE_NS) // sampling.period_ns - 1
    if sampling.cell is None or _set_back(sampling, now_wall_ns):
        return replace(sampling, cell=last_over), None
    if last_over <= sampling.cell:
        return sampling, None
    return replace(sampling, cell=last_over), last_over * sampling.period_ns + sampling.period_ns // 2


def _set_back(sampling: Sampling, wall_ns: int) -> bool:
    return sampling.cell is not None and wall_ns < sampling.cell * sampling.period_ns - CLOCK_STEP_NS
