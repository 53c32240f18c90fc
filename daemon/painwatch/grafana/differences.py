"""How two states of the same thing differ, for people to read. Pure."""

from __future__ import annotations

import difflib
import json
from typing import Any

CONTEXT_LINES = 3


def differ(before: Any, after: Any) -> bool:
    """Whether two values differ as JSON, in which the order of keys says nothing."""
    return _lines(before) != _lines(after)


def difference(before: Any | None, after: Any | None) -> list[str]:
    """A unified difference of the two as JSON with sorted keys; None for what is not there. Empty if there is none.

    Lines begin with `-` for what is there, `+` for what is to be, `@` where some are left out, or a space.
    """
    lines = difflib.unified_diff(_lines(before), _lines(after), lineterm="", n=CONTEXT_LINES)
    return [line for line in lines if not line.startswith(("---", "+++"))]


def _lines(value: Any | None) -> list[str]:
    if value is None:
        return []
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).split("\n")
