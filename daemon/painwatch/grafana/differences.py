"""How two states of the same thing differ, for people to read. Pure."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from typing import Any

CONTEXT_LINES = 2


def differ(before: Any, after: Any) -> bool:
    """Whether two values differ as JSON, in which the order of keys says nothing."""
    return _lines(before) != _lines(after)


def difference(before: Any | None, after: Any | None) -> list[str]:
    """A unified difference of the two as JSON with sorted keys; None for what is not there. Empty if there is none.

    Lines begin with `-` for what is there, `+` for what is to be, or a space; before each change, `@` and the keys that
    lead to it.
    """
    old, new = _lines(before), _lines(after)
    shown = []
    for changes in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT_LINES):
        shown.append(f"@ {_way_to(new, changes[0][3])}".rstrip())
        for kind, old_begin, old_end, new_begin, new_end in changes:
            if kind == "equal":
                shown += [f" {line}" for line in old[old_begin:old_end]]
            else:
                shown += [f"-{line}" for line in old[old_begin:old_end]]
                shown += [f"+{line}" for line in new[new_begin:new_end]]
    return shown


def _lines(value: Any | None) -> list[str]:
    if value is None:
        return []
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).split("\n")


def _way_to(lines: Sequence[str], at: int) -> str:
    """The keys that enclose a line."""
    keys: list[str] = []
    depth = _depth(lines[at]) if at < len(lines) else 0
    for line in reversed(lines[:at]):
        if _depth(line) < depth:
            depth = _depth(line)
            key = re.match(r'\s*"((?:[^"\\]|\\.)*)": [{\[]$', line)
            keys += [key[1]] if key else []
    return " / ".join(reversed(keys))


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
