"""The page on InfluxDB says what the schema says, and its settings are settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from fixtures.kinds_of_record import config_with
from painwatch.config.models import Config
from painwatch.sinks.columns import Field
from painwatch.sinks.schema import CAGE_TAGS, CAMERA_TAG, MEASUREMENTS, SITE_TAG
from painwatch.sinks.tables import BEGIN, END, tables, with_tables

PAGE = Path(__file__).parents[4] / "docs" / "influxdb.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_the_page_is_up_to_date() -> None:
    text = PAGE.read_text("utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    assert with_tables(text) == text, "run `make docs`"


def test_every_field_stands_in_a_table() -> None:
    for measurement in MEASUREMENTS:
        _, _, its = tables().partition(f"### `{measurement.name}`")
        for field in measurement.fields:
            if isinstance(field, Field):
                assert f"| `{field.name}` | {field.kind.value} | {field.unit} |" in its.partition("###")[0]


def test_no_name_means_two_things() -> None:
    shared = {name for name, _ in (SITE_TAG, *CAGE_TAGS, CAMERA_TAG)}
    for measurement in MEASUREMENTS:
        tags = [tag.name for tag in measurement.tags]
        fields = [field.name for field in measurement.fields if isinstance(field, Field)]
        assert len({*tags, *fields, *shared}) == len(tags) + len(fields) + len(shared)
        assert not {"time"} & {*tags, *fields}
    assert len({measurement.name for measurement in MEASUREMENTS}) == len(MEASUREMENTS)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_are_settings(example: str) -> None:
    settings = yaml.safe_load(example)
    assert isinstance(config_with(*settings["sinks"]), Config)


def test_there_is_an_example_for_each_generation() -> None:
    assert len(EXAMPLES) == 3
