"""The schema as tables for people: `python -m painwatch.sinks.tables docs/influxdb.md` writes them there."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from painwatch.core.alarms import Reading, Transition
from painwatch.sinks.columns import Family, Field, Measurement
from painwatch.sinks.schema import CAGE_TAGS, CAMERA_TAG, MEASUREMENTS, SITE_TAG

BEGIN, END = "<!-- tables: written by `make docs` -->", "<!-- end of tables -->"


def tables() -> str:
    """All measurements in Markdown, with what all of them have in common first."""
    return "\n".join(_lines())


def with_tables(page: str) -> str:
    """`page` with the tables between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


def _lines() -> Iterator[str]:
    yield "Tags of a cage:"
    yield ""
    yield from _table(("tag", "meaning"), ((f"`{name}`", words) for name, words in CAGE_TAGS))
    for measurement in MEASUREMENTS:
        yield f"### `{measurement.name}`"
        yield ""
        yield measurement.words
        yield ""
        yield from _table(("tag", "meaning"), _tags(measurement))
        yield from _table(("field", "type", "unit", "meaning"), map(_row, measurement.fields))


def _tags(measurement: Measurement) -> Iterator[tuple[str, ...]]:
    yield f"`{SITE_TAG[0]}`", SITE_TAG[1]
    for tag in measurement.tags:
        yield f"`{tag.name}`", tag.words
    if measurement.cage is not None:
        yield "those of a cage", "of its cage"
    if measurement.camera is not None:
        yield f"`{CAMERA_TAG[0]}`", CAMERA_TAG[1]
    if measurement.record in (Transition, Reading):
        yield "those of a cage", "if it is about a cage or a camera"
        yield f"`{CAMERA_TAG[0]}`", "if it is about a camera"
    if measurement.record is Transition:
        yield "`group`", "if it is about a group"


def _row(field: Field | Family) -> tuple[str, ...]:
    name = f"{field.prefix}{field.ending}" if isinstance(field, Family) else field.name
    return f"`{name}`", field.kind.value, field.unit, field.words


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield _cells(titles)
    yield "|" + "---|" * len(titles)
    for row in rows:
        yield _cells(row)
    yield ""


def _cells(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(with_tables(page.read_text("utf-8")), "utf-8")
