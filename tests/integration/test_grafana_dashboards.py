"""Every query of every panel, annotation and variable, asked of a real InfluxDB that holds three hours of a room."""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
from collections import Counter, defaultdict
from typing import Any

import pytest

from fixtures.dashboards_room import GROUPS, HEARD, MINUTE_NS, room_config, room_lines, room_minutes
from painwatch.config.models import Config
from painwatch.grafana.dashboards.built import dashboards
from painwatch.grafana.dashboards.places import Board, CagePanel, OverviewPanel, StudyPanel
from painwatch.grafana.dashboards.queries import PanelQuery, queries, sent
from painwatch.grafana.dashboards.urgency import ADDED, STATES
from painwatch.sinks.lines import lines_for
from servers.influx import InfluxServer

HOUR_NS = 60 * MINUTE_NS

_QUOTED = "Dr. O'Neil's \"$lab\" [[1]] /x/ 100% ${cage}"


def all_queries(config: Config) -> tuple[PanelQuery, ...]:
    return tuple(query for built in dashboards(config) for query in queries(built))


def asked(influx: InfluxServer, query: PanelQuery, now_ns: int, **chosen: str) -> list[dict[str, Any]]:
    values = {name: (value,) for name, value in chosen.items()}
    return influx.query(sent(query, now_ns - 3 * HOUR_NS, now_ns, values))


def found(board: Board, panel_id: int, config: Config | None = None) -> dict[str, PanelQuery]:
    return {
        query.ref: query
        for query in all_queries(config or room_config())
        if (query.board, query.panel_id) == (board.value, panel_id)
    }


def test_every_query_is_answered_with_the_tags_that_it_promises(influx: InfluxServer) -> None:
    now_ns = time.time_ns()
    influx.write(room_lines(now_ns))
    counted: Counter[str] = Counter()
    for query in all_queries(room_config()):
        rows = asked(influx, query, now_ns)
        assert rows, (query.panel, query.influxql)
        empty = {name for name in rows[0] if all(row[name] is None for row in rows)}
        assert not empty, f"{query.panel}: nothing in {empty}"
        series = {tuple(row[tag] for tag in query.tags) for row in rows}
        assert all(all(tags) for tags in series), f"{query.panel}: a tag is empty in {series}"
        counted[f"{query.board} queries"] += 1
        counted[f"{query.board} series"] += len(series)
        counted[f"{query.board} rows"] += len(rows)
    sys.stdout.write(f"{dict(counted)}\n")
    assert all(counted[f"{board} queries"] >= 10 for board in Board)


def test_a_site_of_any_name_is_asked_for_and_no_other(influx: InfluxServer) -> None:
    now_ns = time.time_ns()
    influx.write(room_lines(now_ns))
    for query in all_queries(room_config(_QUOTED)):
        assert not asked(influx, query, now_ns), query.influxql
    influx.write(room_lines(now_ns, _QUOTED))
    for query in all_queries(room_config(_QUOTED)):
        assert asked(influx, query, now_ns), query.influxql


def test_one_glance_tells_which_cage_needs_a_person(influx: InfluxServer) -> None:
    now_ns = time.time_ns()
    influx.write(room_lines(now_ns))
    table = {cage: {"known": 1000.0} for cage in GROUPS}
    for query in found(Board.OVERVIEW, OverviewPanel.STATE).values():
        for row in asked(influx, query, now_ns):
            table[row["cage"]] |= {name: value for name, value in row.items() if name in ADDED and value is not None}
    urgency = {cage: sum(row.values()) for cage, row in table.items()}
    told = {cage: _words(value) for cage, value in urgency.items()}
    assert told == {
        "cage-1": "REVIEW THE ANIMAL",
        "cage-2": "no alarm",
        "cage-3": "not seen; see to the watch",
        "cage-4": "SILENT: nothing arrives",
        "cage-5": "SILENT: nothing arrives",
        "cage-6": "no alarm",
        "cage-7": "welfare alarm, a person knows",
    }
    assert sorted(urgency, key=lambda cage: -urgency[cage])[:5] == ["cage-1", "cage-5", "cage-4", "cage-7", "cage-3"]


def test_what_was_not_seen_is_never_zero(influx: InfluxServer) -> None:
    now_ns = time.time_ns()
    influx.write(room_lines(now_ns))
    cages = found(Board.OVERVIEW, OverviewPanel.CAGES)
    now = {row["cage"]: row for row in asked(influx, cages["A"], now_ns)}
    assert (now["cage-3"]["pain now"], now["cage-3"]["coverage now"]) == (None, 0)
    assert set(now) == set(HEARD), "a cage that is silent has no value at all"
    assert "cage-3" not in {row["cage"] for row in asked(influx, cages["E"], now_ns)}
    told = found(Board.CAGE, CagePanel.PROBABILITY)["A"]
    values = [row["pain"] for row in asked(influx, told, now_ns, cage="cage-4")]
    assert values[-50:] == [None] * 50
    assert max(value or 0 for value in values[:14]) > 0


