"""What pydantic found, said in plain words at the place in the file that it is about. Pure."""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from painwatch.config.models import Config
from painwatch.config.sources import Secret
from painwatch.config.yaml_tree import Fault, Path, Tree

_KIND_FIRST = "write `kind:` first, one of {kinds}; it says which other keys are allowed"


def explain(errors: Iterable[ErrorDetails], tree: Tree) -> list[Fault]:
    """One fault for each of pydantic's errors, without those that only echo another."""
    return [_explain(error, tree) for error in errors if not _is_echo(error)]


def closest(word: object, known: Iterable[str]) -> str:
    """'did you mean `x`? ' when a known word is near, else ''."""
    near = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`? " if near else ""


def _is_echo(error: ErrorDetails) -> bool:
    # A list whose entries are faulty is reported by pydantic a second time as a list that is too short.
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def _explain(error: ErrorDetails, tree: Tree) -> Fault:
    kind, loc, given, ctx = error["type"], error["loc"], error["input"], error.get("ctx", {})
    path = _path_in(tree, loc)
    name = _name(path)
    if kind == "missing":
        field = _field(loc)
        return Fault(tree.at(path), f"`{loc[-1]}` is missing{_of(path)}", f"add `{loc[-1]}:`{_described(field)}")
    if kind == "extra_forbidden":
        allowed = _allowed(loc[:-1])
        mend = f"{closest(loc[-1], allowed)}Allowed here: {', '.join(allowed)}"
        known = "this" if _in_a_secret(loc[:-1]) else f"`{loc[-1]}`"
        return Fault(tree.key_at(path), f"{known} is not a setting{_of(path[:-1])}", mend)
    if kind == "union_tag_invalid":
        expected = _listed(ctx["expected_tags"])
        mend = f"{closest(ctx['tag'], expected)}Allowed: {', '.join(expected)}"
        return Fault(tree.at((*path, "kind")), f"`kind` is {_shown(given['kind'])}", mend)
    if kind == "union_tag_not_found":
        kinds = "file, v4l2, rtsp, http_mjpeg, virtual, remote"
        return Fault(tree.at(path), f"`kind` is missing{_of(path)}", _KIND_FIRST.format(kinds=kinds))
    if kind in ("literal_error", "enum"):
        expected = _listed(ctx["expected"])
        mend = f"{closest(given, expected)}Allowed: {', '.join(expected)}"
        return Fault(tree.at(path), f"{name} is {_shown(given)}", mend)
    if _in_a_secret(loc):
        mend = "name where it is read from, never the secret itself: `{env: NAME}` or `{file: PATH}`"
        return Fault(tree.at(path), f"{name} is not of the kind that belongs here", mend)
    what, mend = _value_words(kind, name, given, ctx, str(error["msg"]))
    return Fault(tree.at(path), what, mend)


def _in_a_secret(loc: tuple[str | int, ...]) -> bool:
    """Whether `loc` is a Secret or in one: what was written there may be the secret itself, and is never shown."""
    return any(_resolve(loc[:length]) is Secret for length in range(1, len(loc) + 1))


def _value_words(kind: str, name: str, given: Any, ctx: dict[str, Any], message: str) -> tuple[str, str]:
    nothing = given is None
    shown = "empty" if nothing else _shown(given)
    match kind:
        case "string_type" | "path_type":
            hint = "put it in quotes" if isinstance(given, bool | int | float) else "write a text"
            return f"{name} should be a text, but is {shown}", hint
        case "int_type" | "int_from_float" | "int_parsing":
            return f"{name} should be a whole number, but is {shown}", "write digits only, without quotes"
        case "float_type" | "float_parsing":
            return f"{name} should be a number, but is {shown}", "write a number such as 2.5, without quotes"
        case "bool_type" | "bool_parsing":
            return f"{name} should be true or false, but is {shown}", "write true or false, without quotes"
        case "timezone_aware":
            return f"{name} is {shown}, without its time zone", "end it in Z for UTC, or in an offset such as +01:00"
        case _ if kind.startswith("datetime"):
            return f"{name} should be a date and time, but is {shown}", "write it as 2026-11-20T22:00:00Z"
        case "tuple_type":
            return f"{name} should be a list, but is {shown}", "begin each entry with `- ` on its own line"
        case "model_type" | "dict_type" | "model_attributes_type":
            mend = "write its settings below it, indented, as `key: value`"
            return f"{name} should hold settings, but is {shown}", f"{mend}, or delete the line" if nothing else mend
        case "too_short":
            return f"{name} has {len(given)} entries, needs at least {ctx['min_length']}", "add an entry"
        case "too_long":
            return f"{name} has {len(given)} entries, at most {ctx['max_length']} are allowed", "delete some"
        case "string_too_short":
            return f"{name} is an empty text", "write a text"
        case "string_too_long":
            return f"{name} has {len(given)} characters", f"at most {ctx['max_length']} are allowed"
        case "string_pattern_mismatch":
            mend = "use a-z, 0-9 and dashes, starting and ending with a letter or digit, at most 48 characters"
            return f"{name} is {shown}", mend
        case "greater_than":
            return f"{name} is {shown}", f"write a number above {_number(ctx['gt'])}"
        case "greater_than_equal":
            return f"{name} is {shown}", f"write a number of {_number(ctx['ge'])} or more"
        case "less_than":
            return f"{name} is {shown}", f"write a number below {_number(ctx['lt'])}"
        case "less_than_equal":
            return f"{name} is {shown}", f"write a number of {_number(ctx['le'])} or less"
        case "value_error":
            # The value is left out: a URL that was refused for its credentials must not reach a screen or a log.
            words, _, mend = str(ctx["error"]).partition(": ")
            return f"{name} {words}", mend or "see docs/configuration.md"
        case _:
            return f"{name}: {message[:1].lower()}{message[1:]}", "see docs/configuration.md"


def _path_in(tree: Tree, loc: tuple[str | int, ...]) -> Path:
    """`loc` without the union tags that pydantic puts in and without what the file does not have."""
    path: Path = ()
    for part in loc:
        if (*path, part) in tree.values or (*path, part) in tree.keys:
            path = (*path, part)
    return path


def _allowed(loc: tuple[str | int, ...]) -> list[str]:
    model = _resolve(loc)
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _field(loc: tuple[str | int, ...]) -> str:
    model = _resolve(loc[:-1])
    if isinstance(model, type) and issubclass(model, BaseModel) and loc[-1] in model.model_fields:
        field = model.model_fields[str(loc[-1])]
        choices = typing.get_args(field.annotation) if typing.get_origin(field.annotation) is typing.Literal else ()
        return field.description or (f"one of {', '.join(map(str, choices))}" if choices else "")
    return ""


def _resolve(loc: tuple[str | int, ...]) -> Any:
    """The annotation at `loc`, starting from Config."""
    here: Any = Config
    for part in loc:
        here = _step(here, part)
    return _bare(here)


def _step(annotation: Any, part: str | int) -> Any:
    here = _bare(annotation)
    if typing.get_origin(here) in (types.UnionType, typing.Union):
        return next((m for m in typing.get_args(here) if _kind_of(m) == part), None)
    if typing.get_origin(here) is tuple:
        return typing.get_args(here)[0]
    if isinstance(here, type) and issubclass(here, BaseModel) and part in here.model_fields:
        field = here.model_fields[str(part)]
        return field.annotation
    return None


def _bare(annotation: Any) -> Any:
    """Without Annotated and without `| None`."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _bare(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        members = [m for m in typing.get_args(annotation) if m is not type(None)]
        return _bare(members[0]) if len(members) == 1 else annotation
    return annotation


def _kind_of(model: Any) -> str | None:
    field = model.model_fields.get("kind") if isinstance(model, type) and issubclass(model, BaseModel) else None
    return str(typing.get_args(field.annotation)[0]) if field else None


def _name(path: Path) -> str:
    if not path:
        return "the file"
    return f"`{path[-1]}`" if isinstance(path[-1], str) else f"entry {path[-1] + 1}{_of(path[:-1])}"


def _of(path: Path) -> str:
    if not path:
        return " at the top of the file"
    if isinstance(path[-1], int):
        return f" in entry {path[-1] + 1}{_of(path[:-1]).replace(' in ', ' of ', 1)}"
    return f" in `{path[-1]}`"


def _listed(pydantic_list: str) -> list[str]:
    return [part.strip().strip("'") for part in pydantic_list.replace(" or ", ", ").split(",")]


def _described(text: str) -> str:
    return f" ({text})" if text else ""


_URL_LOGIN = re.compile(r"://\S*@")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a group of settings"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # Whoever writes an address where none belongs may have its password in it.
        without_login = _URL_LOGIN.sub("://***@", value)
        return f'"{without_login[:60]}"'
    return "empty" if value is None else str(value)


def _number(value: float) -> str:
    return f"{value:g}"
