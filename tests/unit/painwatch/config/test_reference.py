"""The page of all settings says what the models say."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from painwatch.config.models import Config
from painwatch.config.reference import described_models, reference

PAGE = Path(__file__).parents[4] / "docs" / "configuration.md"


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for argument in typing.get_args(annotation):
        yield from models_in(argument)


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == reference(), "run `make docs`"


def test_every_setting_has_a_section() -> None:
    assert set(models_in(Config)) == described_models()


def test_the_page_says_type_default_and_limits() -> None:
    assert "| `port` | whole number | `8080` | 0 or more; 65535 or less |" in reference()
    assert "| `rule` | `sum` or `mean` or `max` or `log_odds` | `sum` |" in reference()