def test_what_only_repeats_an_answer_is_told_as_a_part_of_what_was_seen(influx: InfluxServer) -> None:
    now_ns = time.time_ns()
    influx.write(room_lines(now_ns))
    coverage = found(Board.CAGE, CagePanel.COVERAGE)
    seen, repeated = (
        {row["time"]: row[name] for row in asked(influx, coverage[ref], now_ns, cage="cage-1") if row[name] is not None}
        for ref, name in (("A", "coverage"), ("B", "repeated"))
    )

    shares = [repeated[at] / seen[at] for at in repeated.keys() & seen.keys()]

    assert len(shares) > 100
    assert {round(share, 6) for share in shares} == {0, 0.5}
    assert 0.2 < sum(share > 0 for share in shares) / len(shares) < 0.5


def test_only_alarms_that_stand_are_listed_welfare_apart_from_technical(influx: InfluxServer) -> None:
    now_ns = time.time_ns()
    influx.write(room_lines(now_ns))
    welfare = asked(influx, found(Board.OVERVIEW, OverviewPanel.WELFARE)["A"], now_ns)
    assert {(row["rule"], row["subject"], row["phase"], row["priority"], row["value"]) for row in welfare} == {
        ("sustained-pain", "cage-1", "active", "high", 0.8),
        ("sustained-pain", "cage-7", "acknowledged", "high", 0.8),
        ("group-in-pain", "treated", "active", "high", 0.8),
        ("room-in-pain", "site", "active", "high", 0.8),
    }
    technical = asked(influx, found(Board.OVERVIEW, OverviewPanel.TECHNICAL)["A"], now_ns)
    assert {(row["rule"], row["subject"]) for row in technical} == {
        ("cannot-see", "cage-3"),
        ("cage-silent", "cage-4"),
        ("group-unseen", "control"),
        ("room-unseen", "site"),
        ("disk-low", "site"),
    }


@pytest.mark.parametrize(
    ("cage", "own", "of_group"),
    [
        ("cage-1", {("welfare", "sustained-pain", "cage-1")}, {("welfare", "group-in-pain", "treated")}),
        ("cage-4", {("technical", "cage-silent", "cage-4")}, {("technical", "group-unseen", "control")}),
        ("cage-5", set(), {("welfare", "group-in-pain", "treated")}),
        ("cage-7", {("welfare", "sustained-pain", "cage-7")}, set()),
    ],
)
def test_a_cage_s_alarms_are_its_own_and_those_of_several_of_which_it_is_one(
    influx: InfluxServer, cage: str, own: set[tuple[str, str, str]], of_group: set[tuple[str, str, str]]
) -> None:
    now_ns = time.time_ns()
    influx.write(room_lines(now_ns))
    influx.write(room_lines(now_ns, "South wing"))
    of_all = {("welfare", "room-in-pain", "site"), ("technical", "room-unseen", "site")}

    def told(panel_id: int, *refs: str) -> set[tuple[str, str, str]]:
        panel = found(Board.CAGE, panel_id)
        rows = [row for ref in refs for row in asked(influx, panel[ref], now_ns, cage=cage)]
        return {(row.get("kind") or _kind(row["rule"]), row["rule"], row["subject"]) for row in rows}

    assert told(CagePanel.ALARMS, "A", "C") == own
    assert told(CagePanel.ALARMS, "B", "D") == of_group | of_all
    assert {kind for kind, _, _ in told(CagePanel.ALARMS, "A", "B")} == {"welfare"}
    assert {kind for kind, _, _ in told(CagePanel.ALARMS, "C", "D")} == {"technical"}
    every = own | of_group | of_all
    assert told(CagePanel.WELFARE, "A") == {alarm for alarm in every if alarm[0] == "welfare"}
    assert told(CagePanel.TECHNICAL, "A") == {alarm for alarm in every if alarm[0] == "technical"}
    changes = asked(influx, found(Board.CAGE, CagePanel.CHANGES)["A"], now_ns, cage=cage)
    assert {(_kind(row["rule"]), row["rule"], row["subject"]) for row in changes} == every
    (raised,) = (query for query in all_queries(room_config()) if query.panel == "Welfare alarms raised")
    rows = asked(influx, raised, now_ns, cage=cage)
    assert {("welfare", row["title"], row["tags"]) for row in rows} == {one for one in every if one[0] == "welfare"}


