"""`painwatch backtest` as a person uses it, over simulated nights on disk."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import cv2
import pytest
from click.testing import Result
from typer.testing import CliRunner

from fixtures.cage_nights import CageNights, cage_nights
from fixtures.nights_on_disk import config_of, write_nights
from painwatch.cli import app
from painwatch.store.history import open_history

RULES = """\
rules:
  - {name: pain, signal: pain_probability, above: 0.5, clear: 0.4, for_min: 10}
  - {name: ears, signal: action_unit, unit: ear, above: 1, for_min: 10, baseline: {marked: true}}
  - {name: all-of-them, signal: coverage, below: 0.1, for_min: 5, scope: all}
  - {name: lost, signal: camera_age_s, above: 30}
"""
OURS = "#D55E00"


@pytest.fixture(scope="module")
def nights() -> CageNights:
    return cage_nights(cages=2, nights=1, hours=8)


@pytest.fixture(scope="module")
def watched(nights: CageNights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration, the history that goes with it, and rules."""
    folder = tmp_path_factory.mktemp("watched")
    config_of(folder, nights)
    write_nights(folder, nights)
    (folder / "rules.yaml").write_text(RULES)
    return folder


def call(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(
        app, ["backtest", *words, "--config", str(folder / "config.yaml")], env={"COLUMNS": "120"}
    )


def words_of(done: Result) -> str:
    """What was said, without frames and line breaks."""
    return " ".join(re.sub(r"[^\x20-\x7e\n–]", " ", done.output).split())


def test_rules_of_a_file_are_run_over_all_there_is(watched: Path, tmp_path: Path, nights: CageNights) -> None:
    rules = str(watched / "rules.yaml")
    out = tmp_path / "out"
    done = call(watched, rules, "--event", "treatment", "--window-h", "4", "--out", str(out))
    assert done.exit_code == 0, done.output
    told = words_of(done)
    assert "no card at hand, so take it as not validated on live animals" in told
    assert "it does not diagnose" in told
    assert "2 cages, 2026-09-01 18:00 to 2026-09-02 02:00 UTC (8.0 h)" in told
    assert f"scored by: simulated cage-nights 1 (00000000) ({sum(m.faces > 0 for m in nights.minutes)} minutes)" in told
    assert "Left out: lost (camera_age_s is read once a second and is not in the minutes)." in told
    assert "Only 1 event could be judged" in told
    assert "pain 1 of 1 100% [21%, 100%]" in told
    assert "cannot-see" not in told
    report = (out / "report.md").read_text()
    for part in ("## Each event", "## Each alarm", "## What could be judged", "pictures/cage-2.png", "not validated"):
        assert part in report
    with (out / "alarms.csv").open() as file:
        alarms = list(csv.DictReader(file))
    assert {"pain", "ears"} <= {alarm["rule"] for alarm in alarms}
    assert {alarm["in_event_window"] for alarm in alarms if alarm["rule"] == "all-of-them"} <= {""}
    assert all(alarm["raised"].endswith("Z") and len(alarm["rule_hash"]) == 64 for alarm in alarms)
    for cage in nights.cages:
        picture = cv2.imread(str(out / "pictures" / f"{cage}.png"))
        assert picture is not None
        blue, green, red = (int(OURS[i : i + 2], 16) for i in (5, 3, 1))
        shown = (abs(picture.astype(int) - (blue, green, red)).sum(axis=2) == 0).sum()
        # Both pictures have the colour of alarms in their legend; a bar is far larger.
        assert (shown > 2500) == (cage == "cage-2")


def test_without_a_file_the_rules_in_force_are_run_with_the_built_in_ones(watched: Path) -> None:
    done = call(watched, "--from", "2026-09-01T20:00+02:00", "--to", "2026-09-02", "--cage", "cage-2")
    assert done.exit_code == 0, done.output
    told = words_of(done)
    assert "1 cage, 2026-09-01 18:00 to 2026-09-02 00:00 UTC (6.0 h)" in told
    assert "sustained-pain pain_probability >= 0.6 for 10 min, ends < 0.4" in told
    assert "cannot-see" in told
    assert "camera-lost, cage-silent" in told
    assert "Left out: cage cage-1" not in told


def test_a_grid_tells_what_each_threshold_and_duration_finds(watched: Path, tmp_path: Path) -> None:
    grid = ("--grid", "pain", "--thresholds", "0.9,0.5", "--minutes", "1,10", "--event", "treatment", "--window-h", "4")
    done = call(watched, str(watched / "rules.yaml"), *grid, "--out", str(tmp_path))
    assert done.exit_code == 0, done.output
    assert "pain: threshold x minutes it must hold" in words_of(done)
    with (tmp_path / "grid.csv").open() as file:
        cells = list(csv.DictReader(file))
    assert [(cell["threshold"], cell["for_min"]) for cell in cells] == [
        ("0.5", "1.0"),
        ("0.5", "10.0"),
        ("0.9", "1.0"),
        ("0.9", "10.0"),
    ]
    assert all(int(cell["judged"]) == 1 and 0 <= int(cell["detected"]) <= 1 for cell in cells)
    assert float(cells[0]["false_alarms"]) >= float(cells[1]["false_alarms"])
    assert cv2.imread(str(tmp_path / "pictures" / "grid.png")) is not None
    assert "grid.png" in (tmp_path / "report.md").read_text()
    without = call(watched, str(watched / "rules.yaml"), *grid[:6])
    assert without.exit_code == 0
    assert "In each cell: alarms a judged day." in words_of(without)


def test_a_cage_of_the_history_that_is_not_configured_is_named(tmp_path: Path) -> None:
    nights = cage_nights(cages=2, nights=1, hours=1)
    write_nights(tmp_path, nights)
    one = CageNights(nights.minutes, nights.marks, nights.cages[:1], nights.begin_ns, nights.end_ns)
    config_of(tmp_path, one)
    done = call(tmp_path)
    assert done.exit_code == 0, done.output
    assert "Left out: cage cage-2 (in the history, but not in the configuration)." in words_of(done)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--from", "yesterday"), '"yesterday" is no time'),
        (("--from", "2026-09-01T18:00"), "without its time zone"),
        (("--to", "1969-09-01"), "lies before 1970"),
        (("--from", "2026-09-02", "--to", "2026-09-01"), "lies before --from"),
        (("--minutes", "1,2"), "is of a grid"),
        (("--grid", "sustained-pain", "--minutes", "1;2"), "is no list of numbers"),
        (("--grid", "sustained-pain", "--thresholds", "0.5,nan"), "is no list of numbers"),
        (("--window-h", "0"), "--window-h"),
    ],
)
def test_mistakes_of_writing_are_told_as_such(watched: Path, words: tuple[str, ...], told: str) -> None:
    done = call(watched, *words)
    assert done.exit_code == 2
    assert told in words_of(done)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--cage", "cage-3"), 'there is no cage "cage-3" in the configuration; did you mean `cage-2`?'),
        (("--grid", "sustained-pian"), "did you mean `sustained-pain`?"),
        (("--grid", "camera-lost"), 'there is no rule "camera-lost" to try'),
        (("--grid", "sustained-pain", "--thresholds", "0.5,1.5"), "the threshold 1.5 lies outside of 0..1"),
        (("--grid", "sustained-pain", "--minutes", "1e9"), "1e+09 minutes lie outside of 0..1440"),
        (("--grid", "cannot-judge"), "there are no usual thresholds for blind_rules"),
        (("--influx", "study"), 'there is no sink "study"; the configuration has no `sinks:`'),
        (("--from", "2026-09-05"), "the history holds nothing of that time"),
        (("none.yaml",), "there is no such file"),
        (("--out", "/dev/null/out"), "cannot be written"),
    ],
)
def test_what_cannot_be_is_told_with_the_mend(watched: Path, words: tuple[str, ...], told: str) -> None:
    done = call(watched, *words)
    assert done.exit_code == 1
    assert told in words_of(done)
    assert "Traceback" not in done.output


