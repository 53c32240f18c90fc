"""Bytes made to do harm: whatever they are, only our own error comes of them, and little memory is taken."""

from __future__ import annotations

import contextlib
import math
import tracemalloc

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from painwatch.core import wire
from painwatch.core.errors import WireError
from painwatch.core.types import CameraPhase, CameraState, Prediction, ProcessPhase, ProcessState, Status, Tick

GOOD = (
    Prediction("cage", "cam", 1, 2, 3, 4.5, Status.OK, pain_probability=0.25, attention=((0.5, 0.5), (0.0, 0.0))),
    CameraState("cage", "cam", CameraPhase.LIVE, 1, 2),
    ProcessState("infer-cpu", ProcessPhase.RUNNING, 1, 2, last_lines=("one",)),
    Tick(5),
)
HEAD = b"\x92" + msgspec.msgpack.encode(wire.VERSION)
TICK = {"type": "tick", "time_ns": 1}


def enveloped(value: object) -> bytes:
    return msgspec.msgpack.encode((wire.VERSION, value))


@pytest.mark.parametrize(
    "data",
    [
        HEAD + b"\xdd\xff\xff\xff\xff",
        HEAD + b"\xdf\xff\xff\xff\xff",
        HEAD + b"\xdb\xff\xff\xff\xff",
        HEAD + b"\xc6\xff\xff\xff\xff",
        HEAD + b"\xc9\xff\xff\xff\xff\x05",
        b"\xdd\xff\xff\xff\xff" + HEAD,
        HEAD + b"\x91" * 900_000,
        HEAD + b"\x81\xa1x" * 300_000,
        HEAD + b"\x82\xa4type\xa4tick\xa1x" + b"\x91" * 500_000,
        HEAD + b"\x82\xa4type\xa4tick\xa7time_ns\xcf" + b"\xff" * 8,
        HEAD + b"\x82\xa4type\xa4tick\xa7time_ns\xd3" + b"\x80" + b"\x00" * 7,
        HEAD + b"\x82\xa4type\xa4tick\xa7time_ns\xd6\xff\x00\x00\x00\x00",
        HEAD + b"\x82\xa4type\xa4\xff\xff\xff\xff\xa7time_ns\x01",
        HEAD + b"\xc1",
        enveloped(["tick", 1]),
        enveloped({"time_ns": 1}),
        enveloped({"type": "pickle", "time_ns": 1}),
        enveloped({"type": "tick", "time_ns": "1"}),
        enveloped({"type": "tick", "time_ns": 1.5}),
        enveloped({"type": "tick", "time_ns": True}),
        enveloped({"type": "tick", "time_ns": None}),
        enveloped({"type": "tick", "time_ns": -1}),
        enveloped({"type": "tick", "time_ns": msgspec.msgpack.Ext(5, b"x" * 500_000)}),
    ],
    ids=lambda data: data[:24].hex(),
)
def test_hostile_bytes_are_refused_with_little_memory(data: bytes) -> None:
    assert len(data) <= wire.MAX_BYTES
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            wire.decode(data)
        assert tracemalloc.get_traced_memory()[1] < 10 * wire.MAX_BYTES
    finally:
        tracemalloc.stop()


def test_lists_as_long_as_a_message_can_hold_take_little_memory() -> None:
    body = msgspec.to_builtins(GOOD[0]) | {"attention": [[0.0] * 64] * 1700}
    data = enveloped(body)
    assert len(data) > wire.MAX_BYTES * 0.9
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            wire.decode(data[: wire.MAX_BYTES])
        assert tracemalloc.get_traced_memory()[1] < 30 * wire.MAX_BYTES
    finally:
        tracemalloc.stop()


json_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=300, derandomize=True)
@given(st.data())
def test_a_field_of_any_kind_is_taken_only_if_the_message_is_whole(data: st.DataObject) -> None:
    body = msgspec.to_builtins(data.draw(st.sampled_from(GOOD)))
    body[data.draw(st.sampled_from(sorted(body)))] = data.draw(json_like)
    if data.draw(st.booleans()):
        body.pop(data.draw(st.sampled_from(sorted(body))))
    with contextlib.suppress(WireError):
        message = wire.decode(enveloped(body))
        assert wire.decode(wire.encode(message)) == message
        assert all(map(math.isfinite, floats_of(msgspec.to_builtins(message))))


def floats_of(value: object) -> list[float]:
    if isinstance(value, dict):
        return [number for one in value.values() for number in floats_of(one)]
    if isinstance(value, list | tuple):
        return [number for one in value for number in floats_of(one)]
    return [value] if isinstance(value, float) else []


@settings(max_examples=300, derandomize=True)
@given(st.binary(max_size=400))
def test_noise_in_a_sound_envelope_is_refused(noise: bytes) -> None:
    with pytest.raises(WireError):
        wire.decode(HEAD + noise)