def test_groups_have_the_mean_and_standard_error_of_their_animals(influx: InfluxServer) -> None:
    now_ns = time.time_ns()
    influx.write(room_lines(now_ns))
    looks: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    half_hour_ns = 30 * MINUTE_NS
    begin_ns = now_ns - 3 * HOUR_NS
    for minute in room_minutes(now_ns):
        if minute.start_ns >= begin_ns // 1_000_000 * 1_000_000:
            seen = looks[minute.cage, minute.start_ns // half_hour_ns * half_hour_ns]
            seen[0] += minute.pain
            seen[1] += minute.pain + minute.no_pain
    values: dict[tuple[str, int], list[float]] = defaultdict(list)
    for (cage, at_ns), (pain, scored) in looks.items():
        if scored:
            values[GROUPS[cage], at_ns].append(pain / scored)
    panel = found(Board.STUDY, StudyPanel.GROUPS)
    panel |= {"N": found(Board.STUDY, StudyPanel.COUNT)["A"]}
    mean, above, below, count = (
        {(row["group"], row["time"]): row[name] for row in asked(influx, panel[ref], now_ns)}
        for ref, name in (("A", "mean"), ("B", "above"), ("C", "below"), ("N", "animals"))
    )
    assert {key for key, value in mean.items() if value is not None} == set(values)
    checked = 0
    for key, each in values.items():
        assert mean[key] == pytest.approx(statistics.mean(each))
        assert count[key] == len(each)
        if len(each) > 1:
            sem = statistics.stdev(each) / len(each) ** 0.5
            assert above[key] == pytest.approx(statistics.mean(each) + sem)
            assert below[key] == pytest.approx(statistics.mean(each) - sem)
            checked += 1
        else:
            assert (above[key], below[key]) == (None, None), "one animal has no standard error"
    assert checked >= 5
    assert any(len(each) == 1 for each in values.values())


def test_cages_can_be_chosen_by_what_they_have_in_common(influx: InfluxServer) -> None:
    now_ns = time.time_ns()
    influx.write(room_lines(now_ns))
    animals = found(Board.STUDY, StudyPanel.ANIMALS)["A"]

    def cages(**values: str) -> set[str]:
        return {row["cage"] for row in asked(influx, animals, now_ns, **values)}

    assert cages() == {"cage-1", "cage-2", "cage-4", "cage-6", "cage-7"}, "All takes cages without a room too"
    assert cages(room="Room 3") == {"cage-1", "cage-2"}
    assert cages(group="control") == {"cage-2", "cage-4", "cage-6"}
    assert cages(group="control", room="Room 3") == {"cage-2"}
    assert cages(cage="cage-6") == {"cage-6"}
    (chosen,) = (value for label, value in choices(room_config(), "strain").items() if label == "Long-Evans, blue=1")
    assert cages(strain=chosen) == {"cage-1"}


def test_a_room_of_any_name_can_be_chosen_and_no_other(influx: InfluxServer) -> None:
    rooms = ("C57BL/6J (B6.129)", "a : b, 5", "a\\b", "$cage ${cage} [[cage]]", "100% 'x' \"y\"", "x|y", ".*")
    dumped = room_config().model_dump()
    for cage, room in zip(dumped["cages"], rooms, strict=True):
        cage["room"] = room
    config = Config.model_validate(dumped)
    now_ns = time.time_ns()
    line_of = lines_for(config)
    influx.write("\n".join(line.decode() for one in room_minutes(now_ns) if (line := line_of(one, "lab"))))
    animals = found(Board.STUDY, StudyPanel.ANIMALS, config)["A"]
    offered = choices(config, "room")
    assert len(offered) == len(GROUPS)
    scored = {"cage-1", "cage-2", "cage-4", "cage-6", "cage-7"}
    told = [{row["cage"] for row in asked(influx, animals, now_ns, room=value)} for value in offered.values()]
    assert sorted(map(sorted, told)) == [[], [], *([cage] for cage in sorted(scored))]


def choices(config: Config, name: str) -> dict[str, str]:
    """What a variable offers, as Grafana reads it: label and value of each."""
    (study,) = (built for built in dashboards(config) if built.board is Board.STUDY)
    (variable,) = (one for one in json.loads(study.json)["templating"]["list"] if one["name"] == name)
    assert not re.search(r"\$|\[\[", variable["query"]), "Grafana would put a variable in"
    told = {}
    for text in re.findall(r"(?:\\,|[^,])+", variable["query"]):
        both = re.search(r"^\s*(.+)\s:\s(.+)$", text.replace(r"\,", ","))
        label, value = both.groups() if both else (text, text)
        told[label.strip()] = value.strip()
    return told


def _kind(rule: str) -> str:
    return "welfare" if rule.endswith("-pain") else "technical"


def _words(urgency: float) -> str:
    (words,) = {state.words for state in STATES if state.least <= urgency <= state.most}
    return words
