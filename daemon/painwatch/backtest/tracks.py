"""What is kept of the minutes that went by, for pictures and for the words about them: a few numbers each."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from painwatch.core.minutes import MINUTE_NS
from painwatch.core.types import MinuteSummary


@dataclass(slots=True)
class Track:
    """One cage: starts of its minutes (UTC ns, ascending), their values (NaN: none) and their coverage (0..1)."""

    starts: array[int] = field(default_factory=lambda: array("q"))
    probability: array[float] = field(default_factory=lambda: array("d"))
    coverage: array[float] = field(default_factory=lambda: array("d"))
    units: dict[str, array[float]] = field(default_factory=dict)

    def add(self, minute: MinuteSummary) -> None:
        known = {unit.name: unit.score for unit in minute.units}
        for name in known.keys() - self.units.keys():
            self.units[name] = array("d", [math.nan] * len(self.starts))
        for name, scores in self.units.items():
            score = known.get(name)
            scores.append(math.nan if score is None else score)
        self.starts.append(minute.start_ns)
        self.probability.append(math.nan if minute.pain_probability is None else minute.pain_probability)
        self.coverage.append(minute.coverage)

    def unseen(self, from_ns: int, to_ns: int) -> list[tuple[int, int]]:
        """Spans of minutes of which nothing was scored, or that are not there at all."""
        scored = (start for start, coverage in zip(self.starts, self.coverage, strict=True) if coverage > 0)
        spans, after_ns = [], from_ns
        for start_ns in (*(start for start in scored if from_ns <= start < to_ns), to_ns):
            if start_ns > after_ns:
                spans.append((after_ns, start_ns))
            after_ns = start_ns + MINUTE_NS
        return spans


class Tracks:
    """Lets minutes through and keeps what `Track` holds of those from `from_ns` on; `models`: minutes of each model."""

    def __init__(self, from_ns: int) -> None:
        self.cages: dict[str, Track] = {}
        self.models: Counter[str] = Counter()
        self._from_ns = from_ns

    def through(self, minutes: Iterable[MinuteSummary]) -> Iterator[MinuteSummary]:
        for minute in minutes:
            if minute.start_ns >= self._from_ns:
                self.cages.setdefault(minute.cage, Track()).add(minute)
                self.models.update(minute.models)
            yield minute
