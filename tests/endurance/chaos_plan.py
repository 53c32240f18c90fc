"""When what is broken: drawn once from a seed, so that a run can be had again."""

from __future__ import annotations

import random
from dataclasses import dataclass

DUTIES = ("capture", "infer", "hub", "web", "supervisor")
FAULTS = ("503", "401", "400", "partial", "hang", "cut")
ANSWERING_S = 20.0
DISK_FULL_S = 25.0
CLOCK_STEPS_S = (90.0, 30.0, 200.0, 0.0)
"""Offsets of the clock from the true time, one after the other: forward, back, far forward, and back to the truth."""


@dataclass(frozen=True)
class Happening:
    """`what` happens `at_s` seconds after the beginning."""

    at_s: float
    what: str


@dataclass(frozen=True)
class Plan:
    """All that happens, in order of time."""

    happenings: tuple[Happening, ...]


def plan_of(kills: int, influx_kills: int, outage_s: float, every_s: float, seed: int) -> Plan:
    """`kills` of each process in any order, `every_s` apart on average; all else spread over the same time."""
    draw = random.Random(seed)
    blows = [f"kill {duty}" for duty in DUTIES for _ in range(kills)]
    draw.shuffle(blows)
    warm_up_s = 15.0
    total_s = max(every_s * len(blows), outage_s + 240)
    happenings = [
        Happening(warm_up_s + (number + draw.uniform(0.1, 0.9)) * total_s / len(blows), blow)
        for number, blow in enumerate(blows)
    ]
    outage_at_s = warm_up_s + 0.25 * total_s
    around = [Happening(outage_at_s, "influx away"), Happening(outage_at_s + outage_s, "influx back")]
    free_s = [(warm_up_s, outage_at_s - 5), (outage_at_s + outage_s + 10, warm_up_s + total_s)]
    around += [Happening(at_s, "influx kill") for at_s in _spread(draw, influx_kills, free_s)]
    for fault, at_s in zip(FAULTS, sorted(_spread(draw, len(FAULTS), free_s)), strict=True):
        around += [Happening(at_s, f"answers {fault}"), Happening(at_s + ANSWERING_S, "answers well")]
    for number, offset_s in enumerate(CLOCK_STEPS_S):
        around.append(Happening(warm_up_s + total_s * (0.15 + 0.2 * number), f"clock {offset_s:g}"))
    for part in (0.1, 0.6):
        full_at_s = warm_up_s + part * total_s
        around += [Happening(full_at_s, "disk full"), Happening(full_at_s + DISK_FULL_S, "disk free")]
    around += [Happening(at_s, "poison") for at_s in _spread(draw, 3, free_s)]
    return Plan(tuple(sorted(happenings + around, key=lambda one: one.at_s)))


def _spread(draw: random.Random, count: int, spans: list[tuple[float, float]]) -> list[float]:
    spans = [span for span in spans if span[1] > span[0]]
    weights = [to_s - from_s for from_s, to_s in spans]
    return [draw.uniform(*draw.choices(spans, weights)[0]) for _ in range(count)]
