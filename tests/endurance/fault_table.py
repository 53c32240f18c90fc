"""The fault table as Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from endurance.fault_rows import CONTROL, MORE_S, Row

_INTRODUCTION = """\
# What faults raise

Each row is a fault that was put into a running watch on purpose, the alarm that it raised, and what the page said
meanwhile. `{command}` makes this table in about {minutes} min, and fails if a fault does not raise its alarm within
the rule's time and {more:.0f} s more, if a welfare alarm comes of one, if something is scored that was not seen, or
if an alarm does not end after the mending. The rules are those of [alarms.md](alarms.md).

Real watches run the shipped models on cameras that show a rendered animal over HTTP. {count} faults, {date}, commit
`{commit}`, {machine}, shared with other work.

- **Raised after**: from the fault to the snapshot that tells of the alarm. Rules on a cage's minutes count whole
  minutes, and the one in which the fault begins may still be well enough: up to a minute more.
- **Scored meanwhile**: moments with a score although the animal was not seen; "-" where it was seen all the time.
- **Over after**: from the mending to the end of the alarm, or until all is judged again where no alarm was raised.
"""


_COLUMNS = (
    "fault",
    "alarm",
    "priority",
    "raised after",
    "the page said",
    "also raised",
    "scored meanwhile",
    "over after",
)


def as_markdown(rows: Sequence[Row], about: Mapping[str, str]) -> str:
    """`about`: date, machine, command, commit, minutes, and what could not be done."""
    head = _INTRODUCTION.format(**about, count=sum(row.fault.what != CONTROL for row in rows), more=MORE_S)
    lines = [" | ".join(_COLUMNS), " | ".join("---" for _ in _COLUMNS), *map(_line, rows)]
    table = "\n".join(f"| {line} |" for line in lines)
    notes = "\n".join(f"- {row.fault.what}: {row.fault.note}." for row in rows if row.fault.note)
    welfare = sum(bool(row.welfare) for row in rows)
    falsely = "No welfare alarm came of any fault." if not welfare else f"Welfare alarms came of {welfare} faults."
    problems = "\n".join(f"- **{row.fault.what}**: {'; '.join(row.faults)}" for row in rows if row.faults)
    parts = [head, table, falsely, about["without"], "Notes:", notes]
    if problems:
        parts += ["What did not go as it must:", problems]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _line(row: Row) -> str:
    fault = row.fault
    if not fault.rule:
        alarm, raised = "none", "-"
    else:
        alarm = fault.rule if fault.told else f"`{fault.rule}`/{fault.subject}"
        raised = "never" if row.raised_s is None else f"{row.raised_s:.0f} s"
    over = "-" if row.cleared_s is None else f"{row.cleared_s:.0f} s"
    if row.cleared_s is None and fault.rule and fault.clears_s is not None and not fault.told:
        over = "not over"
    cells = (
        fault.what,
        alarm,
        row.priority or "-",
        raised,
        _cell(". ".join(filter(None, (row.words, row.page)))),
        _cell(", ".join(row.others)) or "-",
        "-" if row.scored < 0 else str(row.scored),
        over,
    )
    return " | ".join(cells)


def _cell(text: str) -> str:
    # Folders and ports of the machine that it was made on say nothing to others.
    text = re.sub(r"/\S*/", "…/", re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text))
    return re.sub(r"\s+", " ", text.replace("|", "/")).strip()
