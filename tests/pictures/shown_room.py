"""Two days of a room of eight cages that end now, as the hub tells them: minutes, marks, alarms, readings, vitals.

Nothing here is measured on animals. On simulated days (cage_nights), each cage is in a state of its own at the end:
cage-1 calm; cage-2 treated, long over; cage-3 pain for 50 minutes, told and not seen by anybody; cage-4 hides its face;
cage-5 silent for two hours; cage-6 pain that a person knows of; cage-7 calm, with a camera that was away; cage-8 is
configured, and nothing was ever heard of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from fixtures.cage_nights import HOUR_NS, MINUTE_NS, MODEL, cage_nights
from painwatch.alarm.book import AlarmBook
from painwatch.config.models import Config
from painwatch.core.alarms import Mark, Reading, Request, RequestAction
from painwatch.core.signals import Signal
from painwatch.core.types import MinuteSummary, Status, Tick, UnitScore
from painwatch.sinks.lines import lines_for
from pictures.shown_vitals import happened, vitals

SITE = "Simulated room"
HOURS = 48
SECOND_NS = 1_000_000_000
TICK_NS = 20 * SECOND_NS
HALF_DAY_NS = 13 * HOUR_NS
UNITS = ("orbital", "nose_cheek", "ear", "whisker")
CAGES = tuple(f"cage-{number}" for number in range(1, 9))
HIDDEN_MIN, SILENT_MIN, PAINED_MIN, KNOWN_MIN, AWAY_MIN = 95, 120, 50, 130, (300, 265)


def room_config() -> Config:
    cages = [
        {
            "name": name,
            "species": "rat",
            "strain": "rendered",
            "coat": "white",
            "room": "Room 1" if number < 4 else "Room 2",
            "group": "treated" if number % 2 else "control",
            "cameras": [{"name": f"{name}-left", "source": {"kind": "virtual", "view": "left"}}],
        }
        for number, name in enumerate(CAGES)
    ]
    rule = {"name": "sustained-pain", "signal": "pain_probability", "above": 0.6, "clear": 0.4, "for_min": 10}
    return Config.model_validate(
        {
            "version": 1,
            "site": SITE,
            "cages": cages,
            "alarms": {"rules": [rule | {"minimum_coverage": 0.5, "priority": "high"}]},
            "sinks": [{"name": "lab", "url": "http://127.0.0.1"}],
            "notify": {"page": "https://watch.example.org/", "targets": [{"name": "vet", "url": {"env": "VET"}}]},
        }
    )


def room_lines(config: Config, now_ns: int) -> list[str]:
    """All of it in line protocol, as the sinks write it; the alarms are those of the alarm book."""
    line_of, book = lines_for(config), AlarmBook(config)
    told: list[msgspec.Struct] = [*happened(config, now_ns, AWAY_MIN)]
    for record in _happenings(now_ns):
        told.extend(book.take(record).transitions)
        match record:
            case Tick(time_ns=at_ns):
                if at_ns > now_ns - HALF_DAY_NS and at_ns % MINUTE_NS < TICK_NS:
                    told.extend(vitals(config, at_ns, now_ns, AWAY_MIN, _silent(at_ns, now_ns), book.live()))
            case Reading():
                told.extend([record] if record.time_ns > now_ns - 2 * MINUTE_NS else [])
            case MinuteSummary() | Mark():
                told.append(record)
    return [line.decode() for record in told if (line := line_of(record, "lab"))]


def _happenings(now_ns: int) -> Iterator[MinuteSummary | Reading | Mark | Request | Tick]:
    """In the order in which the hub hears of them; a minute is told four seconds after its end."""
    minutes, marks = _room(now_ns)
    first_ns = minutes[0].start_ns
    asked = [_acknowledged("cage-6", now_ns - (KNOWN_MIN - 30) * MINUTE_NS)]
    heard: list[tuple[int, int, MinuteSummary | Reading | Mark | Request | Tick]] = []
    heard += [(minute.start_ns + MINUTE_NS + 4 * SECOND_NS, 0, minute) for minute in minutes]
    heard += [(mark.time_ns, 1, mark) for mark in marks]
    heard += [(request.time_ns, 2, request) for request in asked]
    heard += [(reading.time_ns, 3, reading) for reading in _ages(first_ns, now_ns)]
    heard += [(at_ns, 4, Tick(at_ns)) for at_ns in range(first_ns, now_ns, TICK_NS)]
    return (record for _, _, record in sorted(heard, key=lambda one: one[:2]))


def _room(now_ns: int) -> tuple[list[MinuteSummary], list[Mark]]:
    newest_ns = (now_ns - 5 * SECOND_NS) // MINUTE_NS * MINUTE_NS - MINUTE_NS
    begin_ns = newest_ns + MINUTE_NS - HOURS * HOUR_NS
    days = cage_nights(7, HOURS // 24, seed=5, hours=24, begin_ns=begin_ns, outages=False)
    random = np.random.default_rng(5)
    minutes = [_changed(random, minute, (newest_ns - minute.start_ns) // MINUTE_NS) for minute in days.minutes]
    marks = [
        *days.marks,
        Mark("cage-6", "surgery", now_ns - (KNOWN_MIN + 25) * MINUTE_NS, words="simulated", who="anna"),
    ]
    return [minute for minute in minutes if minute is not None], sorted(marks, key=lambda mark: mark.time_ns)


def _changed(random: np.random.Generator, minute: MinuteSummary, ago: int) -> MinuteSummary | None:
    """The minute as it is told of its cage `ago` minutes before the newest one."""
    value, seen = float(random.normal(0, 0.06)), float(random.beta(11, 4))
    if minute.cage == "cage-3" and ago < PAINED_MIN:
        return _scored(minute, 0.8 + value, seen)
    if minute.cage == "cage-6" and ago < KNOWN_MIN:
        return _scored(minute, 0.72 + 0.12 * np.cos(ago / 9) + value, seen)
    if minute.cage == "cage-4" and ago < HIDDEN_MIN:
        return _scored(minute, 0.2, 0.0)
    if minute.cage == "cage-5" and ago < SILENT_MIN:
        return None
    if minute.cage == "cage-7" and AWAY_MIN[1] < ago <= AWAY_MIN[0]:
        return _scored(minute, 0.2, 0.0, Status.NO_FRAME)
    if minute.pain_probability is None:
        return minute
    return _scored(minute, minute.pain_probability, max(minute.coverage, 0.62 * seen) if ago < 60 else minute.coverage)


def _scored(
    minute: MinuteSummary, probability: float, coverage: float, unseen: Status = Status.NO_FACE
) -> MinuteSummary:
    scored = round(minute.expected * coverage)
    pain = round(min(1.0, max(0.0, probability)) * scored)
    poor = (minute.expected - scored) // 4 if unseen is Status.NO_FACE else 0
    counts = {Status.OK: scored, unseen: minute.expected - scored - poor, Status.LOW_QUALITY: poor}
    score = 2 * probability
    units = tuple(UnitScore(unit, round(max(0.0, score * (1 - 0.15 * n)), 3)) for n, unit in enumerate(UNITS))
    return msgspec.structs.replace(
        minute,
        pain=pain,
        no_pain=scored - pain,
        skipped=minute.expected - scored,
        coverage=scored / minute.expected,
        pain_probability=pain / scored if scored else None,
        by_status={status.value: count for status, count in sorted(counts.items()) if count},
        faces=scored,
        units=units if scored else (),
        models=(MODEL,) if scored else (),
    )


def _ages(first_ns: int, now_ns: int) -> Iterator[Reading]:
    """Of the cages of which nothing comes, and of the camera that is away."""
    for at_ns in range(first_ns, now_ns, 15 * SECOND_NS):
        for cage, since_ns in (("cage-5", now_ns - SILENT_MIN * MINUTE_NS), ("cage-8", first_ns)):
            silent_s = max(0.0, (at_ns - since_ns) / SECOND_NS)
            yield Reading(Signal.CAGE_AGE_S, cage, at_ns, silent_s)
            yield Reading(Signal.CAMERA_AGE_S, f"{cage}-left", at_ns, silent_s)
        yield Reading(Signal.CAMERA_AGE_S, "cage-7-left", at_ns, _away_s(at_ns, now_ns))


def _away_s(at_ns: int, now_ns: int) -> float:
    begin_ns, end_ns = (now_ns - minutes * MINUTE_NS for minutes in AWAY_MIN)
    return (at_ns - begin_ns) / SECOND_NS if begin_ns <= at_ns < end_ns else 0.2


def _silent(at_ns: int, now_ns: int) -> set[str]:
    return {"cage-8"} | ({"cage-5"} if at_ns >= now_ns - SILENT_MIN * MINUTE_NS else set())


def _acknowledged(cage: str, at_ns: int) -> Request:
    asked = {"who": "anna", "rule": "sustained-pain", "subject": cage, "words": "on my way"}
    return Request(f"seen-{cage}", RequestAction.ACKNOWLEDGE, at_ns, **asked)
