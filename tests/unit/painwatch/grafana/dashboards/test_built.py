"""The dashboards as they are built: what holds for each panel, and what must never be shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from fixtures.dashboards_room import room_config
from fixtures.kinds_of_record import config_with
from painwatch.config.loader import load_config
from painwatch.config.models import Config
from painwatch.grafana.dashboards import looks
from painwatch.grafana.dashboards.built import Built, dashboards, read, written
from painwatch.grafana.dashboards.files import write
from painwatch.grafana.dashboards.places import Board, CagePanel, OverviewPanel, uid_of_board
from painwatch.grafana.dashboards.queries import queries
from painwatch.grafana.names import LONGEST_UID, data_source_uid

ROOT = Path(__file__).parents[5]
SHIPPED = ROOT / "config.yaml"
CONFIGS = {"room": room_config(), "plain": config_with(), "shipped": load_config(SHIPPED)}


def panels_of(built: Built) -> list[dict[str, Any]]:
    return list(json.loads(built.json)["panels"])


def panel(config: Config, board: Board, panel_id: int) -> dict[str, Any]:
    (built,) = (built for built in dashboards(config) if built.board is board)
    (found,) = (panel for panel in panels_of(built) if panel["id"] == panel_id)
    return found


@pytest.fixture(params=CONFIGS)
def built(request: pytest.FixtureRequest) -> tuple[Built, ...]:
    return dashboards(CONFIGS[request.param])


def test_the_committed_files_are_those_of_the_shipped_configuration(tmp_path: Path) -> None:
    made = write(tmp_path, SHIPPED)
    assert {path.name for path in made} == {path.name for path in (ROOT / "dashboards").glob("*.json")}
    for path in made:
        assert path.read_text("utf-8") == (ROOT / "dashboards" / path.name).read_text("utf-8"), "run `make docs`"


def test_the_same_configuration_gives_the_same_text() -> None:
    assert [one.json for one in dashboards(room_config())] == [one.json for one in dashboards(room_config())]


def test_reading_a_dashboard_into_the_types_of_the_sdk_loses_nothing(built: tuple[Built, ...]) -> None:
    for one in built:
        assert written(read(one.json)) == one.json
        assert json.loads(one.json)["uid"] == one.uid
        assert one.file_name == f"{one.board.value}.json"


def test_there_is_one_of_each_and_all_names_fit(built: tuple[Built, ...]) -> None:
    assert [one.board for one in built] == list(Board)
    assert len({one.uid for one in built}) == len(Board)
    assert all(len(one.uid) <= LONGEST_UID for one in built)
    assert uid_of_board("a", Board.CAGE) != uid_of_board("b", Board.CAGE)


def test_every_panel_says_what_it_is_and_what_it_says_without_data(built: tuple[Built, ...]) -> None:
    for panel in (panel for one in built for panel in panels_of(one)):
        assert panel["title"]
        assert panel["description"]
        if panel["type"] != "text":
            assert panel["fieldConfig"]["defaults"]["noValue"]
            assert panel["targets"]


def test_panels_lie_beside_each_other_and_have_ids_of_their_own(built: tuple[Built, ...]) -> None:
    for one in built:
        taken: dict[tuple[int, int], str] = {}
        ids = [panel["id"] for panel in panels_of(one)]
        assert len(set(ids)) == len(ids)
        for panel in panels_of(one):
            place = panel["gridPos"]
            assert place["x"] + place["w"] <= 24
            cells = [(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in _rows(place)]
            assert not taken.keys() & set(cells), f"{panel['title']} lies on {taken.get(cells[0])}"
            taken |= dict.fromkeys(cells, panel["title"])


def test_only_the_site_s_own_database_is_asked(built: tuple[Built, ...]) -> None:
    for config, uid in ((one, data_source_uid(one.site)) for one in CONFIGS.values()):
        for one in dashboards(config):
            sources = set(re.findall(r'"uid": "([^"]+)"', one.json)) - {one.uid}
            assert sources <= {uid, "grafana", "-- Mixed --"}


def test_colours_are_safe_and_never_mean_something_alone(built: tuple[Built, ...]) -> None:
    safe = {*looks.SERIES, looks.BLACK, *(colour for _, colour in looks.VIRIDIS)}
    for one in built:
        told = re.findall(r'"(?:color|fixedColor|iconColor)": "([^"]+)"', one.json)
        assert told
        assert set(told) <= safe
        mapped = [mapping for mapping in _found(json.loads(one.json), "mappings") for mapping in mapping]
        for result in _found(mapped, "result"):
            assert result["text"], "a colour without a word"


def test_a_score_is_never_shown_without_what_the_model_was_made_from(built: tuple[Built, ...]) -> None:
    for one in built:
        if any(re.search(r'"pain"|"pain_|"unit_', query.influxql) for query in queries(one)):
            words = " ".join(panel["options"]["content"] for panel in panels_of(one) if panel["type"] == "text")
            assert "not validated on live animals" in words
            assert "does not diagnose" in words


def test_what_was_not_seen_is_said_in_words() -> None:
    columns = {
        override["matcher"]["options"]: override["properties"]
        for override in panel(room_config(), Board.OVERVIEW, OverviewPanel.CAGES)["fieldConfig"]["overrides"]
    }
    for name in ("pain now", "pain, last hour", "coverage now", "coverage, last hour"):
        (mappings,) = (found["value"] for found in columns[name] if found["id"] == "mappings")
        assert [(one["options"]["match"], one["options"]["result"]["text"]) for one in mappings] == [
            ("null+nan", looks.NOT_SEEN)
        ]


def test_tiles_without_any_answer_say_that_nothing_arrives() -> None:
    for board, panel_id in ((Board.OVERVIEW, OverviewPanel.STATE), (Board.CAGE, CagePanel.NOW)):
        defaults = panel(room_config(), board, panel_id)["fieldConfig"]["defaults"]
        assert defaults["noValue"] == "SILENT: nothing arrives"
        assert "mappings" not in defaults, "a word for null would be shown instead"


def test_the_lines_of_a_panel_are_the_configured_rules() -> None:
    rule = {"name": "hurts", "signal": "pain_probability", "above": 0.7, "clear": 0.5, "for_min": 5}
    baseline = rule | {"name": "change", "above": 0.3, "clear": 0.1, "baseline": {"first_minutes": 60}}
    config = config_with(alarms={"rules": [rule, baseline], "off": ["sustained-pain"]})
    shown = panel(config, Board.CAGE, CagePanel.PROBABILITY)
    steps = shown["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] for step in steps] == [None, 0.7], "a difference to a baseline is no value of the curve"
    assert "hurts is raised at or above 0.7 for 5 min and ends below 0.5" in shown["description"]
    assert shown["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"] == {"mode": "dashed"}


def test_every_live_cage_stands_on_the_overview_heard_or_not() -> None:
    fast = {"kind": "file", "path": "night.mp4", "pace": "fast"}
    config = room_config()
    recorded = config.cages[0].model_dump() | {"name": "recorded", "cameras": [{"name": "film", "source": fast}]}
    both = Config.model_validate(config.model_dump() | {"cages": [*config.model_dump()["cages"], recorded]})
    (roster,) = (
        target
        for target in panel(both, Board.OVERVIEW, OverviewPanel.STATE)["targets"]
        if target["datasource"]["type"] == "grafana"
    )
    assert roster["snapshot"][0]["data"]["values"][0] == [f"cage-{n}" for n in range(1, 8)]


def test_a_model_without_action_units_has_no_panel_of_them(tmp_path: Path) -> None:
    config = Config.model_validate(room_config().model_dump() | {"classifier": {"model": "gone"}})
    (cage,) = (one for one in dashboards(config, tmp_path) if one.board is Board.CAGE)
    assert CagePanel.UNITS not in {panel["id"] for panel in panels_of(cage)}
    assert "take the model as not validated" in cage.json


def test_the_live_page_is_linked_where_its_address_is_known() -> None:
    def titles(config: Config) -> list[str]:
        return [link["title"] for link in json.loads(dashboards(config)[1].json)["links"]]

    assert titles(config_with()) == ["Overview", "The watch itself", "Study"]
    assert titles(room_config())[3:] == ["Live page", "Alarms on the live page"]


def _rows(place: dict[str, int]) -> range:
    return range(place["y"], place["y"] + place["h"])


def _found(tree: Any, key: str) -> list[Any]:
    if isinstance(tree, list):
        return [one for each in tree for one in _found(each, key)]
    if not isinstance(tree, dict):
        return []
    own = [tree[key]] if key in tree else []
    return own + [one for each in tree.values() for one in _found(each, key)]
