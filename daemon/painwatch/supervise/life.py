"""The life of one child: starting, running, ended, to be started again when its time has come. Pure."""

from __future__ import annotations

import signal
from dataclasses import dataclass, replace

from painwatch.core.clock import Stamp
from painwatch.core.types import ProcessPhase

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
"""The first death is answered at once, the next ones after 0.5, 1, 2, 4 ... 30 s."""

FORGIVEN_AFTER_S = 60.0
"""A child that was up this long starts its count of deaths afresh."""

SETTLED_AFTER_S = 2.0
"""A child that was up this long is told as running, no longer as starting."""


@dataclass(frozen=True, slots=True)
class Life:
    """Where a child stands. `deaths`: in a row; `due_mono_ns`: when it is to be started, None while it is up."""

    phase: ProcessPhase
    since: Stamp
    due_mono_ns: int | None
    pid: int | None = None
    started_mono_ns: int = 0
    restarts: int = 0
    deaths: int = 0
    reason: str = ""


def unborn(now: Stamp) -> Life:
    """A child that is to be started now."""
    return Life(phase=ProcessPhase.STARTING, since=now, due_mono_ns=now.mono_ns)


def is_due(life: Life, now: Stamp) -> bool:
    """Whether the child is to be started."""
    return life.due_mono_ns is not None and now.mono_ns >= life.due_mono_ns


def started(life: Life, pid: int, now: Stamp) -> Life:
    """The child has been started as process `pid`."""
    return replace(
        life,
        phase=ProcessPhase.RESTARTING if life.deaths else ProcessPhase.STARTING,
        pid=pid,
        started_mono_ns=now.mono_ns,
        due_mono_ns=None,
        restarts=life.restarts + (1 if life.reason else 0),
    )


def settled(life: Life, now: Stamp) -> Life:
    """The same life, called running once it has been up long enough."""
    up_s = (now.mono_ns - life.started_mono_ns) / 1e9
    if life.due_mono_ns is None and life.phase in _ON_THE_WAY and up_s >= SETTLED_AFTER_S:
        return replace(life, phase=ProcessPhase.RUNNING, since=now)
    return life


def ended(life: Life, reason: str, now: Stamp) -> Life:
    """The child has ended, or could not be started: it is due again after its pause."""
    up_s = (now.mono_ns - life.started_mono_ns) / 1e9 if life.pid is not None else 0.0
    deaths = 1 if up_s >= FORGIVEN_AFTER_S else life.deaths + 1
    return replace(
        life,
        phase=ProcessPhase.RESTARTING,
        since=life.since if life.phase is ProcessPhase.RESTARTING else now,
        pid=None,
        due_mono_ns=now.mono_ns + round(pause_s(deaths) * 1e9),
        deaths=deaths,
        reason=reason,
    )


def stopped(life: Life, now: Stamp) -> Life:
    """The child was told to stop and has done so."""
    return replace(life, phase=ProcessPhase.STOPPED, since=now, pid=None, due_mono_ns=None)


def pause_s(deaths: int) -> float:
    """How long to wait before the start after `deaths` deaths in a row (1 or more)."""
    if deaths <= 1:
        return 0.0
    return float(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(deaths - 2, 10)))


def why_ended(return_code: int) -> str:
    """An exit status in words, such as 'killed by SIGKILL' or 'ended with exit code 1'."""
    if return_code >= 0:
        return "ended by itself" if return_code == 0 else f"ended with exit code {return_code}"
    try:
        return f"killed by {signal.Signals(-return_code).name}"
    except ValueError:
        return f"killed by signal {-return_code}"


_ON_THE_WAY = (ProcessPhase.STARTING, ProcessPhase.RESTARTING)
