"""The page on alarms says what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.alarming import config_of
from painwatch.alarm.rules import rules_of
from painwatch.config.alarms import RuleConfig
from painwatch.config.loader import load_config
from painwatch.core.alarms import AlarmPhase
from painwatch.core.signals import SIGNALS, Signal

PAGES = Path(__file__).parents[4] / "docs"
PAGE = (PAGES / "alarms.md").read_text("utf-8")


def described(signal: Signal) -> str:
    about = SIGNALS[signal]
    values = "0..1" if about.most == 1 else about.unit or "count"
    return f"| `{signal.value}` | {about.of.value} | {values} | {about.words} |"


def built_in(rule: RuleConfig) -> str:
    up = rule.above is not None
    raised = f"{'≥' if up else '<'} {rule.threshold:g}"
    ends = f"{'<' if up else '≥'} {rule.clear_at:g}"
    return f"| `{rule.name}` | `{rule.signal.value}` | {raised} | {rule.for_min:g} | {ends} | {rule.priority.value} |"


def rows(heading: str) -> list[str]:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| `")]


def test_every_signal_is_described() -> None:
    assert rows("What can be watched") == [described(signal) for signal in Signal]


def test_every_built_in_rule_is_described() -> None:
    assert sorted(rows("Built-in rules")) == sorted(built_in(rule.config) for rule in rules_of(config_of(off=())))


@pytest.mark.parametrize("phase", AlarmPhase)
def test_every_state_is_described(phase: AlarmPhase) -> None:
    assert phase.value in PAGE.split("\n## States\n")[1]


def test_the_example_is_a_configuration(tmp_path: Path) -> None:
    example = PAGE.split("```yaml\n")[1].split("```")[0]
    shipped = (PAGES.parent / "config.yaml").read_text("utf-8")
    before, _, _ = shipped.partition("\nalarms:\n")
    grouped = before.replace("    species: ", "    group: treated\n    species: ", 1)
    targets = "notify:\n  targets: [{name: technician, url: {env: T}}, {name: head-of-animal-care, url: {env: H}}]\n"
    (tmp_path / "config.yaml").write_text(f"{grouped}\n{targets}{example}")
    alarms = load_config(tmp_path / "config.yaml").alarms
    assert [rule.name for rule in alarms.rules] == ["sustained-pain", "eyes-shut", "room-in-pain", "camera-lost"]
