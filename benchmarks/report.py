"""What a question found: one table for people, the same as plain values for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Spread


@dataclass(frozen=True, slots=True)
class Line:
    """One case. `cost`: of one item, in the question's unit; `ratio`: how many times it beats the case it is held to.

    `of_peak`: of what the machine itself can do; None where nothing is known to hold it to. `more`: further columns.
    """

    case: str
    cost: Spread
    ratio: Spread | None = None
    of_peak: float | None = None
    more: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """To one question. `held_to`: the case that ratios are taken to; `peak`: what the fractions are of."""

    key: str
    title: str
    unit: str
    held_to: str
    peak: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)


def cells(answer: Answer) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of the answer's table."""
    more = list(dict.fromkeys(head for line in answer.lines for head in line.more))
    heads = ["case", f"{answer.unit} (5 % .. 95 %)", f"ratio to {answer.held_to} (5 % .. 95 %)", "of peak", *more]
    rows = [
        [
            line.case,
            str(line.cost),
            "" if line.ratio is None else str(line.ratio),
            "" if line.of_peak is None else f"{line.of_peak:.0%}",
            *(line.more.get(head, "") for head in more),
        ]
        for line in answer.lines
    ]
    return heads, rows


def show(answer: Answer, console: Console) -> None:
    """Print the answer as a table with its notes."""
    heads, rows = cells(answer)
    grid = Table(title=answer.title, title_justify="left", pad_edge=False)
    for number, head in enumerate(heads):
        grid.add_column(head, overflow="fold", justify="left" if number == 0 else "right")
    for row in rows:
        grid.add_row(*row)
    console.print(grid, markup=False)
    for note in _said(answer):
        console.print(note, markup=False)
    console.print()


def markdown(answers: Sequence[Answer]) -> str:
    """All answers as Markdown tables."""
    parts = []
    for answer in answers:
        heads, rows = cells(answer)
        table = [heads, ["---"] * len(heads), *rows]
        lines = ["| " + " | ".join(row) + " |" for row in table]
        parts.append("\n".join([f"**{answer.title}**", "", *lines, "", *_said(answer)]))
    return "\n\n".join(parts) + "\n"


def write_json(path: Path, machine: dict[str, Any], answers: Sequence[Answer]) -> None:
    """Everything that was found, and on which machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {"machine": machine, "answers": [asdict(answer) for answer in answers]}
    path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _said(answer: Answer) -> list[str]:
    return [*([f"Peak: {answer.peak}."] if answer.peak else []), *answer.notes]
