"""A report as headings, words, tables and plots, written as one Markdown and one HTML file."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from painwatch_engines.data.face_folder import FaceFolder
from painwatch_engines.evaluation.bootstrap import Interval

RENDERED = "Rendered animals; not validated on live animals."

REPORT_MD, REPORT_HTML, PLOTS = "report.md", "report.html", "plots"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of words; the first column is a heading of its row.

    Attributes:
        title: of the table.
        header: of the columns.
        rows: of words.
        note: below it.
        marked: numbers of rows to set off.
        ours: whether its figures come from the judged set, so that the document's warning holds for them.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    marked: frozenset[int] = frozenset()
    ours: bool = True


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture beside the report. `alt`: what it shows, for those who do not see it."""

    title: str
    file: str
    alt: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what is below it, in this order: words, tables, plots."""

    heading: str
    words: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report. `warning` stands at the top and at every table and plot; empty for none."""

    title: str
    sections: tuple[Section, ...]
    warning: str = ""
    summary: tuple[str, ...] = field(default=())


def write_document(document: Document, out: Path) -> tuple[Path, Path]:
    """Write report.md and report.html, which holds its plots within itself; both are there whole or as before."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    environment.filters["embedded"] = lambda file: base64.b64encode((out / file).read_bytes()).decode()
    written = []
    for name, template in ((REPORT_MD, "report.md.j2"), (REPORT_HTML, "report.html.j2")):
        text = environment.get_template(template).render(document=document)
        part = out / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        part.rename(out / name)
        written.append(out / name)
    return written[0], written[1]


def warning_for(data: FaceFolder) -> str:
    """What must be said at every figure from this set; nothing where its animals lived."""
    return RENDERED if data.about.rendered else ""


def number(value: float, digits: int = 3) -> str:
    """A figure, or a dash where there is none."""
    return f"{value:.{digits}f}" if math.isfinite(value) else "–"


def percent(value: float) -> str:
    """A share as a percentage with one decimal, or a dash."""
    return f"{100 * value:.1f}" if math.isfinite(value) else "–"


def with_interval(found: Interval, *, as_percent: bool = False) -> str:
    """A figure with its interval in brackets."""
    told = [percent(v) if as_percent else number(v) for v in (found.value, found.low, found.high)]
    return told[0] if told[1] == "–" else f"{told[0]} [{told[1]}, {told[2]}]"


def rows_of(rows: Sequence[Sequence[object]]) -> tuple[tuple[str, ...], ...]:
    """Cells as words."""
    return tuple(tuple(str(cell) for cell in row) for row in rows)
