"""Where things stand: the dashboards' uids and the panels that alert rules point to. Pure, and without the SDK."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from painwatch.grafana.names import uid_of


class Board(StrEnum):
    """The dashboards; also the names of their files."""

    OVERVIEW = "overview"
    CAGE = "cage"
    SYSTEM = "system"
    STUDY = "study"


def uid_of_board(site: str, board: Board) -> str:
    """The uid of a site's dashboard."""
    return uid_of(site, "dashboard", board.value)


class CagePanel(IntEnum):
    """Ids of panels of the cage's dashboard: they never change their meaning, since alert rules point to them."""

    PROBABILITY = 11
    COVERAGE = 12
    SKIPPED = 13
    UNITS = 14
    CAMERAS = 15
    ALARMS = 16
    NOW = 17
    RATES = 18
    FAULTS = 19
    CHANGES = 20
    WELFARE = 21
    TECHNICAL = 22


class OverviewPanel(IntEnum):
    """Ids of panels of the facility overview."""

    CAGES = 11
    WELFARE = 12
    TECHNICAL = 13
    LAST_HOUR = 14
    SEEN = 15
    STATE = 16
    HEARD = 17


class SystemPanel(IntEnum):
    """Ids of panels of the system's dashboard."""

    FRAME_RATE = 11
    DROPPED = 12
    LATENCY = 13
    WAITING = 14
    ENGINE = 15
    BACKLOG = 16
    RESTARTS = 17
    MEMORY = 18
    PROCESSOR = 19
    DISK = 20
    READINGS = 21
    ALARMS = 22
    PROCESSES = 23
    HISTORY = 24


class StudyPanel(IntEnum):
    """Ids of panels of the study's dashboard."""

    GROUPS = 11
    ANIMALS = 12
    SEEN = 13
    COUNT = 14
    UNITS = 30
    """The first of as many as the model scores units."""
