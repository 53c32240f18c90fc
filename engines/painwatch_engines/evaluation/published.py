"""Published figures as data, to stand beside ours."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from painwatch_engines.evaluation.binary import Confusion

FILE = Path(__file__).with_name("published_figures.yaml")

Seven = tuple[float, float, float, float, float, float, float]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(_Part):
    """One method: F1 (0..1) and accuracy (%) of rats 1 to 6, then pooled."""

    f1: Seven
    accuracy: Seven


class Table(_Part):
    """A published comparison, by the names of painwatch's methods."""

    source: str
    protocol: str
    set: str = Field(description="what it was measured on")
    rows: dict[str, Row]


@cache
def painseeker_table() -> Table:
    """Table 3 of Liu et al. 2025."""
    return Table.model_validate(_file()["painseeker_table3"])


def kobayashi_training() -> Confusion:
    """Counts on the training faces of Kobayashi et al. 2025."""
    return Confusion(**_file()["kobayashi_training"]["counts"])


@cache
def _file() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found
