"""What a Grafana is to be given fits the rest of the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from painwatch.config.crosschecks import cross_faults
from painwatch.config.grafana_checks import grafana_faults
from painwatch.config.yaml_tree import read_tree

URL = "http://127.0.0.1:8086"


def faults_of(text: str) -> list[tuple[int, int, str, str]]:
    return [(f.mark.line, f.mark.column, f.what, f.mend) for f in grafana_faults(read_tree(text))]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            f"sinks:\n- {{url: '{URL}', name: north}}\n- url: '{URL}'\ngrafana:\n  sink: nort\n",
            (5, 9, 'there is no sink "nort"', "did you mean `north`? Sinks: north, influxdb"),
        ),
        ("grafana: {sink: north}\n", (1, 17, 'there is no sink "north"', "there are no `sinks:` at all yet")),
        (
            f"sinks:\n- url: '{URL}'\n  name: grafana-annotations\n",
            (
                3,
                9,
                '"grafana-annotations" is what the annotations that go to Grafana are called',
                "rename this sink",
            ),
        ),
        (
            "grafana:\n  annotations: true\n",
            (
                2,
                3,
                "`annotations` needs a `token` of Grafana's to write them with",
                "add `token:` beside it, such as `{env: GRAFANA_TOKEN}`, or delete `annotations`",
            ),
        ),
    ],
)
def test_what_does_not_fit_is_told(text: str, fault: tuple[int, int, str, str]) -> None:
    assert faults_of(text) == [fault]


@pytest.mark.parametrize(
    "text",
    [
        f"sinks:\n- url: '{URL}'\ngrafana: {{sink: influxdb}}\n",
        "grafana: {annotations: true, token: {env: TOKEN}}\n",
        "grafana: {annotations: false}\n",
        "site: no grafana\n",
    ],
)
def test_what_fits_is_fine(text: str) -> None:
    assert faults_of(text) == []


def test_two_contact_points_of_one_name_are_told() -> None:
    point = "{name: vet, kind: email, addresses: [a@b.org]}"
    tree = read_tree(f"grafana:\n  contact_points:\n  - {point}\n  - {point}\n")
    (fault,) = cross_faults(tree, Path("/"))
    assert (fault.mark.line, fault.what) == (4, 'a second contact point named "vet" (first on line 3)')


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner)))
def test_no_shape_of_a_file_breaks_the_search(value: object) -> None:
    for text in (yaml.safe_dump({"sinks": value}), yaml.safe_dump({"grafana": value})):
        assert [fault for fault in grafana_faults(read_tree(text)) if "sink" not in fault.what] == []
