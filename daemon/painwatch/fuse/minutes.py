"""Points of a cage to its minutes, after Kobayashi et al. 2025.

Minutes are those of UTC. The expected number of looks is always that of a whole minute: a watch that began at 12:00:40
has a first minute of low coverage, and nothing is claimed of the time before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from painwatch.core.minutes import MINUTE_NS as MINUTE_NS
from painwatch.core.minutes import expected_looks as expected_looks
from painwatch.core.minutes import minute_of as minute_of
from painwatch.core.types import FusedPoint, MinuteSummary, Status
from painwatch.fuse.units import mean_units

LONGEST_HOLE_NS = 24 * 60 * MINUTE_NS
"""A silence up to this long is written down minute by minute, all skipped; after a longer one the book begins anew.
So it does if the clock is set back by more: what was counted under a clock that was years ahead must not keep every
minute to come from being told.
"""


def summarise(points: Iterable[FusedPoint], cage: str, start_ns: int, expected: int) -> MinuteSummary:
    """What `points`, all of one cage and within one minute, say together.

    pain + no_pain + skipped is `expected`, unless more was scored than expected: then nothing was skipped and the
    coverage is 1.
    """
    pain = no_pain = 0
    faces = repeated = 0
    by_status: Counter[str] = Counter()
    units, models = [], set()
    for point in points:
        by_status[point.status.value] += 1
        if point.status is Status.OK:
            faces += sum(share.status is Status.OK and not share.repeated for share in point.shares)
            repeated += point.repeated
            units.append(point.units)
            models.add(point.model)
        pain += point.pain is True
        no_pain += point.pain is False
    scored = pain + no_pain
    return MinuteSummary(
        cage=cage,
        start_ns=start_ns,
        pain=pain,
        no_pain=no_pain,
        skipped=max(0, expected - scored),
        expected=expected,
        coverage=min(1.0, scored / expected),
        pain_probability=pain / scored if scored else None,
        by_status=dict(sorted(by_status.items())),
        faces=faces,
        units=mean_units(units),
        models=tuple(sorted(models - {""})),
        repeated=repeated,
    )


class MinuteBook:
    """Closes the minutes of one cage, each once, in order.

    A point no later than the last one counted changes nothing, so points that are told again (a recording that is
    watched a second time, a clock that was set back) cannot alter a minute.
    """

    def __init__(self, cage: str, expected: int) -> None:
        self._cage, self._expected = cage, expected
        self._open_ns: int | None = None
        self._points: list[FusedPoint] = []
        self._counted_ns = -1

    @property
    def reached_ns(self) -> int:
        """The latest time that was counted, or lies in a closed minute; -1 before the first minute is open."""
        return max(self._counted_ns, -1 if self._open_ns is None else self._open_ns - 1)

    def resume_after(self, last_minute_ns: int) -> None:
        """Takes every minute up to and with `last_minute_ns` as closed; the next one is open."""
        self._open_ns = last_minute_ns + MINUTE_NS
        self._counted_ns = self._open_ns - 1

    def point(self, point: FusedPoint) -> tuple[MinuteSummary, ...]:
        """Counts a point; gives the minutes that ended before it."""
        if point.time_ns <= self._counted_ns:
            return ()
        closed = self._close_before(minute_of(point.time_ns))
        self._begin(point.time_ns)
        self._counted_ns = point.time_ns
        self._points.append(point)
        return closed

    def begin(self, time_ns: int) -> None:
        """The cage is watched at `time_ns`: its minute will be told, even if nothing comes."""
        if time_ns > self._counted_ns and not self._points:
            self._begin(time_ns)

    def settled(self, settled_ns: int) -> tuple[MinuteSummary, ...]:
        """No more points before `settled_ns` will come; gives the minutes that this closes."""
        return self._close_before(minute_of(settled_ns))

    def finish(self) -> tuple[MinuteSummary, ...]:
        """No more points will come at all; gives the open minute if anything was seen in it."""
        closed = self._close_before(self._open_ns + MINUTE_NS) if self._open_ns is not None and self._points else ()
        self._open_ns = None
        return closed

    def _begin(self, time_ns: int) -> None:
        # The first point may lie a little before the first Tick, in the minute before.
        self._open_ns = minute_of(time_ns) if self._open_ns is None else min(self._open_ns, minute_of(time_ns))

    def _close_before(self, next_ns: int) -> tuple[MinuteSummary, ...]:
        """Closes the open minute and all up to `next_ns`, which then is the open one."""
        if self._open_ns is None or next_ns <= self._open_ns:
            return ()
        points, start_ns, self._points = self._points, self._open_ns, []
        hole = range(start_ns, next_ns, MINUTE_NS) if next_ns - start_ns <= LONGEST_HOLE_NS else range(0)
        starts = list(hole) or ([start_ns] if points else [])
        self._open_ns, self._counted_ns = next_ns, next_ns - 1
        return tuple(summarise(points if at == start_ns else (), self._cage, at, self._expected) for at in starts)
