"""YAML files of settings whose values remember where they stood, so that what is wrong can be shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from painwatch_engines.errors import DataError


def read_mapping(path: Path) -> tuple[dict[str, Any], yaml.Node]:
    """The file's keys and values, and its nodes for `place_of`.

    Raises:
        DataError: if it cannot be read, is no YAML, or holds no keys.
    """
    text = _text(path)
    try:
        node = yaml.compose(text, yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise DataError(f"this is no YAML ({error.problem})", where, "Mend the line.") from error
    except yaml.YAMLError as error:
        raise DataError(f"this is no YAML ({error})", str(path), "Mend the file.") from error
    if not isinstance(values, dict) or node is None:
        raise DataError("the file holds no settings (`key: value`)", f"{path}:1:1", "Start from a shipped file.")
    return values, node


def place_of(node: yaml.Node, path: tuple[str | int, ...]) -> tuple[int, int]:
    """Line and column, from 1, of the value at the path, or of the nearest that encloses it."""
    mark = node.start_mark
    for step in path:
        inner: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(step):
                    mark, inner = key.start_mark, value
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            inner = node.value[step]
            mark = inner.start_mark
        if inner is None:
            break
        node = inner
    return mark.line + 1, mark.column + 1


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read it ({error})", str(path), "Name a YAML file with settings.") from error
