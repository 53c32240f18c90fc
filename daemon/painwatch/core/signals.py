"""What an alarm can watch: the closed set of signals, with their kind, unit and what each is a signal of. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class AlarmKind(StrEnum):
    """Welfare: of the animal. Technical: of the watch itself. Never mixed."""

    WELFARE = "welfare"
    TECHNICAL = "technical"


class Signal(StrEnum):
    """A number that a rule may hold against a threshold."""

    PAIN_PROBABILITY = "pain_probability"
    ACTION_UNIT = "action_unit"
    COVERAGE = "coverage"
    OUT_OF_DOMAIN_SHARE = "out_of_domain_share"
    ENGINE_ERROR_SHARE = "engine_error_share"
    BLIND_RULES = "blind_rules"
    JUDGED_SHARE = "judged_share"
    CAMERA_AGE_S = "camera_age_s"
    CAGE_AGE_S = "cage_age_s"
    CLOCK_OFFSET_S = "clock_offset_s"
    PROCESS_DOWN_S = "process_down_s"
    PROCESS_RESTARTS = "process_restarts"
    ENGINE_FALLEN = "engine_fallen"
    STORE_FAULT_S = "store_fault_s"
    DISK_FREE_FRACTION = "disk_free_fraction"
    HISTORY_PRUNED = "history_pruned"
    SINK_BACKLOG_S = "sink_backlog_s"
    SINK_REFUSED = "sink_refused"
    NOTICE_AGE_S = "notice_age_s"
    REFUSED_MESSAGES = "refused_messages"


class Of(StrEnum):
    """What a signal is a signal of: the subject of the alarms on it."""

    CAGE_MINUTE = "cage minute"
    CAGE = "cage"
    CAMERA = "camera"
    PROCESS = "process"
    SINK = "sink"
    TARGET = "target"
    SITE = "site"


@dataclass(frozen=True, slots=True)
class About:
    """`unit` is empty for plain counts and shares; `words` say what a value is the value of; it lies in 0..`most`."""

    kind: AlarmKind
    of: Of
    unit: str
    words: str
    most: float = math.inf


SITE = "site"
"""The subject of signals that belong to no cage, camera, process, sink or target."""

_W, _T = AlarmKind.WELFARE, AlarmKind.TECHNICAL

SIGNALS: dict[Signal, About] = {
    Signal.PAIN_PROBABILITY: About(
        _W, Of.CAGE_MINUTE, "", "pain / (pain + no pain) of the looks scored in a minute", 1
    ),
    Signal.ACTION_UNIT: About(_W, Of.CAGE_MINUTE, "0..2", "mean score of an action unit over a minute", 2),
    Signal.COVERAGE: About(_T, Of.CAGE_MINUTE, "", "looks scored / looks expected in a minute", 1),
    Signal.OUT_OF_DOMAIN_SHARE: About(
        _T, Of.CAGE_MINUTE, "", "looks of a minute that the model was not made for / looks expected", 1
    ),
    Signal.ENGINE_ERROR_SHARE: About(
        _T, Of.CAGE_MINUTE, "", "looks of a minute that could not be computed / looks expected", 1
    ),
    Signal.BLIND_RULES: About(
        _T, Of.CAGE_MINUTE, "", "welfare rules that could not judge a minute of which enough was scored"
    ),
    Signal.JUDGED_SHARE: About(
        _T, Of.CAGE_MINUTE, "", "share of the last 60 minutes that every welfare rule could judge", 1
    ),
    Signal.CAMERA_AGE_S: About(_T, Of.CAMERA, "s", "since the camera last brought a new picture that was looked at"),
    Signal.CAGE_AGE_S: About(_T, Of.CAGE, "s", "since anything at all was last heard of the cage"),
    Signal.CLOCK_OFFSET_S: About(_T, Of.CAMERA, "s", "between the clock of the camera's host and the hub's, unsigned"),
    Signal.PROCESS_DOWN_S: About(_T, Of.PROCESS, "s", "since the process was last up"),
    Signal.PROCESS_RESTARTS: About(_T, Of.PROCESS, "", "starts of the process anew within the last 10 minutes"),
    Signal.ENGINE_FALLEN: About(_T, Of.CAMERA, "", "1 while another engine stands in for a better one, else 0", 1),
    Signal.STORE_FAULT_S: About(_T, Of.SITE, "s", "since the history could last be written"),
    Signal.DISK_FREE_FRACTION: About(_T, Of.SITE, "", "free part of the disk that holds the history", 1),
    Signal.HISTORY_PRUNED: About(
        _T, Of.SITE, "", "moments deleted before their time within the last hour, for want of room"
    ),
    Signal.SINK_BACKLOG_S: About(_T, Of.SINK, "s", "age of the oldest record that the sink has not taken yet"),
    Signal.SINK_REFUSED: About(_T, Of.SINK, "", "records of the last hour that the sink refused for good"),
    Signal.NOTICE_AGE_S: About(_T, Of.TARGET, "s", "age of the oldest notice that could not be delivered yet"),
    Signal.REFUSED_MESSAGES: About(
        _T, Of.SITE, "", "messages of the last minute that were unreadable, unknown or too many"
    ),
}
"""Every signal. Those of a CAGE_MINUTE come with each closed minute; the others are read once a second."""
