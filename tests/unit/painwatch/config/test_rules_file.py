"""Rules in a file of their own: the same checks, told at their place in that file."""

from __future__ import annotations

from pathlib import Path

import pytest

from painwatch.config.loader import load_located
from painwatch.config.rules_file import load_rules
from painwatch.core.errors import ConfigError

BASE = Path(__file__).parents[4] / "config.yaml"

RULE = "rules:\n  - name: pain\n    signal: pain_probability\n    above: 0.6\n    for_min: 10\n"


def test_rules_take_the_place_of_the_configurations_own(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(RULE)
    base = load_located(BASE)
    found = load_rules(file, base).config
    assert [rule.name for rule in base.config.alarms.rules] == ["sustained-pain"]
    assert [(rule.name, rule.above, rule.for_min) for rule in found.alarms.rules] == [("pain", 0.6, 10)]
    assert found.cages == base.config.cages


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "rules.yaml:1:1: the file is empty"),
        ("sites: 1\n", "rules.yaml:1:1: the file holds no rules"),
        ("rules:\n", "rules.yaml:1:7: `rules` should be a list, but is empty"),
        (RULE.replace("for_min", "fr_min"), "rules.yaml:5:5: `fr_min` is not a setting"),
        (RULE.replace("pain_probability", "pain_probabilit"), "did you mean `pain_probability`?"),
        (RULE + "version: 2\n", "rules.yaml:6:1: `version` is not a setting"),
        (RULE + "\t- x\n", "rules.yaml:6:1"),
        (RULE + "    scope: room\n", 'rules.yaml:6:12: `scope` is "room"'),
    ],
)
def test_mistakes_are_told_at_their_place_in_the_rules_file(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load_rules(file, load_located(BASE))
    assert told.lower() in str(refused.value).lower()
    assert "config.yaml:" not in str(refused.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load_rules(tmp_path / "none.yaml", load_located(BASE))
