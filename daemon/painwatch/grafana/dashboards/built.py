"""A dashboard that was built, and all of them at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grafana_foundation_sdk.models import dashboard

from painwatch.config.models import Config
from painwatch.grafana.dashboards.places import Board


@dataclass(frozen=True, slots=True)
class Built:
    """A dashboard of Grafana's classic schema. `model`: in the SDK's types; `json`: the same as a file's text."""

    board: Board
    uid: str
    title: str
    file_name: str
    model: dashboard.Dashboard
    json: str


def dashboards(config: Config, config_dir: Path | None = None) -> tuple[Built, ...]:
    """All four, in the order of `Board`. `config_dir`: where a relative folder of a model is looked for; unset: here.

    The same configuration gives the same text, byte by byte.
    """
    raise NotImplementedError
