"""Messages that the hub must not use."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fixtures.looks import NOON, SECOND, look, phase, two_cameras
from painwatch.core.alarms import Mark, Reading, Request, RequestAction
from painwatch.core.clock import Stamp
from painwatch.core.messages import Message
from painwatch.core.signals import Signal
from painwatch.core.types import CameraPhase, CameraState, Keypoint, Prediction, ProcessPhase, ProcessState, Tick
from painwatch.core.wire import VERSION, encode
from painwatch.hub.door import LOCAL, LOOKS_AT_ONCE, MOST_PROCESSES, Door, Received

NOW = Stamp(NOON, 5 * SECOND)
REQUEST = Request("r1", RequestAction.ACKNOWLEDGE, NOON, "anna", rule="pain", subject="cage")


def of_process(name: str, at_ns: int = NOON) -> ProcessState:
    return ProcessState(name, ProcessPhase.RUNNING, at_ns, at_ns - 60 * SECOND)


def door(**hosts: str) -> Door:
    return Door([two_cameras()], hosts)


def take(at: Door, message: Message, host: str | None = LOCAL, now: Stamp = NOW) -> Message | None:
    return at.take(Received(encode(message), host), now)


def later(seconds: float) -> Stamp:
    return Stamp(NOW.wall_ns + round(seconds * SECOND), NOW.mono_ns + round(seconds * SECOND))


def test_what_the_configured_cages_say_comes_in_as_it_was() -> None:
    ours = door()
    for message in (
        look("left", NOON + 4 * SECOND, 0.2),
        look("left", NOON - 86_400 * SECOND, 0.2),
        phase("right", CameraPhase.LIVE),
        of_process("web"),
        REQUEST,
    ):
        assert take(ours, message) == message
    assert ours.refused == 0


@pytest.mark.parametrize(
    "message",
    [
        look("top", NOON, 0.2),
        look("left", NOON, 0.2, cage="other"),
        phase("top", CameraPhase.LIVE),
        look("left", NOON + 6 * SECOND, 0.2),
        look("left", 0, 0.2),
        phase("left", CameraPhase.LIVE, 2**62),
        Tick(NOON),
        Reading(Signal.CAMERA_AGE_S, "left", NOON, 0.0),
        Mark("cage", "baseline", NOON),
        of_process("x" * 65),
    ],
    ids=lambda message: type(message).__name__,
)
def test_all_else_is_counted_and_told_once(message: Message, caplog: pytest.LogCaptureFixture) -> None:
    ours = door()
    assert [take(ours, message), take(ours, message)] == [None, None]
    assert ours.refused == 2
    assert len(caplog.records) == 1


def test_a_recording_may_be_of_any_time_and_come_as_fast_as_it_can() -> None:
    ours = Door([two_cameras(lateness_ns=None)])
    assert take(ours, look("left", NOON + 10**6 * SECOND, 0.2))
    assert not take(ours, look("left", 2**61 * 2, 0.2))
    assert all(take(ours, look("left", NOON + number, 0.2)) for number in range(LOOKS_AT_ONCE + 100))


def test_a_host_speaks_for_its_own_cameras_only_and_this_one_for_all_others() -> None:
    ours = door(right="room-2")
    mine, theirs = look("left", NOON, 0.2), look("right", NOON, 0.2)
    assert take(ours, theirs, "room-2") == theirs
    assert take(ours, mine) == mine
    refused = [
        take(ours, mine, "room-2"),
        take(ours, phase("left", CameraPhase.LIVE), "room-2"),
        take(ours, theirs),
        take(ours, theirs, "room-3"),
        take(ours, of_process("infer-cpu"), "room-3"),
        take(ours, theirs, None),
    ]
    assert refused == [None] * 6
    assert ours.refused == 6


@pytest.mark.parametrize(
    "message", [REQUEST, Tick(NOON), Reading(Signal.CAMERA_AGE_S, "right", NOON, 0.0), Mark("cage", "baseline", NOON)]
)
def test_another_host_asks_nothing_and_tells_no_time(message: Message) -> None:
    ours = door(right="room-2")
    assert take(ours, message, "room-2") is None
    assert ours.refused == 1


def test_processes_of_another_host_are_named_after_it() -> None:
    ours = door(right="room-2")
    told = take(ours, of_process("infer-cpu"), "room-2")
    assert isinstance(told, ProcessState)
    assert told.name == "room-2:infer-cpu"
    assert take(ours, of_process("infer-cpu")) == of_process("infer-cpu")


def test_states_of_another_host_hold_when_they_come_whatever_its_clock_says() -> None:
    ours, ahead = door(right="room-2"), 3600 * SECOND
    state = replace(phase("right", CameraPhase.LIVE, NOON + ahead), since_ns=NOON + ahead - 7 * SECOND)
    told = take(ours, state, "room-2")
    assert isinstance(told, CameraState)
    assert (told.time_ns, told.since_ns) == (NOON, NOON - 7 * SECOND)
    process = take(ours, of_process("infer-cpu", NOON - ahead), "room-2")
    assert isinstance(process, ProcessState)
    assert (process.time_ns, process.since_ns) == (NOON, NOON - 60 * SECOND)


def test_a_clock_that_is_ahead_is_told_though_its_looks_are_refused() -> None:
    ours = door(right="room-2")
    assert take(ours, look("right", NOON + 90 * SECOND, 0.2), "room-2") is None
    (reading,) = ours.clock_readings(NOON)
    assert (reading.signal, reading.subject, reading.value) == (Signal.CLOCK_OFFSET_S, "right", 90.0)
    assert ours.clock_readings(NOON) == ()


def test_a_flood_of_one_camera_is_refused_and_the_other_goes_on() -> None:
    ours = door(right="room-2")
    flood = [take(ours, look("right", NOON + number, 0.2), "room-2") for number in range(LOOKS_AT_ONCE + 1000)]
    assert sum(one is not None for one in flood) == LOOKS_AT_ONCE
    assert ours.refused == 1000
    assert take(ours, look("left", NOON, 0.2))
    # 5 moments a second are configured: 4 times as many are let through for good, and a few more.
    more = [take(ours, look("right", NOON, 0.2), "room-2", later(10)) for _ in range(1000)]
    assert sum(one is not None for one in more) == 240


@pytest.mark.parametrize(
    ("message", "at_once", "per_s"),
    [(phase("left", CameraPhase.LIVE), 500, 20), (of_process("web"), 2000, 54), (REQUEST, 200, 20)],
    ids=["camera states", "process states", "requests"],
)
def test_each_kind_has_its_measure(message: Message, at_once: int, per_s: int) -> None:
    ours = door()
    assert sum(take(ours, message) is not None for _ in range(3000)) == at_once
    assert sum(take(ours, message, now=later(1)) is not None for _ in range(300)) == per_s


def test_names_without_end_are_not_kept() -> None:
    ours = door(right="room-2")
    taken = [take(ours, of_process(f"p{number}"), "room-2") for number in range(MOST_PROCESSES + 50)]
    assert sum(one is not None for one in taken) == MOST_PROCESSES
    assert take(ours, of_process("p0"), "room-2")
    assert take(ours, of_process("hub"))


def hostile(message: Message, **fields: object) -> bytes:
    """`message` with fields that its type would not take."""
    return msgspec.msgpack.encode((VERSION, msgspec.to_builtins(message) | fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"age_ms": math.nan},
        {"age_ms": math.inf},
        {"age_ms": -1.0},
        {"pain_probability": math.nan},
        {"pain_probability": -0.1},
        {"novelty": math.inf},
        {"seq": -1},
        {"time_ns": 2**63},
        {"mono_ns": 2**64 - 1},
        {"detail": "x" * 5000},
        {"camera": "x" * 200},
        {"engine": "x" * 5000},
        {"keypoints": [{"name": "nose", "x": math.nan, "y": 0.0, "likelihood": 1.0}]},
        {"keypoints": [{"name": "nose", "x": 0.0, "y": 0.0, "likelihood": 1.0}] * 101},
        {"crop": {"centre_x": math.inf, "centre_y": 0, "side": 1, "rule": "r", "padded_fraction": 0}},
        {"attention": [[0.5, math.nan]]},
        {"attention": [[0.5, 0.5], [0.5]]},
        {"attention": [[0.0]] * 65},
        {"attention": [[0.0] * 65]},
        {"looked_at": [{"region": "eyes", "share": math.inf}]},
        {"units": [{"name": "ear", "score": math.nan}]},
        {"units": [{"name": "ear", "score": 1.0}] * 31},
    ],
    ids=str,
)
def test_a_number_that_is_none_or_a_list_without_end_is_refused(fields: dict[str, object]) -> None:
    ours = door()
    good = look("left", NOON, 0.2)
    assert ours.take(Received(hostile(good)), NOW) == good
    assert ours.take(Received(hostile(good, **fields)), NOW) is None
    assert ours.refused == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"frames_per_s": math.nan},
        {"frames": -1},
        {"dropped": 2**62},
        {"since_ns": -5},
        {"detail": "x" * 5000},
        {"width_px": -1},
    ],
    ids=str,
)
def test_a_camera_state_is_held_to_its_bounds(fields: dict[str, object]) -> None:
    ours, good = door(), phase("left", CameraPhase.LIVE)
    assert ours.take(Received(hostile(good)), NOW) == good
    assert ours.take(Received(hostile(good, **fields)), NOW) is None


@pytest.mark.parametrize(
    "fields",
    [{"cpu_percent": math.nan}, {"restarts": -1}, {"last_lines": ["x"] * 51}, {"last_lines": ["x" * 501]}, {"pid": -1}],
    ids=str,
)
def test_a_process_state_is_held_to_its_bounds(fields: dict[str, object]) -> None:
    ours, good = door(), of_process("web")
    assert ours.take(Received(hostile(good)), NOW) == good
    assert ours.take(Received(hostile(good, **fields)), NOW) is None


RICH = replace(
    look("left", NOON, 0.2),
    keypoints=(Keypoint("nose", 1.0, 2.0, 0.9),),
    attention=((0.25, 0.25), (0.25, 0.25)),
    detail="words",
)


@settings(max_examples=400, derandomize=True)
@given(st.data())
def test_a_message_that_was_tampered_with_is_refused_or_sound(data: st.DataObject) -> None:
    """Bytes exchanged, put in, taken out: what still comes in holds only numbers that are finite and in range."""
    raw = bytearray(encode(data.draw(st.sampled_from([RICH, phase("left", CameraPhase.LIVE), of_process("web")]))))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=9))
        if not raw:
            break
    ours = door()
    message = ours.take(Received(bytes(raw)), NOW)
    if message is None:
        assert ours.refused == 1
        return
    assert ours.take(Received(encode(message)), NOW) == message
    if isinstance(message, Prediction):
        numbers = [message.age_ms, *(n for row in message.attention for n in row), *(k.x for k in message.keypoints)]
        assert all(map(math.isfinite, numbers))
        assert message.pain_probability is None or 0 <= message.pain_probability <= 1


def test_the_log_holds_what_was_refused_on_one_line_that_obeys_nobody(caplog: pytest.LogCaptureFixture) -> None:
    ours = door()
    assert take(ours, look("left\n2026 all is well\x1b[2J", NOON, 0.2)) is None
    assert ours.take(Received(hostile(look("left", NOON, 0.2), status="x\x1b" * 3000)), NOW) is None
    assert len(caplog.records) == 2
    assert all(record.getMessage().isprintable() and len(record.getMessage()) < 700 for record in caplog.records)
