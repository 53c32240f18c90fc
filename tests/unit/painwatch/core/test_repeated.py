import pytest

from painwatch.core.types import Prediction, Status


@pytest.mark.parametrize("status", [Status.NO_FRAME, Status.STALE, Status.ENGINE_ERROR])
def test_what_was_not_seen_is_never_a_repeated_answer(status: Status) -> None:
    with pytest.raises(ValueError, match="only what was seen can be repeated"):
        Prediction("cage-1", "left", 1, 1, 1, 0.0, status, repeated_ms=200.0)


def test_a_face_not_found_may_be_told_again() -> None:
    assert Prediction("cage-1", "left", 1, 1, 1, 0.0, Status.NO_FACE, repeated_ms=200.0).repeated_ms == 200.0
