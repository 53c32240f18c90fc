"""Alarms held against what is known to have happened: treatments, surgeries, findings of people. Pure.

An event has a window: from `before_ns` ahead of it to `after_ns` behind its end. Alarms raised within a window are
put down to the event, all others are false alarms; so each alarm is one or the other. Minutes that could not be judged
count nowhere: neither as quiet time, nor as an event that was missed.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from painwatch.core.alarms import Mark
from painwatch.core.minutes import MINUTE_NS

Z_95 = 1.959963984540054
"""The normal distribution's 97.5 % point."""


class Outcome(StrEnum):
    """What became of an event.

    DETECTED: an alarm was raised in its window. STANDING: none was, for one stood already when the window began.
    MISSED: neither, though minutes after the event could be judged. UNSEEN: no minute after it could be judged.
    NOT_OVER: the window reaches beyond the time looked at; nothing is concluded.
    """

    DETECTED = "detected"
    STANDING = "in alarm before"
    MISSED = "missed"
    UNSEEN = "not judged"
    NOT_OVER = "window not over"


@dataclass(frozen=True, slots=True)
class Window:
    """Which marks are events, and how far around them an alarm is put down to them; `before_ns` may be 0."""

    name: str
    before_ns: int
    after_ns: int

    def of(self, mark: Mark) -> tuple[int, int]:
        """The window of one event, half-open, UTC ns."""
        return mark.time_ns - self.before_ns, (mark.end_ns or mark.time_ns) + self.after_ns


@dataclass(frozen=True, slots=True)
class PastAlarm:
    """One alarm of the past, `ended_ns` None if it stood at the end of the time looked at; UTC ns.

    `peak`: the value farthest beyond the threshold, as compared with it (so less its baseline, where there is one).
    `judged`, `unjudged`: minutes while it stood; `coverage`: mean over the minutes there are of that time, None if
    there are none.
    """

    rule: str
    subject: str
    raised_ns: int
    ended_ns: int | None
    peak: float | None
    judged: int
    unjudged: int
    coverage: float | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class EventResult:
    """One event and one rule.

    `lag_min`: from the event to the first alarm in its window raised at or after it. `lead_min`: from the last alarm
    raised ahead of it, no longer before than the window is long, to the event; told also where the window does not
    reach back so far, and the alarm counts as false. `judged_min` of `window_min` minutes after the event could be
    judged.
    """

    mark: Mark
    subject: str
    outcome: Outcome
    lag_min: float | None
    lead_min: float | None
    judged_min: int
    window_min: int


