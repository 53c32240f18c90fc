"""The minutes of several cages as one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

from painwatch.core.minutes import MINUTE_NS
from painwatch.core.types import MinuteSummary, UnitScore

WATERMARK_NS = 2 * MINUTE_NS
"""No minute comes later than this after its end, by the Ticks: fusion waits for a camera for a minute at most."""

LONGEST_WAIT = 24 * 60
"""Minutes that wait for another cage; of recordings, which may be apart by any length."""


class Pool:
    """The cages of a group. Gives each minute of the group once, in order, when all its cages have told it.

    A cage that has told a later minute will not tell an earlier one. A minute is not waited for once the Ticks are
    WATERMARK_NS past its end (of `live` cages only). The looks of a cage that is absent count as expected and skipped.
    """

    def __init__(self, subject: str, expected: Mapping[str, int], *, live: bool) -> None:
        """`expected`: looks in a whole minute of each cage."""
        self._subject, self._expected, self._live = subject, dict(expected), live
        self.forget()

    def forget(self) -> None:
        """Begins anew, such as when the clock was set back."""
        self._told_ns = dict.fromkeys(self._expected, -1)
        self._waiting: dict[int, dict[str, MinuteSummary]] = {}
        self._closed_ns = -1

    def minute(self, minute: MinuteSummary) -> tuple[MinuteSummary, ...]:
        """Takes a minute of one of its cages; gives the group's minutes that this completes."""
        self._told_ns[minute.cage] = max(self._told_ns[minute.cage], minute.start_ns)
        if minute.start_ns >= self._closed_ns:
            self._waiting.setdefault(minute.start_ns, {}).setdefault(minute.cage, minute)
        return self._close_to(self._complete_ns())

    def tick(self, time_ns: int) -> tuple[MinuteSummary, ...]:
        """The group's minutes that are waited for no longer."""
        return self._close_to(time_ns - WATERMARK_NS) if self._live else ()

    def _complete_ns(self) -> int:
        complete_ns = min(self._told_ns.values()) + MINUTE_NS
        if len(self._waiting) > LONGEST_WAIT:
            complete_ns = max(complete_ns, min(self._waiting) + MINUTE_NS)
        return complete_ns

    def _close_to(self, end_ns: int) -> tuple[MinuteSummary, ...]:
        """All that end by `end_ns`."""
        due = sorted(start_ns for start_ns in self._waiting if start_ns + MINUTE_NS <= end_ns)
        self._closed_ns = max(self._closed_ns, *(start_ns + MINUTE_NS for start_ns in due), -1)
        return tuple(pooled(self._subject, start_ns, self._waiting.pop(start_ns), self._expected) for start_ns in due)


def pooled(
    subject: str, start_ns: int, told: Mapping[str, MinuteSummary], expected: Mapping[str, int]
) -> MinuteSummary:
    """The minutes that the cages of a group told, as one; means of action units are weighted by what was scored."""
    minutes = [told[cage] for cage in sorted(told)]
    pain, no_pain = sum(minute.pain for minute in minutes), sum(minute.no_pain for minute in minutes)
    absent = sum(looks for cage, looks in expected.items() if cage not in told)
    all_expected = absent + sum(minute.expected for minute in minutes)
    by_status: Counter[str] = Counter()
    for minute in minutes:
        by_status.update(minute.by_status)
    scored = pain + no_pain
    return MinuteSummary(
        cage=subject,
        start_ns=start_ns,
        pain=pain,
        no_pain=no_pain,
        skipped=absent + sum(minute.skipped for minute in minutes),
        expected=all_expected,
        coverage=min(1.0, scored / all_expected) if all_expected else 0.0,
        pain_probability=pain / scored if scored else None,
        by_status=dict(sorted(by_status.items())),
        faces=sum(minute.faces for minute in minutes),
        units=_units(minutes),
        models=tuple(sorted({model for minute in minutes for model in minute.models})),
        repeated=sum(minute.repeated for minute in minutes),
    )


def _units(minutes: Iterable[MinuteSummary]) -> tuple[UnitScore, ...]:
    weighted: dict[str, list[tuple[float, int]]] = {}
    for minute in minutes:
        for unit in minute.units:
            known = weighted.setdefault(unit.name, [])
            if unit.score is not None and minute.pain + minute.no_pain:
                known.append((unit.score, minute.pain + minute.no_pain))
    return tuple(UnitScore(name, _mean(known)) for name, known in sorted(weighted.items()))


def _mean(weighted: list[tuple[float, int]]) -> float | None:
    # fsum is exact before it rounds, so the order cannot change the last bit; the mean of 2s may round above 2.
    scored = sum(weight for _, weight in weighted)
    return min(2.0, math.fsum(value * weight for value, weight in weighted) / scored) if scored else None
