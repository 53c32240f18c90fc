"""What the queries of a dashboard's panel are answered, as Grafana would hold it: series over time, or one table."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from painwatch.grafana.dashboards.built import Built
from painwatch.grafana.dashboards.queries import PanelQuery, queries, sent
from servers.influx import InfluxServer

Panel = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A series: its name, and its values over time in s since 1970; None is null."""

    name: str
    times_s: list[float]
    values: list[Any]


@dataclass(frozen=True, slots=True)
class Asker:
    """Puts the queries of a dashboard as Grafana does: with the chosen values, the range and the step put in."""

    influx: InfluxServer
    built: Built
    begin_ns: int
    end_ns: int
    chosen: dict[str, tuple[str, ...]]

    def lines(self, panel: Panel) -> list[Line]:
        return [line for query in self._queries(panel) for line in self._series(query, self._rows(query, panel))]

    def rows(self, panel: Panel) -> list[Row]:
        """One table, after the panel's transformations; a value that is missing is None."""
        answers = [self._rows(query, panel) for query in self._queries(panel)]
        return transformed([*_rosters(panel), *answers], panel.get("transformations") or [])

    def annotations(self) -> list[tuple[str, list[Row]]]:
        """Name and rows of each."""
        return [(query.panel, self._rows(query, {})) for query in queries(self.built) if query.asked == "annotation"]

    def _queries(self, panel: Panel) -> list[PanelQuery]:
        return [query for query in queries(self.built) if query.panel_id == panel["id"]]

    def _rows(self, query: PanelQuery, panel: Panel) -> list[Row]:
        # Grafana asks for as many points as the panel has pixels, and for none finer than its least interval.
        points = panel.get("gridPos", {}).get("w", 24) * 75
        least_s = 60 * int(re.sub(r"\D", "", panel.get("interval") or "1m"))
        step_s = max(least_s, -(-(self.end_ns - self.begin_ns) // 60_000_000_000 // points) * 60)
        stepped = replace(query, influxql=query.influxql.replace("$__interval", f"{step_s}s"))
        rows = self.influx.query(sent(stepped, self.begin_ns, self.end_ns, self.chosen))
        return [{"Time": row.pop("time") / 1e9} | row for row in rows]

    def _series(self, query: PanelQuery, rows: list[Row]) -> list[Line]:
        found: dict[str, Line] = {}
        for row in rows:
            tags = {tag: row[tag] for tag in query.tags}
            for column in (name for name in row if name not in tags and name != "Time"):
                told = re.sub(r"\$tag_(\w+)", lambda tag: str(tags[tag.group(1)]), query.legend)  # noqa: B023
                name = told.replace("$col", column)
                line = found.setdefault(name, Line(name, [], []))
                line.times_s.append(row["Time"])
                line.values.append(row[column])
        return list(found.values())


def _rosters(panel: Panel) -> list[list[Row]]:
    """What stands in the dashboard itself."""
    frames = [frame for target in panel["targets"] for frame in target.get("snapshot") or ()]
    return [
        [
            dict(zip((field["name"] for field in frame["schema"]["fields"]), values, strict=True))
            for values in zip(*frame["data"]["values"], strict=True)
        ]
        for frame in frames
    ]


def transformed(tables: list[list[Row]], steps: list[dict[str, Any]]) -> list[Row]:
    """As Grafana's transformations do it; only those that the dashboards use."""
    for step in steps:
        options = step["options"]
        match step["id"]:
            case "filterFieldsByName":
                tables = [[_filtered(row, options) for row in table] for table in tables]
            case "merge":
                tables = [_merged(tables)]
            case "calculateField":
                for row in tables[0]:
                    row[options["alias"]] = sum(row.get(name) or 0 for name in options["reduce"]["include"])
            case "sortBy":
                (by,) = options["sort"]
                tables = [sorted(tables[0], key=lambda row: row[by["field"]], reverse=by["desc"])]
            case "organize":
                tables = [[_organized(row, options) for row in _same_columns(table)] for table in tables]
            case other:
                raise ValueError(f"{other}: no such transformation is known here")
    return _same_columns([row for table in tables for row in table])


def _filtered(row: Row, options: dict[str, Any]) -> Row:
    if "exclude" in options:
        return {name: value for name, value in row.items() if not re.search(options["exclude"]["pattern"], name)}
    return {name: value for name, value in row.items() if name in options["include"]["names"]}


def _merged(tables: list[list[Row]]) -> list[Row]:
    """Rows that agree in the columns that all tables have become one."""
    named = [set().union(*(row.keys() for row in table)) for table in tables if table]
    shared = sorted(set.intersection(*named))
    merged: dict[tuple[Any, ...], Row] = {}
    for row in (row for table in tables for row in table):
        merged.setdefault(tuple(row[name] for name in shared), {}).update(row)
    return _same_columns(list(merged.values()))


def _same_columns(rows: list[Row]) -> list[Row]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name) for name in names} for row in rows]


def _organized(row: Row, options: dict[str, Any]) -> Row:
    kept = [name for name in row if not options["excludeByName"].get(name)]
    kept.sort(key=lambda name: options["indexByName"].get(name, len(options["indexByName"])))
    return {options["renameByName"].get(name, name): row[name] for name in kept}
