"""Every Secret in a configuration has exactly one place that it is read from. Pure.

Secrets are found by the models: a setting that is declared as a Secret is checked, wherever it stands.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from painwatch.config.models import Config
from painwatch.config.sources import Secret
from painwatch.config.yaml_tree import Fault, Path, Tree


def secret_faults(tree: Tree) -> Iterator[Fault]:
    """A fault for each Secret in `tree` with both an `env` and a `file`, or with neither."""
    for path, secret in _secrets(tree.value, Config, ()):
        given = [key for key in ("env", "file") if secret.get(key) is not None]
        if len(given) != 1:
            what = f"`{path[-1]}` has both `env` and `file`" if given else f"`{path[-1]}` has neither `env` nor `file`"
            yield Fault(tree.at(path), what, f"give exactly one: where the {_called(path[-1])} is read from")


def _secrets(value: Any, declared: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The settings in `value`, of the type `declared`, that are secrets and are written as settings at all."""
    origin, inner = typing.get_origin(declared), typing.get_args(declared)
    if origin is typing.Annotated:
        yield from _secrets(value, inner[0], path)
    elif origin in (types.UnionType, typing.Union):
        for member in _members(value, inner):
            yield from _secrets(value, member, path)
    elif origin is tuple and isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _secrets(entry, inner[0], (*path, index))
    elif declared is Secret and isinstance(value, dict):
        yield path, value
    elif isinstance(declared, type) and issubclass(declared, BaseModel) and isinstance(value, dict):
        for name, field in declared.model_fields.items():
            if name in value:
                yield from _secrets(value[name], field.annotation, (*path, name))


def _members(value: Any, members: tuple[Any, ...]) -> tuple[Any, ...]:
    """Those that `value` may be: of models that are told apart by `kind`, the one of its kind."""
    kind = value.get("kind") if isinstance(value, dict) else None
    return tuple(member for member in members if _kinds(member) is None or kind in (_kinds(member) or ()))


def _kinds(member: Any) -> tuple[Any, ...] | None:
    field = member.model_fields.get("kind") if isinstance(member, type) and issubclass(member, BaseModel) else None
    return typing.get_args(field.annotation) if field else None


def _called(key: str | int) -> str:
    return {"url": "address", "heartbeat": "address"}.get(str(key), str(key))
