"""Bounds of what a message may hold: numbers that are finite, lists and words that end. Checked when it is read."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

LONGEST_TEXT = 4000

Count = Annotated[int, Meta(ge=0, lt=2**62)]
"""Also of nanoseconds. What is no less than 2**62 fits into no database."""

Finite = Annotated[float, Meta(ge=-1e12, le=1e12)]
"""A number, and neither infinite nor NaN."""

Duration = Annotated[float, Meta(ge=0.0, le=1e12)]

Share = Annotated[float, Meta(ge=0.0, le=1.0)]

Name = Annotated[str, Meta(max_length=120)]
Line = Annotated[str, Meta(max_length=500)]
Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
