"""Queries as they stand in a dashboard: InfluxQL, which the SDK does not know, and a list that asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from painwatch.grafana.dashboards.sdk import builder, plugins, runtime, variants

INFLUXDB, GRAFANA = "influxdb", "grafana"
"""Kinds of data sources."""

_NAMES = {
    "ref": "refId",
    "asked": "query",
    "raw": "rawQuery",
    "form": "resultFormat",
    "alias": "alias",
    "from_annotations": "fromAnnotations",
    "name": "name",
    "title_column": "titleColumn",
    "text_column": "textColumn",
    "tags_column": "tagsColumn",
    "time_end_column": "timeEndColumn",
}


@dataclass(frozen=True, slots=True)
class InfluxQuery(variants.Dataquery, builder.Builder[variants.Dataquery]):
    """One query in InfluxQL, as text. `alias` may hold `$tag_NAME` and `$col`; None: the field is left out.

    The columns are for annotations: what of the answer becomes the title, text, tags and end of one.
    """

    ref: str
    uid: str
    asked: str
    raw: bool = True
    form: Literal["time_series", "table"] | None = None
    alias: str | None = None
    from_annotations: bool | None = None
    name: str | None = None
    title_column: str | None = None
    text_column: str | None = None
    tags_column: str | None = None
    time_end_column: str | None = None

    def build(self) -> variants.Dataquery:
        return self

    def to_json(self) -> dict[str, object]:
        told = {key: getattr(self, own) for own, key in _NAMES.items()}
        return {"datasource": {"type": INFLUXDB, "uid": self.uid}} | {
            key: value for key, value in told.items() if value is not None
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        known = {own: data[key] for own, key in _NAMES.items() if key in data}
        return cls(uid=data["datasource"]["uid"], **known)


@dataclass(frozen=True, slots=True)
class Roster(variants.Dataquery, builder.Builder[variants.Dataquery]):
    """A table that stands in the dashboard itself, by Grafana's own data source: asks no database.

    `columns`: name, kind and values of each; all of one length.
    """

    ref: str
    columns: tuple[tuple[str, Literal["string", "number"], tuple[str | float, ...]], ...]

    def build(self) -> variants.Dataquery:
        return self

    def to_json(self) -> dict[str, object]:
        schema = [{"name": name, "type": kind} for name, kind, _ in self.columns]
        frame = {
            "schema": {"name": "", "fields": schema},
            "data": {"values": [list(values) for _, _, values in self.columns]},
        }
        source = {"type": GRAFANA, "uid": GRAFANA}
        return {"datasource": source, "refId": self.ref, "queryType": "snapshot", "snapshot": [frame]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        (frame,) = data["snapshot"]
        both = zip(frame["schema"]["fields"], frame["data"]["values"], strict=True)
        return cls(data["refId"], tuple((field["name"], field["type"], tuple(values)) for field, values in both))


def register() -> None:
    """Lets the SDK know all it needs to read a dashboard of ours into its types. Doing it twice does nothing."""
    plugins.register_default_plugins()
    for kind, known in ((INFLUXDB, InfluxQuery), (GRAFANA, Roster)):
        runtime.register_dataquery_variant(runtime.DataqueryConfig(kind, known.from_json))


def influx_queries(targets: Sequence[variants.Dataquery] | None) -> tuple[InfluxQuery, ...]:
    """Those of `targets` that ask the database."""
    return tuple(target for target in targets or () if isinstance(target, InfluxQuery))
