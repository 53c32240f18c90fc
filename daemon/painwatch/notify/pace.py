"""What goes out to a target next, and when: how often, how much at once, and what waits how long after a failure. Pure.

All notices that wait are tried until they arrive. While a target fails, the waits grow from 5 s to 10 min, and each
message holds half as many notices as the last one, so that one that the target will never take ends up alone. Then all
have their turn alone. As soon as another arrives, that one is a suspect: it holds nothing up, and is tried on when
nothing else waits that could arrive, or when others have passed it by for 10 min. A notice that is new since the last
failure is tried at once, whatever the waits.

Times are monotonic seconds. `at_most_per_hour` holds for any hour: half of it may go at once, the rest comes back
evenly (a token bucket). Only messages that arrived are counted, so that one that never does uses up nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

SHORTEST_S = 5.0
LONGEST_S = 600.0
MOST_IN_ONE = 50
HOUR_S = 3600.0
_REMEMBERED = 10_000
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Item:
    """A notice that waits: its key, its priority's rank (2 is high) and its time."""

    key: str
    rank: int
    time_ns: int


@dataclass(frozen=True, slots=True)
class Suspect:
    """A notice that was refused alone before another arrived. `failures`: those since."""

    failures: int
    retry_s: float


@dataclass(frozen=True, slots=True)
class Pace:
    """What must be remembered of a target. `failures` in a row; `width`: notices that the next message may hold;
    `seen`: those that waited when it failed since the last arrival; `refused_alone`: those of them that were sent
    alone, the one refused last at the end. `passed`: others arrived since a suspect was last tried.
    """

    at_most_per_hour: int
    tokens: float
    filled_s: float
    failures: int = 0
    failed_s: float = 0.0
    width: int = MOST_IN_ONE
    seen: frozenset[str] = frozenset()
    refused_alone: tuple[str, ...] = ()
    suspects: tuple[tuple[str, Suspect], ...] = ()
    passed: bool = False


def start(at_most_per_hour: int, now_s: float, arrived_s: Sequence[float] = ()) -> Pace:
    """A target of which nothing is known yet but when messages arrived there in the last hour."""
    pace = Pace(at_most_per_hour, float(_burst(at_most_per_hour)), now_s - HOUR_S)
    for at_s in sorted(arrived_s):
        pace = replace(pace, tokens=max(0.0, _tokens(pace, at_s) - 1), filled_s=at_s)
    return replace(pace, tokens=_tokens(pace, now_s), filled_s=now_s)


def back_off_s(failures: int) -> float:
    """Seconds to wait after so many failures in a row, from 1: 5, 10, 20 .. 600."""
    return min(LONGEST_S, SHORTEST_S * 2.0 ** min(failures - 1, 16))


def choose(pace: Pace, waiting: Sequence[Item], now_s: float) -> tuple[str, ...]:
    """The keys of those that go into the next message now, oldest first; none if it is not time for any."""
    tokens = _tokens(pace, now_s)
    if tokens < 1:
        return ()
    suspects = dict(pace.suspects)
    sound = sorted((i for i in waiting if i.key not in suspects), key=lambda i: (-i.rank, i.time_ns, i.key))
    if pace.failures and now_s < pace.failed_s + back_off_s(pace.failures):
        new = [item for item in sound if item.key not in pace.seen]
        return _keys(new[:1]) if new and now_s >= pace.failed_s + SHORTEST_S else ()
    again = _suspected(suspects, waiting, now_s)
    refused = set(pace.refused_alone)
    overdue = pace.passed and any(now_s >= suspects[item.key].retry_s + LONGEST_S for item in again)
    if again and (overdue or all(item.key in refused for item in sound)):
        return _keys(again)
    if not sound:
        return ()
    if pace.width == 1 and sound[0].key in refused and (len(refused) == 1 or pace.failures % 2 == 1):
        # Whether the first is to blame is seen by trying another.
        return _keys([_another(sound, pace.refused_alone)])
    single = pace.width == MOST_IN_ONE and len(sound) <= tokens
    return _keys(sound[: 1 if single else pace.width])