@dataclass(frozen=True, slots=True)
class Held:
    """A rule's alarms held against events: `in_windows` and `false_alarms` together are all of them.

    `quiet_min`: judged minutes outside of all windows, the time in which a false alarm could have been raised.
    """

    events: tuple[EventResult, ...]
    in_windows: tuple[PastAlarm, ...]
    false_alarms: tuple[PastAlarm, ...]
    quiet_min: int

    def count(self, *outcomes: Outcome) -> int:
        return sum(event.outcome in outcomes for event in self.events)

    @property
    def judged(self) -> int:
        """Events of which something can be concluded."""
        return self.count(Outcome.DETECTED, Outcome.STANDING, Outcome.MISSED)

    @property
    def sensitivity(self) -> float | None:
        """Detected / judged events, None without any. An alarm that stood before is no detection."""
        return self.count(Outcome.DETECTED) / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval of the sensitivity."""
        return wilson(self.count(Outcome.DETECTED), self.judged)

    @property
    def lags_min(self) -> tuple[float, ...]:
        """From each detected event to the first alarm after it, shortest first."""
        detected = (event for event in self.events if event.outcome is Outcome.DETECTED)
        return tuple(sorted(event.lag_min for event in detected if event.lag_min is not None))

    @property
    def median_lag_min(self) -> float | None:
        """Their median, None if there are none."""
        return statistics.median(self.lags_min) if self.lags_min else None

    @property
    def false_per_day(self) -> float | None:
        """False alarms a judged day outside of the windows, None if there is no such time."""
        return len(self.false_alarms) / (self.quiet_min / 1440) if self.quiet_min else None


def hold(
    alarms: Sequence[PastAlarm],
    judged: Mapping[str, Sequence[int]],
    marks: Iterable[Mark],
    subject_of: Mapping[str, str],
    window: Window,
    from_ns: int,
    to_ns: int,
) -> Held:
    """Holds one rule's alarms against the marks that `window` names.

    Args:
        alarms: of one rule; those raised before `from_ns` count only as standing.
        judged: starts of the judged minutes of each subject, ascending, UTC ns, within the range.
        marks: of any name; those outside of the range are no events of it, but their windows reach into it.
        subject_of: the subject of the rule's alarms that a cage belongs to; events of other cages are left out.
    """
    ours = [mark for mark in marks if mark.name == window.name and mark.cage in subject_of]
    windows: dict[str, list[tuple[int, int]]] = {}
    for mark in ours:
        windows.setdefault(subject_of[mark.cage], []).append(window.of(mark))
    merged = {subject: _merged(spans) for subject, spans in windows.items()}

    def within(subject: str, at_ns: int) -> bool:
        return any(begin <= at_ns < end for begin, end in merged.get(subject, ()))

    inside = sum(
        _between(starts, begin, end) for subject, starts in judged.items() for begin, end in merged.get(subject, ())
    )
    raised = [alarm for alarm in alarms if alarm.raised_ns >= from_ns]
    events = sorted((mark for mark in ours if from_ns <= mark.time_ns < to_ns), key=lambda m: (m.time_ns, m.cage))
    return Held(
        events=tuple(
            _event(mark, subject_of[mark.cage], alarms, judged.get(subject_of[mark.cage], ()), window, to_ns)
            for mark in events
        ),
        in_windows=tuple(alarm for alarm in raised if within(alarm.subject, alarm.raised_ns)),
        false_alarms=tuple(alarm for alarm in raised if not within(alarm.subject, alarm.raised_ns)),
        quiet_min=sum(map(len, judged.values())) - inside,
    )


def wilson(hits: int, of: int) -> tuple[float, float] | None:
    """The 95 % score interval of a share, None of nothing; Wilson 1927, J. Am. Stat. Assoc. 22:209-212."""
    if of == 0:
        return None
    share, z2 = hits / of, Z_95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z_95 / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of**2))
    # The bounds are 0 and 1 exactly where nothing or everything hit; floating point misses them by a hair.
    return (0.0 if hits == 0 else middle - half, 1.0 if hits == of else middle + half)


def _event(
    mark: Mark, subject: str, alarms: Sequence[PastAlarm], judged: Sequence[int], window: Window, to_ns: int
) -> EventResult:
    begin, end = window.of(mark)
    own = [alarm for alarm in alarms if alarm.subject == subject]
    raised = [alarm.raised_ns for alarm in own if begin <= alarm.raised_ns < end]
    after = [at for at in raised if at >= mark.time_ns]
    reach = max(window.before_ns, window.after_ns)
    ahead = [alarm.raised_ns for alarm in own if mark.time_ns - reach <= alarm.raised_ns < mark.time_ns]
    seen = _between(judged, mark.time_ns, end)
    stood = any(alarm.raised_ns < begin and (alarm.ended_ns is None or alarm.ended_ns > begin) for alarm in own)
    if end > to_ns:
        outcome = Outcome.NOT_OVER
    elif raised:
        outcome = Outcome.DETECTED
    elif stood:
        outcome = Outcome.STANDING
    else:
        outcome = Outcome.MISSED if seen else Outcome.UNSEEN
    return EventResult(
        mark=mark,
        subject=subject,
        outcome=outcome,
        lag_min=(min(after) - mark.time_ns) / MINUTE_NS if after else None,
        lead_min=(mark.time_ns - max(ahead)) / MINUTE_NS if ahead else None,
        judged_min=seen,
        window_min=(end - mark.time_ns) // MINUTE_NS,
    )


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same time as spans that do not meet, in order."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _between(starts: Sequence[int], begin_ns: int, end_ns: int) -> int:
    return bisect_left(starts, end_ns) - bisect_left(starts, begin_ns)
