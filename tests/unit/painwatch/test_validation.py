"""The permanent notice speaks with the card's words, and says so when there is no card."""

from __future__ import annotations

from pathlib import Path

import pytest

from painwatch.validation import NO_DIAGNOSIS, notice

CARD = "name: seeker\nversion: '1.2'\nvalidation: Trained on drawings, not validated on live animals.\n"


def test_the_card_speaks(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "card.yaml").write_text(CARD)
    assert (
        notice("model", tmp_path) == f"seeker 1.2: Trained on drawings, not validated on live animals. {NO_DIAGNOSIS}"
    )


@pytest.mark.parametrize("card", [None, "name: only\n", "- a list\n", "{broken", "\x00"])
def test_an_unreadable_card_is_taken_as_not_validated(tmp_path: Path, card: str | None) -> None:
    (tmp_path / "model").mkdir()
    if card is not None:
        (tmp_path / "model" / "card.yaml").write_text(card)
    said = notice("model", tmp_path)
    assert "cannot be read" in said
    assert "not validated" in said
    assert said.endswith(NO_DIAGNOSIS)
    assert "\n" not in said


def test_a_model_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "cannot be read" in notice("nowhere", tmp_path)
