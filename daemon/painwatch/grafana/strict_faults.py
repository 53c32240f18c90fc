"""What pydantic found in a provisioning file, in plain words at its place. Pure."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from painwatch.config.explain import closest
from painwatch.config.yaml_tree import Fault, Path, Tree

_UID = "use 1 to 40 of A-Z, a-z, 0-9, - and _"
_DURATION = "write a duration such as 60s, 5m or 1h"
_MENDS = {
    "refId": "use letters only: A, B, C",
    "condition": "name the refId of the last part, such as C",
    "expression": "name the refId of another part",
    "uid": _UID,
    "datasourceUid": _UID,
    "dashboardUid": _UID,
    "interval": _DURATION,
    "for": _DURATION,
    "keepFiringFor": _DURATION,
    "group_wait": _DURATION,
    "group_interval": _DURATION,
    "repeat_interval": _DURATION,
}
_TYPES = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a group of keys",
    "model_type": "a group of keys",
    "model_attributes_type": "a group of keys",
}

_HIDDEN = "something else"


def faults_of(
    error: ValidationError, tree: Tree, model: type[BaseModel], below: Path = (), *, hidden: bool = False
) -> Iterator[Fault]:
    """One fault for each error.

    Args:
        below: where in the file stands what was held against `model`.
        hidden: values may be secrets, and are not shown.
    """
    for found in error.errors(include_url=False):
        if found["type"] == "too_short" and len(found["input"]) >= found["ctx"]["min_length"]:
            # A list whose entries are faulty is reported a second time as one that is too short.
            continue
        yield _fault(found, tree, model, below, _HIDDEN if hidden else _shown(found["input"]))


def _fault(error: ErrorDetails, tree: Tree, model: type[BaseModel], below: Path, shown: str) -> Fault:
    loc, kind, ctx = tuple(part for part in error["loc"] if part != "[key]"), error["type"], error.get("ctx", {})
    path = (*below, *loc)
    name = next((str(part) for part in reversed(path) if isinstance(part, str)), "the file")
    if kind == "missing":
        return Fault(tree.at(path), f"`{name}` is missing", f"add `{name}:`")
    if kind == "extra_forbidden":
        allowed = _keys(model, loc[:-1])
        mend = f"{closest(loc[-1], allowed)}Allowed here: {', '.join(allowed)}"
        return Fault(tree.key_at(path), f"`{loc[-1]}` is no key that Grafana knows here", mend)
    mark = tree.at(path)
    if kind == "literal_error":
        expected = [word.strip(" '") for word in str(ctx["expected"]).replace(" or ", ", ").split(",")]
        mend = f"{closest(error['input'], expected)}Allowed: {', '.join(filter(None, expected))}"
        return Fault(mark, f"`{name}` is {shown}", mend)
    if kind in _TYPES:
        return Fault(mark, f"`{name}` should be {_TYPES[kind]}, but is {shown}", f"write {_TYPES[kind]}")
    if kind == "string_pattern_mismatch":
        return Fault(mark, f"`{name}` is {shown}", _MENDS.get(name, "use letters, digits and _ only"))
    if kind in ("too_short", "string_too_short"):
        return Fault(mark, f"`{name}` is empty", f"write something there, or delete `{name}`")
    message = str(error["msg"])
    return Fault(mark, f"`{name}`: {message[:1].lower()}{message[1:]}", "see Grafana's documentation of this key")


def _keys(model: type[BaseModel], loc: Path) -> list[str]:
    here: Any = model
    for part in loc:
        here = _inner(here, part)
    fields = getattr(here, "model_fields", {})
    return [field.alias or name for name, field in fields.items()]


def _inner(annotation: Any, part: str | int) -> Any:
    here = _bare(annotation)
    if isinstance(here, type) and issubclass(here, BaseModel):
        found = next((field for name, field in here.model_fields.items() if part in (name, field.alias)), None)
        return _bare(found.annotation) if found is not None else None
    if typing.get_origin(here) in (tuple, list):
        return _bare(typing.get_args(here)[0])
    return None


def _bare(annotation: Any) -> Any:
    """Without Annotated and without `| None`."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _bare(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        (member, *_) = [one for one in typing.get_args(annotation) if one is not type(None)]
        return _bare(member)
    return annotation


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a group of keys" if isinstance(value, dict) else "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "empty"
    return f'"{value[:60]}"' if isinstance(value, str) else str(value)