def test_rules_that_minutes_say_nothing_to_are_told(watched: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules:\n  - {name: lost, signal: camera_age_s, above: 30}\n")
    done = call(watched, str(rules))
    assert done.exit_code == 1
    assert "no rule is left to run (lost: camera_age_s is read once a second" in words_of(done)
    rules.write_text("rules:\n  - {name: all-of-them, signal: coverage, below: 0.1, scope: all}\n")
    done = call(watched, str(rules), "--cage", "cage-1")
    assert "it is about several cages together: run it without --cage" in words_of(done)
    rules.write_text("rules:\n  - {name: x, signal: pain_probability, above: high}\n")
    assert f"{rules}:2:48: `above` should be a number" in call(watched, str(rules)).output


def test_nothing_of_the_history_is_changed(watched: Path, nights: CageNights) -> None:
    with open_history(watched / "data" / "painwatch.sqlite") as history:
        before = [history.minutes(cage, 0, nights.end_ns) for cage in nights.cages]
        assert call(watched).exit_code == 0
        assert [history.minutes(cage, 0, nights.end_ns) for cage in nights.cages] == before
        assert history.transitions(from_ns=0, to_ns=2**62) == ()


def test_there_must_be_a_history(tmp_path: Path, nights: CageNights) -> None:
    config_of(tmp_path, nights)
    done = call(tmp_path)
    assert done.exit_code == 1
    assert "there is no history yet" in words_of(done)
    write_nights(tmp_path, CageNights((), (), nights.cages, 0, 0))
    assert "the history holds no minutes of cage-1, cage-2" in words_of(call(tmp_path))
