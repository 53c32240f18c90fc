"""Sinks have names of their own, also those that were given none."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from painwatch.config.sink_checks import sink_faults
from painwatch.config.yaml_tree import read_tree

URL = "http://127.0.0.1:8086"


def faults_of(text: str) -> list[tuple[int, str]]:
    return [(fault.mark.line, fault.what) for fault in sink_faults(read_tree(text))]


@pytest.mark.parametrize(
    ("sinks", "line", "what"),
    [
        (f"- {{name: a, url: '{URL}'}}\n- url: '{URL}'\n  name: a\n", 4, 'a second sink named "a" (first on line 2)'),
        (f"- url: '{URL}'\n- url: '{URL}'\n", 3, 'a second sink named "influxdb" (first on line 2)'),
        (f"- url: '{URL}'\n- {{url: '{URL}', name: influxdb}}\n", 3, 'a second sink named "influxdb"'),
    ],
)
def test_a_second_one_of_a_name_is_told(sinks: str, line: int, what: str) -> None:
    ((found, said),) = faults_of(f"sinks:\n{sinks}")
    assert found == line
    assert said.startswith(what)


def test_names_of_their_own_are_fine() -> None:
    assert faults_of(f"sinks:\n- url: '{URL}'\n- {{url: '{URL}', name: other}}\n") == []


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner)))
def test_no_shape_of_a_file_breaks_the_search(value: object) -> None:
    assert list(sink_faults(read_tree(yaml.safe_dump({"sinks": value})))) == []
    assert list(sink_faults(read_tree(yaml.safe_dump({"sinks": [{"name": value}]})))) == []
