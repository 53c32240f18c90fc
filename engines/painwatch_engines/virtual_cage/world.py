"""The state of the cage at a moment, as a pure function of scenario and time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from painwatch_engines.anatomy import ActionUnits
from painwatch_engines.virtual_cage.animal import Pose
from painwatch_engines.virtual_cage.chance import Chance, smoothstep
from painwatch_engines.virtual_cage.scenario import LightKind, Scenario, SegmentKind

LEVELS: dict[SegmentKind, tuple[float, float]] = {
    "baseline": (0.2, 0.2),
    "onset": (0.2, 1.6),
    "pain": (1.6, 1.6),
    "treatment": (1.6, 0.9),
    "recovery": (0.9, 0.2),
}
"""Mean severity (0..2) of the action units at the start and at the end of a segment."""

BOUT_S, TURN_S = 9.0, 1.5
"""The animal faces one way for about BOUT_S seconds and takes TURN_S to turn to the next."""

AWAY = 0.38
"""Probability that it turns in any direction, cameras or not, instead of towards a camera."""

HEAD_REACH = 1.4
"""Distance in units from the point the body turns about to the head."""

BLINK_EVERY_S, BLINK_S = 6.0, 0.3

Channel = int
(SHARED, ORBITAL, EAR, NOSE, WHISKER, HEADING, YAW, PITCH, ROLL, PLACE_X, PLACE_Y, BLINK, LIDS) = range(13)


@dataclass(frozen=True, slots=True)
class WorldState:
    """One moment: `t_s` within the round, the segment, what the face shows, how the animal holds itself."""

    t_s: float
    segment: SegmentKind
    units: ActionUnits
    pose: Pose
    light: LightKind


def segment_at(scenario: Scenario, t_s: float) -> tuple[SegmentKind, float]:
    """The segment at `t_s` (0 <= t_s < duration) and how far through it, 0..1."""
    start = 0.0
    for segment in scenario.segments:
        if t_s < start + segment.duration_s:
            return segment.kind, (t_s - start) / segment.duration_s
        start += segment.duration_s
    return scenario.segments[-1].kind, 1.0


def light_at(scenario: Scenario, t_s: float) -> LightKind:
    """The kind of light at `t_s`; a list of phases starts over when it is through."""
    if isinstance(scenario.light, str):
        return scenario.light
    left = t_s % sum(phase.duration_s for phase in scenario.light)
    for phase in scenario.light:
        if left < phase.duration_s:
            return phase.kind
        left -= phase.duration_s
    return scenario.light[-1].kind


def _units(scenario: Scenario, chance: Chance, t_s: float, kind: SegmentKind, through: float) -> ActionUnits:
    start, end = LEVELS[kind]
    level = start + (end - start) * smoothstep(through)
    swing = 0.2 + 0.2 * (level - 0.2) / 1.4
    together = 0.8 if scenario.units == "correlated" else 0.0
    shared = chance.wave(SHARED, t_s, 7.0)

    def severity(channel: Channel) -> float:
        deviation = together * shared + (1 - together) * chance.wave(channel, t_s, 5.0)
        return min(2.0, max(0.0, level + swing * deviation))

    return ActionUnits(severity(ORBITAL), severity(EAR), severity(NOSE), severity(WHISKER))


def _heading(scenario: Scenario, chance: Chance, t_s: float) -> float:
    """Where the body points, degrees: towards some camera most of the time, any way otherwise."""
    bout_s = BOUT_S / scenario.activity
    bout, into_s, bouts = chance.window(t_s, bout_s)

    def aim(index: int) -> float:
        index %= bouts
        if chance.draw(HEADING, index, 0) < AWAY:
            return 360 * chance.draw(HEADING, index, 1)
        camera = scenario.cameras[int(chance.draw(HEADING, index, 2) * len(scenario.cameras))]
        x, y = scenario.animal.place
        towards = math.degrees(math.atan2(camera.position[1] - y, camera.position[0] - x))
        return towards + 45 * (2 * chance.draw(HEADING, index, 3) - 1)

    before, now = aim(bout - 1), aim(bout)
    shorter_way = (now - before + 180) % 360 - 180
    return before + shorter_way * smoothstep(into_s / min(TURN_S, bout_s))


def _blink(chance: Chance, t_s: float) -> float:
    """Closure of the lids by blinking, 0..1."""
    window, into_s, _ = chance.window(t_s, BLINK_EVERY_S)
    if chance.draw(BLINK, window, 0) > 0.7:
        return 0.0
    begins = chance.draw(BLINK, window, 1) * (BLINK_EVERY_S / 2)
    return max(0.0, 1 - abs(into_s - begins - BLINK_S / 2) / (BLINK_S / 2))


def _pose(scenario: Scenario, chance: Chance, t_s: float) -> Pose:
    # Movement does not depend on pain here: a classifier must read the face, not the posture.
    lively = scenario.activity**0.5
    heading = _heading(scenario, chance, t_s)
    x, y = scenario.animal.place
    return Pose(
        x=x + 0.5 * chance.wave(PLACE_X, t_s, 17.0) + HEAD_REACH * math.cos(math.radians(heading)),
        y=y + 0.5 * chance.wave(PLACE_Y, t_s, 19.0) + HEAD_REACH * math.sin(math.radians(heading)),
        body_yaw=heading,
        yaw=28 * lively * chance.wave(YAW, t_s, 2.5),
        pitch=-8 + 16 * lively * chance.wave(PITCH, t_s, 2.0),
        roll=9 * lively * chance.wave(ROLL, t_s, 3.0),
        blink=_blink(chance, t_s),
        lid_asymmetry=0.06 * chance.wave(LIDS, t_s, 8.0),
    )


def world_at(scenario: Scenario, t_s: float) -> WorldState:
    """The cage at `t_s` seconds; time wraps round at the scenario's duration, without a jump of the head."""
    t_s = t_s % scenario.duration_s
    chance = Chance(scenario.seed, scenario.duration_s)
    kind, through = segment_at(scenario, t_s)
    return WorldState(
        t_s=t_s,
        segment=kind,
        units=_units(scenario, chance, t_s, kind, through),
        pose=_pose(scenario, chance, t_s),
        light=light_at(scenario, t_s),
    )
