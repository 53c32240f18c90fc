"""One number orders the cages, and every number that can come has one word."""

from __future__ import annotations

import json
from itertools import product

import pytest

from fixtures.dashboards_room import room_config
from painwatch.config.models import Config
from painwatch.grafana.dashboards.built import dashboards
from painwatch.grafana.dashboards.places import OverviewPanel
from painwatch.grafana.dashboards.urgency import STATES

ALARMS = {None: None, "none": (0, 0), "technical": (1, 0), "known": (2, 0), "unseen": (2, 1)}
SEEN = (("silent", 0.0), ("heard", 0.0), ("seen", 0.0), ("seen", 0.37), ("seen", 1.0))
CASES = [(alarms, seen, pain) for alarms, (seen, pain) in product(ALARMS, SEEN)]


def urgency(alarms: str | None, seen: str, pain: float) -> float:
    heard = {"silent": 0, "heard": -350, "seen": -355}[seen]
    stands = ALARMS[alarms]
    told = 0 if stands is None else stands[0] * 100 - 600 + stands[1] * 2000
    return 1000 + told + heard + pain


@pytest.mark.parametrize(("alarms", "seen", "pain"), CASES)
def test_every_cage_has_one_word(alarms: str | None, seen: str, pain: float) -> None:
    value = urgency(alarms, seen, pain)
    (words,) = [state.words for state in STATES if state.least <= value <= state.most]
    assert ("REVIEW THE ANIMAL" in words) == (alarms == "unseen")
    assert ("a person knows" in words) == (alarms == "known")
    assert ("SILENT" in words) == (seen == "silent")
    if seen != "silent":
        assert (words == "its alarms cannot be told") == (alarms is None)
        assert ("see to the watch" in words) == (alarms == "technical")
        assert ("not seen" in words) == (seen == "heard" and alarms in ("none", "technical"))
    assert (words == "no alarm") == (alarms == "none" and seen == "seen"), "calm only where all of it was told"


def test_who_needs_a_person_comes_first() -> None:
    worst_first = [
        urgency("unseen", "silent", 0),
        urgency("unseen", "seen", 0.0),
        urgency(None, "silent", 0),
        urgency(None, "seen", 0.1),
        urgency("known", "silent", 0),
        urgency("technical", "silent", 0),
        urgency("none", "silent", 0),
        urgency("known", "seen", 0.9),
        urgency("technical", "heard", 0),
        urgency("technical", "seen", 1.0),
        urgency("none", "heard", 0),
        urgency("none", "seen", 1.0),
        urgency("none", "seen", 0.1),
    ]
    assert worst_first == sorted(worst_first, reverse=True)
    assert len(set(worst_first)) == len(worst_first)


def overview(config: Config) -> dict[int, dict[str, object]]:
    return {panel["id"]: panel for panel in json.loads(dashboards(config)[0].json)["panels"]}


def test_the_name_of_a_cage_is_never_taken_for_a_number_with_a_word() -> None:
    tiles = json.dumps(overview(room_config())[OverviewPanel.STATE]["fieldConfig"])
    shown = json.loads(tiles)
    assert "mappings" not in shown["defaults"], "they would be of the column `cage` too, by which the link finds it"
    (state,) = shown["overrides"]
    assert state["matcher"]["options"] == "state"
    assert len(state["properties"][0]["value"]) == len(STATES) + 1


def test_only_cages_that_are_watched_now_are_asked_for() -> None:
    for panel_id in (OverviewPanel.STATE, OverviewPanel.CAGES):
        targets = json.loads(json.dumps(overview(room_config())[panel_id]["targets"]))
        for asked in (target["query"] for target in targets if "query" in target):
            assert '"cage" =~ /^(cage-1|cage-2|cage-3|cage-4|cage-5|cage-6|cage-7)$/' in asked
