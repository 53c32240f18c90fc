"""How things look: colours that are safe for colour-blind people, and words for every state. Never colour alone.

Colours: M. Okabe and K. Ito, Color Universal Design (2008), https://jfly.uni-koeln.de/color/, and steps of viridis.
"""

from __future__ import annotations

from painwatch.core.alarms import AlarmPhase
from painwatch.core.types import CameraPhase, ProcessPhase, Status
from painwatch.grafana.dashboards.sdk import dashboard

BLACK, ORANGE, SKY, GREEN, YELLOW = "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#8C8C8C"

SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, YELLOW, GREY)
"""For lines beside each other, in this order."""

DASHES: tuple[tuple[float, ...], ...] = ((), (10, 6), (2, 6), (14, 5, 2, 5))
"""Kinds of lines, so that a ninth line differs from the first."""

VIRIDIS = ((0.0, "#440154"), (0.25, "#3B528B"), (0.5, "#21918C"), (0.75, "#5EC962"), (0.9, "#FDE725"))
"""From little to much."""

NOT_SEEN, SILENT = "not seen", "SILENT"

Mapping = dashboard.ValueMapping

STATUS_WORDS: dict[Status, str] = {
    Status.OK: "scored",
    Status.NO_FRAME: "no picture",
    Status.NO_FACE: "no face",
    Status.LOW_QUALITY: "picture too poor",
    Status.STALE: "too late",
    Status.ENGINE_ERROR: "could not be computed",
    Status.OUT_OF_DOMAIN: "not made for this animal",
}

STATUS_COLOURS: dict[Status, str] = {
    Status.OK: BLUE,
    Status.NO_FRAME: VERMILION,
    Status.NO_FACE: SKY,
    Status.LOW_QUALITY: YELLOW,
    Status.STALE: PURPLE,
    Status.ENGINE_ERROR: ORANGE,
    Status.OUT_OF_DOMAIN: GREEN,
}

PHASES: dict[str, tuple[str, str]] = {
    AlarmPhase.ACTIVE.value: ("active: nobody has seen it", VERMILION),
    AlarmPhase.ACKNOWLEDGED.value: ("acknowledged: seen by a person", SKY),
    AlarmPhase.SILENCED.value: ("silenced by a person", PURPLE),
    AlarmPhase.CLEARED.value: ("ended, not seen by a person", YELLOW),
    AlarmPhase.INACTIVE.value: ("ended", BLUE),
    AlarmPhase.PENDING.value: ("pending", ORANGE),
}

CAMERA_COLOURS: dict[CameraPhase, str] = {
    CameraPhase.CONNECTING: SKY,
    CameraPhase.LIVE: BLUE,
    CameraPhase.LOST: VERMILION,
    CameraPhase.ENDED: GREY,
}

PROCESS_COLOURS: dict[ProcessPhase, str] = {
    ProcessPhase.STARTING: SKY,
    ProcessPhase.RUNNING: BLUE,
    ProcessPhase.RESTARTING: ORANGE,
    ProcessPhase.STOPPED: VERMILION,
}


def missing(words: str) -> Mapping:
    """`words` where there is no value: null, NaN, or nothing at all."""
    options = dashboard.DashboardSpecialValueMapOptions(
        dashboard.SpecialValueMatch.NULL_AND_NAN, dashboard.ValueMappingResult(text=words, color=GREY, index=100)
    )
    return dashboard.SpecialValueMap(options)


def said(words: dict[str, tuple[str, str]]) -> Mapping:
    """Words and a colour for each text or number."""
    results = {
        value: dashboard.ValueMappingResult(text=told, color=colour, index=index)
        for index, (value, (told, colour)) in enumerate(words.items())
    }
    return dashboard.ValueMap(options=results)


def between(low: float, high: float, words: str, colour: str, index: int = 0) -> Mapping:
    """Words and a colour for the numbers from `low` to `high`."""
    result = dashboard.ValueMappingResult(text=words, color=colour, index=index)
    return dashboard.RangeMap(dashboard.DashboardRangeMapOptions(low, high, result))


def words_of(colours: dict[CameraPhase, str] | dict[ProcessPhase, str]) -> Mapping:
    """Each phase by its own word."""
    return said({phase.value: (phase.value, colour) for phase, colour in colours.items()})
