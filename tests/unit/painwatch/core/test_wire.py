"""Messages survive the wire; anything else is refused."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch.core import wire
from painwatch.core.errors import WireError
from painwatch.core.types import CameraPhase, CameraState, FusedPoint, Prediction, Status, Tick, UnitScore

OK = Prediction("cage", "cam", 1, 2, 3, 4.5, Status.OK, pain_probability=0.25, attention=((0.5, 0.5),))


@pytest.mark.parametrize(
    "message",
    [OK, Tick(5), CameraState("cage", "cam", CameraPhase.LIVE, 1, 2), FusedPoint("cage", 1, Status.NO_FACE, ())],
)
def test_a_message_comes_back_as_it_was(message: Prediction | Tick | CameraState | FusedPoint) -> None:
    assert wire.decode(wire.encode(message)) == message


@given(st.binary(max_size=300))
def test_garbage_is_refused_with_our_error(data: bytes) -> None:
    with pytest.raises(WireError):
        wire.decode(data)


@given(st.integers(0, 200))
def test_a_truncated_message_is_refused(length: int) -> None:
    data = wire.encode(OK)
    with pytest.raises(WireError):
        wire.decode(data[: min(length, len(data) - 1)])


def test_another_version_is_named() -> None:
    with pytest.raises(WireError, match="version 99"):
        wire.decode(msgspec.msgpack.encode((99, {"type": "tick", "time_ns": 1})))


def test_a_message_that_is_too_long_is_refused_unparsed() -> None:
    with pytest.raises(WireError, match="at most"):
        wire.decode(b"\x00" * (wire.MAX_BYTES + 1))


def test_a_deeply_nested_message_is_refused() -> None:
    with pytest.raises(WireError):
        wire.decode(b"\x92\x02" + b"\x91" * 100_000)


def test_a_score_without_status_ok_cannot_be_sent_nor_received() -> None:
    with pytest.raises(ValueError, match="only with status ok"):
        Prediction("cage", "cam", 1, 2, 3, 4.5, Status.NO_FACE, pain_probability=0.0)
    fields = {"type": "prediction", "cage": "c", "camera": "k", "seq": 1, "time_ns": 2, "mono_ns": 3, "age_ms": 1.0}
    with pytest.raises(WireError, match="only with status ok"):
        wire.decode(msgspec.msgpack.encode((wire.VERSION, fields | {"status": "no_face", "pain_probability": 0.0})))
    with pytest.raises(WireError, match="only with status ok"):
        wire.decode(msgspec.msgpack.encode((wire.VERSION, fields | {"status": "ok"})))


def test_action_units_exist_only_with_a_score_and_within_their_scale() -> None:
    units = (UnitScore("orbital", 2.0), UnitScore("ear", None))
    told = Prediction("cage", "cam", 1, 2, 3, 4.5, Status.OK, pain_probability=0.5, units=units, novelty=1.0)
    assert wire.decode(wire.encode(told)) == told
    with pytest.raises(ValueError, match="only with status ok"):
        Prediction("cage", "cam", 1, 2, 3, 4.5, Status.LOW_QUALITY, units=units)
    for wrong in (-0.1, 2.1, float("nan")):
        with pytest.raises(ValueError, match=r"0\.\.2"):
            UnitScore("ear", wrong)


@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan")])
def test_a_probability_outside_0_to_1_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="pain_probability"):
        Prediction("cage", "cam", 1, 2, 3, 4.5, Status.OK, pain_probability=value)


def test_a_fused_point_has_a_score_if_and_only_if_ok() -> None:
    with pytest.raises(ValueError, match="if and only if"):
        FusedPoint("cage", 1, Status.NO_FACE, (), pain=False)
    with pytest.raises(ValueError, match="if and only if"):
        FusedPoint("cage", 1, Status.OK, (), pain_probability=0.5)


@pytest.mark.parametrize("overrun", [-0.1, 1.1, float("nan"), float("inf")])
def test_an_overrun_that_is_no_share_is_refused(overrun: float) -> None:
    told = Prediction("cage", "cam", 1, 2, 3, 4.5, Status.NO_FACE, overrun=0.5)
    assert wire.decode(wire.encode(told)) == told
    with pytest.raises(WireError):
        wire.decode(wire.encode(msgspec.structs.replace(told, overrun=overrun)))
