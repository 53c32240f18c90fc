"""Files that are small enough to be read, and made to take no end of time, of memory or of screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from painwatch.config.loader import LONGEST_WORDS, MOST_TOLD, load_config
from painwatch.config.yaml_tree import MAX_CHARACTERS, MAX_VALUES, read_tree
from painwatch.core.errors import ConfigError, Problem


def problems(path: Path, text: str) -> tuple[Problem, ...]:
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    return caught.value.problems


def test_a_long_text_behind_many_aliases_is_not_unfolded() -> None:
    length, times = 100_000, 3000
    tree = read_tree(f"a: &a {'x' * length}\nb: [{','.join(['*a'] * times)}]\n")
    (fault,) = tree.faults
    assert "million characters" in fault.what
    assert fault.mark.line == 1
    assert sum(len(text) for text in tree.value["b"] if text) <= MAX_CHARACTERS


def test_values_without_end_are_not_read_to_their_end() -> None:
    tree = read_tree("a: [" + "1," * 2 * MAX_VALUES + "]")
    (fault,) = tree.faults
    assert f"more than {MAX_VALUES} values" in fault.what
    assert fault.mark.column < 2 * MAX_VALUES + 10
    assert tree.value is None


def test_of_problems_without_end_the_first_are_told_and_the_rest_is_counted(tmp_path: Path) -> None:
    told = problems(tmp_path / "config.yaml", "\t a: 1\n" * 5000)
    assert len(told) == MOST_TOLD + 1
    assert told[-1].what == f"{5000 - MOST_TOLD} more problems from here on"
    assert told[-1].line == MOST_TOLD + 1


def test_a_word_without_end_is_cut_where_it_is_told(tmp_path: Path) -> None:
    told = problems(tmp_path / "config.yaml", f"{'x' * 900}: 1\nversion: {'y' * 5000}\n")
    assert all(len(problem.what) <= LONGEST_WORDS + 4 for problem in told)
    assert any("xxxx" in problem.what for problem in told)
