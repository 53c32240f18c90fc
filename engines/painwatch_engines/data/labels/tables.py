"""Tables that people fill in: every cell that cannot be used is named by file, line and column, all at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from painwatch_engines.errors import DataError
from painwatch_engines.plain_yaml import shortened

SEPARATORS = ",;\t"

MOST_TOLD = 40
"""Faults listed in one message; the rest are counted."""

_LONGEST_WORDS = 600


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, its place (file:line, column) and its remedy."""

    where: str
    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by column name, stripped, missing ones empty; its place, file:line; the table's separator."""

    cells: dict[str, str]
    place: str
    separator: str = ","

    def at(self, column: str) -> str:
        """The place of a cell."""
        return f"{self.place}, column {column}"

    def number(self, column: str) -> str:
        """A cell that should hold a number; 0,5 is 0.5 where semicolons part the cells, as spreadsheets then do."""
        word = self.cells.get(column, "")
        return word.replace(",", ".") if self.separator == ";" else word


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was written: column names in lower case, and its rows without the blank ones."""

    path: Path
    header: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(path: Path, needed: Sequence[str]) -> Table:
    """Read a CSV file in UTF-8, with commas, semicolons or tabs, whichever its first line has most of.

    Raises:
        DataError: if it cannot be read, has no rows, or lacks a needed column, or has one twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not in UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        mend = "Save it as CSV in UTF-8." if isinstance(error, UnicodeDecodeError) else "Check the path."
        raise DataError(f"cannot read the table ({reason})", str(path), mend) from error
    separator = max(SEPARATORS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise DataError(f"this is no CSV ({error})", f"{path}:{reader.line_num}", "Save it as CSV.") from error
    header = tuple(name.strip().lower() for name in lines[0][1]) if lines else ()
    _check_header(path, header, needed)
    filled = [(number, cells) for number, cells in lines[1:] if any(cell.strip() for cell in cells)]
    if not filled:
        raise DataError("the table has no rows", str(path), "Give a table with a header and rows below it.")
    long = [
        Fault(f"{path}:{n}", f"{len(c)} cells under {len(header)} columns", "") for n, c in filled if _spills(c, header)
    ]
    refuse(long, path, "Put cells that hold the separator in double quotes.")
    rows = tuple(Row(_named(header, cells), f"{path}:{number}", separator) for number, cells in filled)
    return Table(path, header, rows)


def refuse(faults: Sequence[Fault], where: Path, mend: str = "Mend them; nothing was written.") -> None:
    """Do nothing if there are no faults, else tell all of them.

    Raises:
        DataError: one fault as it is, several as a list.
    """
    if not faults:
        return
    if len(faults) == 1:
        raise DataError(shortened(faults[0].what, _LONGEST_WORDS), faults[0].where, faults[0].mend or mend)
    told = [
        f"  {fault.where}: {shortened(fault.what, _LONGEST_WORDS)}. {fault.mend}".rstrip()
        for fault in faults[:MOST_TOLD]
    ]
    if len(faults) > MOST_TOLD:
        told.append(f"  and {len(faults) - MOST_TOLD} more")
    raise DataError("\n".join([f"{len(faults)} things are wrong", *told]).rstrip("."), str(where), mend)


def _check_header(path: Path, header: Sequence[str], needed: Sequence[str]) -> None:
    missing = [name for name in needed if name not in header]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if missing or twice:
        what = (
            f"there is no column {', '.join(missing)}" if missing else f"column {', '.join(twice)} stands there twice"
        )
        have = ", ".join(name for name in header if name) or "none"
        mend = f"Needed: {', '.join(needed)}. The table has: {shortened(have, _LONGEST_WORDS)}."
        raise DataError(shortened(what, _LONGEST_WORDS), f"{path}:1", mend)


def _spills(cells: Sequence[str], header: Sequence[str]) -> bool:
    return any(cell.strip() for cell in cells[len(header) :])


def _named(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    padded = [*cells, *[""] * (len(header) - len(cells))]
    return {name: cell.strip() for name, cell in zip(header, padded, strict=False)}
