"""InfluxDB line protocol, in the part of it that 1.x, 2.x and 3 read alike. Pure.

https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/. In names and tags a backslash means different
things to different versions, and none takes a line break there: a backslash becomes a slash, white space that is no
blank becomes a blank. Texts of fields are kept, but for control characters other than tabs and line breaks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

TEXT_MAX_CHARS = 4000
"""Longer texts are cut: databases refuse those of more than 64 KiB."""

TAG_MAX_CHARS = 200

_SPECIAL = re.compile(r"([,= ])")
_NOT_IN_TAGS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_NOT_IN_TEXTS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]+")
_INT64 = 1 << 63


def line(measurement: str, tags: Iterable[tuple[str, str]], fields: Iterable[str], time_ns: int) -> bytes | None:
    """One line without its line break; None without a field. Tags with an empty value are left out.

    `fields` come from `float_field`, `integer_field` and `text_field`; empty ones are left out.
    """
    written = ",".join(field for field in fields if field)
    if not written:
        return None
    told = ((key, as_tag(value)) for key, value in tags)
    series = ",".join(
        [name(measurement), *(f"{name(key)}={_SPECIAL.sub(_ESCAPED, value)}" for key, value in told if value)]
    )
    return f"{series} {written} {time_ns}".encode("utf-8", "replace")


def as_tag(value: str) -> str:
    """What of `value` is kept as a tag's value; empty if nothing is."""
    return _NOT_IN_TAGS.sub(" ", value[:TAG_MAX_CHARS]).replace("\\", "/").strip()


def as_text(value: str) -> str:
    """What of `value` is kept as a text."""
    return _NOT_IN_TEXTS.sub(" ", value[:TEXT_MAX_CHARS])


def name(value: str) -> str:
    """A measurement's, tag's or field's name."""
    return _SPECIAL.sub(_ESCAPED, as_tag(value))


def float_field(key: str, value: float | None) -> str:
    """Empty for None and for what is not finite: no database takes that."""
    if value is None or not math.isfinite(value):
        return ""
    return f"{name(key)}={float(value)!r}"


def integer_field(key: str, value: int | None) -> str:
    """Empty for None and for what has no room in 64 bits."""
    if value is None or not -_INT64 <= value < _INT64:
        return ""
    return f"{name(key)}={int(value)}i"


def text_field(key: str, value: str | None) -> str:
    """Empty for None; an empty text is written as such."""
    if value is None:
        return ""
    escaped = as_text(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'{name(key)}="{escaped}"'


_ESCAPED = r"\\\1"
