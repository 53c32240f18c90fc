"""Looking into plain values that may have any shape. Pure."""

from __future__ import annotations

from typing import Any

from painwatch.config.yaml_tree import Path

Entry = tuple[Path, Any]
"""An entry of a list, and where it stands."""


def entries(value: Any, path: Path) -> list[Entry]:
    """The entries of the list at `path` with their paths; none when there is no such list."""
    found = get(value, path)
    return [((*path, index), entry) for index, entry in enumerate(found)] if isinstance(found, list) else []


def get(value: Any, path: Path) -> Any:
    """What stands at `path`, or None."""
    for part in path:
        in_list = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if not in_list and not (isinstance(value, dict) and part in value):
            return None
        value = value[part]
    return value
