"""What all panels of a site have in common."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from painwatch.config.models import CageConfig, Config
from painwatch.config.resolve import model_folder
from painwatch.core.errors import PainwatchError
from painwatch.grafana.dashboards.dataquery import INFLUXDB, InfluxQuery
from painwatch.grafana.dashboards.places import Board, uid_of_board
from painwatch.grafana.dashboards.sdk import common
from painwatch.grafana.influxql import any_of, name, site_is
from painwatch.grafana.names import data_source_uid
from painwatch.grafana.rule_queries import measurement
from painwatch.sinks.line_protocol import as_tag
from painwatch.sinks.schema import MEASUREMENTS
from painwatch.validation import notice


@dataclass(frozen=True, slots=True)
class Setting:
    """`site`: the condition of every query. `cages`: those that are watched live. `units`: that the model scores.

    `notice`: what is always said of the model: from what it was made, and that it does not diagnose.
    """

    config: Config
    uid: str
    site: str
    cages: tuple[CageConfig, ...]
    units: tuple[str, ...]
    notice: str

    @property
    def source(self) -> common.DataSourceRef:
        return common.DataSourceRef(type_val=INFLUXDB, uid=self.uid)

    def series(self, ref: str, asked: str, alias: str) -> InfluxQuery:
        """A query whose answer is lines over time, each called by `alias`."""
        return InfluxQuery(ref, self.uid, self.kept(asked), form="time_series", alias=alias)

    def rows(self, ref: str, asked: str) -> InfluxQuery:
        """A query whose answer is a table: the time, the tags, then what was asked for."""
        return InfluxQuery(ref, self.uid, self.kept(asked), form="table")

    def kept(self, asked: str) -> str:
        """The same, asked of the retention policy that the sink writes into."""
        for one in MEASUREMENTS:
            asked = asked.replace(f"FROM {name(one.name)}", f"FROM {measurement(one.name, self.config)}")
        return asked

    def live(self) -> str:
        """The condition that a record is of one of `cages`: recordings and cages that are gone stay in the database."""
        return any_of("cage", (as_tag(cage.name) for cage in self.cages))

    def address(self, board: Board) -> str:
        """Where another dashboard of the site is, in the same Grafana."""
        return f"/d/{uid_of_board(self.config.site, board)}"


def setting_of(config: Config, config_dir: Path) -> Setting:
    """Reads the classifier's card; a card that cannot be read is said in the notice."""
    model = config.classifier.model
    return Setting(
        config=config,
        uid=data_source_uid(config.site),
        site=site_is(config.site),
        cages=tuple(cage for cage in config.cages if cage.keeps_wall_time),
        units=_units(model, config_dir),
        notice=notice(model, config_dir),
    )


def _units(model: str, config_dir: Path) -> tuple[str, ...]:
    try:
        card = yaml.safe_load((model_folder(model, config_dir) / "card.yaml").read_text(encoding="utf-8"))
        return tuple(str(unit) for unit in card.get("units") or ())
    except (OSError, PainwatchError, yaml.YAMLError, AttributeError, TypeError):
        return ()