def pause_s(pace: Pace, waiting: Sequence[Item], now_s: float) -> float | None:
    """Seconds until `choose` may have something, None if nothing waits. 0 if it has now."""
    if not waiting:
        return None
    if choose(pace, waiting, now_s):
        return 0.0
    suspects = dict(pace.suspects)
    sound = [item for item in waiting if item.key not in suspects]
    at_s = min((s.retry_s for key, s in suspects.items() if any(i.key == key for i in waiting)), default=now_s)
    if sound:
        new = any(item.key not in pace.seen for item in sound)
        at_s = pace.failed_s + (SHORTEST_S if new else back_off_s(max(1, pace.failures))) if pace.failures else now_s
    short = max(0.0, 1 - _tokens(pace, now_s))
    return max(at_s - now_s, short * HOUR_S / _refill(pace.at_most_per_hour), 0.05)


def delivered(pace: Pace, keys: Collection[str], now_s: float) -> Pace:
    """After a message with these arrived. What was refused alone meanwhile is a suspect from now on."""
    suspects = {key: s for key, s in pace.suspects if key not in keys}
    for key in pace.refused_alone:
        if key not in keys:
            suspects.setdefault(key, Suspect(0, now_s))
    return replace(
        pace,
        tokens=_tokens(pace, now_s) - 1,
        filled_s=now_s,
        failures=0,
        width=min(MOST_IN_ONE, 2 * pace.width),
        seen=frozenset(),
        refused_alone=(),
        suspects=tuple(suspects.items())[-_REMEMBERED:],
        passed=not all(key in dict(pace.suspects) for key in keys),
    )


def failed(pace: Pace, keys: Collection[str], waiting: Collection[Item], now_s: float) -> Pace:
    """After a message with these did not arrive, while `waiting` waited."""
    suspects = dict(pace.suspects)
    if suspects.keys() >= set(keys):
        for key in keys:
            failures = suspects[key].failures + 1
            suspects[key] = Suspect(failures, now_s + back_off_s(failures))
        return replace(pace, suspects=tuple(suspects.items()), passed=False)
    alone = tuple(keys) if len(keys) == 1 else ()
    return replace(
        pace,
        failures=pace.failures + 1,
        failed_s=now_s,
        width=max(1, len(keys) // 2),
        seen=pace.seen | {item.key for item in waiting},
        refused_alone=(*(key for key in pace.refused_alone if key not in alone), *alone)[-_REMEMBERED:],
    )


def _suspected(suspects: Mapping[str, Suspect], waiting: Sequence[Item], now_s: float) -> list[Item]:
    """The suspects to be tried next: together those that were not tried since they are, then each alone in its turn."""
    known = [item for item in waiting if item.key in suspects]
    if untried := [item for item in known if suspects[item.key].failures == 0]:
        return untried[:MOST_IN_ONE]
    ready = [item for item in known if now_s >= suspects[item.key].retry_s]
    return sorted(ready, key=lambda item: (suspects[item.key].retry_s, item.key))[:1]


def _another(sound: Sequence[Item], refused_alone: Sequence[str]) -> Item:
    """The newest that was not refused alone, else the one for which that is longest ago."""
    turn = {key: n for n, key in enumerate(refused_alone)}
    if fresh := [item for item in sound if item.key not in turn]:
        return max(fresh, key=lambda item: item.time_ns)
    return min(sound[1:] or sound, key=lambda item: turn[item.key])


def _keys(items: Sequence[Item]) -> tuple[str, ...]:
    return tuple(item.key for item in sorted(items, key=lambda i: (i.time_ns, i.key)))


def _burst(at_most_per_hour: int) -> int:
    return (at_most_per_hour + 1) // 2


def _refill(at_most_per_hour: int) -> int:
    """Tokens an hour. With a full bucket to begin with, fewer than burst + refill can go in less than an hour."""
    return at_most_per_hour - _burst(at_most_per_hour) + 1


def _tokens(pace: Pace, now_s: float) -> float:
    gained = max(0.0, now_s - pace.filled_s) * _refill(pace.at_most_per_hour) / HOUR_S
    return min(float(_burst(pace.at_most_per_hour)), pace.tokens + gained + _TINY)
