"""What a schema is made of: measurements of tags and fields, each with how its value is found in a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """How a field is stored."""

    FLOAT = "float"
    INTEGER = "integer"
    STRING = "string"


@dataclass(frozen=True, slots=True)
class Tag:
    """Something that points are told apart by. `of` gives its value for a record; empty: the tag is left out."""

    name: str
    words: str
    of: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Field:
    """One number or text of a record. `of` gives None where there is none. `unit` is empty for counts and texts."""

    name: str
    kind: Kind
    unit: str
    words: str
    of: Callable[[Any], float | int | str | None]


@dataclass(frozen=True, slots=True)
class Family:
    """Fields whose names begin alike: `prefix` and then what `of` names."""

    prefix: str
    ending: str
    kind: Kind
    unit: str
    words: str
    of: Callable[[Any], Iterable[tuple[str, float | int | str | None]]]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What becomes of one kind of record. `cage` and `camera` name what it is of; their tags come from the settings."""

    name: str
    record: type
    words: str
    time: Callable[[Any], int]
    fields: tuple[Field | Family, ...]
    tags: tuple[Tag, ...] = ()
    cage: Callable[[Any], str] | None = None
    camera: Callable[[Any], str] | None = None


def float_of(name: str, unit: str, words: str, of: Callable[[Any], float | None]) -> Field:
    """A field that is a number."""
    return Field(name, Kind.FLOAT, unit, words, of)


def count_of(name: str, words: str, of: Callable[[Any], int | None], unit: str = "") -> Field:
    """A field that is a whole number."""
    return Field(name, Kind.INTEGER, unit, words, of)


def text_of(name: str, words: str, of: Callable[[Any], str]) -> Field:
    """A field that is a text."""
    return Field(name, Kind.STRING, "", words, of)
