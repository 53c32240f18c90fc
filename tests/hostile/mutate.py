"""Bytes, texts and values made worse."""

from __future__ import annotations

import math
from random import Random
from typing import Any

NASTY_BYTES = (b"\0", b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"\r\n\r\n", b"%s%n", b"\x1b[2J", b"\x7f" * 9)

NASTY_TEXTS = (
    *("", " ", "\0", "null", "nan", "-inf", "..", "../../../etc/passwd", "/dev/zero", "/dev/full", "/proc/self/mem"),
    *("\u202e", "\ud800", "\x1b[31m", "é" * 70, "x" * 300, "x" * 5000, "a\nb", "a/b", "%00", "{{7*7}}", "<script>"),
    *("' OR 1=1 --", "${HOME}", "!!python/object:os.system", "2001-99-99", "1e999999999", "0b_", "1:99:99", "*a"),
)

NASTY_NUMBERS = (
    *(0, -1, 1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**40, 10**5000),
    *(math.nan, math.inf, -math.inf, -0.0, 5e-324, 1e308, 0.1),
)


def mutated(data: bytes, dice: Random, most: int = 8) -> bytes:
    """`data` with a few bytes flipped, put in, taken out, repeated or cut off; never the same object."""
    raw = bytearray(data)
    for _ in range(dice.randint(1, most)):
        at = dice.randrange(len(raw) + 1)
        match dice.randrange(8):
            case 0 if raw:
                raw[min(at, len(raw) - 1)] ^= 1 << dice.randrange(8)
            case 1:
                raw[at:at] = dice.randbytes(dice.randint(1, 16))
            case 2:
                del raw[at : at + dice.randint(1, 64)]
            case 3:
                raw[at : at + 8] = dice.choice((b"\xff" * 8, b"\0" * 8, b"\x7f" + b"\xff" * 7))
            case 4:
                raw[at:at] = dice.choice(NASTY_BYTES)
            case 5 if len(raw) < 2_000_000:
                raw[at:at] = raw[at : at + dice.randint(1, 200)] * dice.randint(1, 5)
            case 6 if dice.random() < 0.3:
                del raw[at:]
            case _ if raw:
                raw[min(at, len(raw) - 1)] = dice.randrange(256)
    return bytes(raw)


def nasty(dice: Random, depth: int = 3) -> Any:
    """A value of no type in particular, made of what JSON knows."""
    match dice.randrange(8 if depth else 5):
        case 0:
            return dice.choice(NASTY_TEXTS)
        case 1 | 2:
            return dice.choice(NASTY_NUMBERS)
        case 3:
            return dice.choice((None, True, False))
        case 4:
            return "".join(chr(dice.choice((dice.randrange(32, 127), dice.randrange(0x2000)))) for _ in range(9))
        case 5:
            return [nasty(dice, depth - 1) for _ in range(dice.randrange(5))]
        case _:
            return {str(dice.choice(NASTY_TEXTS)): nasty(dice, depth - 1) for _ in range(dice.randrange(4))}


def with_a_worse_value(tree: Any, dice: Random) -> Any:
    """A copy of plain values in which one, somewhere, was exchanged, dropped, doubled or joined by another."""
    if isinstance(tree, dict) and tree and dice.random() < 0.9:
        key = dice.choice(list(tree))
        match dice.randrange(12):
            case 0:
                return {k: v for k, v in tree.items() if k != key}
            case 1:
                return {**tree, str(dice.choice(NASTY_TEXTS)): nasty(dice)}
            case _:
                return {**tree, key: with_a_worse_value(tree[key], dice)}
    if isinstance(tree, list | tuple) and tree and dice.random() < 0.9:
        at = dice.randrange(len(tree))
        match dice.randrange(12):
            case 0:
                return [*tree[:at], *tree[at + 1 :]]
            case 1:
                return [*tree, *[tree[at]] * dice.choice((1, 70))]
            case _:
                return [*tree[:at], with_a_worse_value(tree[at], dice), *tree[at + 1 :]]
    return nasty(dice)


def without_surrogates(text: str) -> str:
    """As a file can hold it."""
    return text.encode("utf-8", "replace").decode("utf-8")
