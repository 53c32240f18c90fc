"""The text of Grafana's Math expressions as a tree. Pure.

Grafana 12, pkg/expr/mathexp/parse: lex.go (a run of symbols is one symbol, so `*-` is none), parse.go (grammar).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from grafana_semantics.values import EvaluationError

_TOKEN = re.compile(
    r"\s*(?:(?P<variable>\$(?:\{[^}]+\}|[A-Za-z]+))|(?P<number>(?:0[xX][0-9a-fA-F]+|\d*\.?\d+(?:[eE][+-]?\d+)?))"
    r"|(?P<function>[A-Za-z_]+)|(?P<symbol>[!<>=&|+\-*/%]+)|(?P<bracket>[()]))"
)

_LEVELS = (("||",), ("&&",), ("==", "!=", ">", "<", ">=", "<="), ("+", "-"), ("*", "/", "%"), ("**",))
"""From the loosest to the tightest; each goes from left to right."""

_SYMBOLS = {symbol for level in _LEVELS for symbol in level} | {"!"}

FUNCTIONS = (
    "abs",
    "log",
    "round",
    "ceil",
    "floor",
    "is_nan",
    "is_inf",
    "is_null",
    "is_number",
    "nan",
    "inf",
    "infn",
    "null",
)


@dataclass(frozen=True, slots=True)
class Constant:
    value: float


@dataclass(frozen=True, slots=True)
class Variable:
    name: str


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    of: Node


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    of: Node | None


Node = Constant | Variable | Unary | Binary | Call


def parsed(text: str) -> Node:
    """Raises EvaluationError for what Grafana would refuse."""
    tokens = _tokens(text)
    node, rest = _level(tokens, 0)
    if rest:
        raise EvaluationError(f"unexpected {rest[0][1]!r} in {text!r}")
    return node


def variables(node: Node) -> tuple[str, ...]:
    """Which parts it names, each once."""
    match node:
        case Variable():
            found: tuple[str, ...] = (node.name,)
        case Unary():
            found = variables(node.of)
        case Binary():
            found = variables(node.left) + variables(node.right)
        case Call():
            found = () if node.of is None else variables(node.of)
        case _:
            found = ()
    return tuple(dict.fromkeys(found))


_Tokens = tuple[tuple[str, str], ...]


def _tokens(text: str) -> _Tokens:
    found: list[tuple[str, str]] = []
    at = 0
    while text[at:].strip():
        token = _TOKEN.match(text, at)
        if token is None or token.lastgroup is None:
            raise EvaluationError(f"invalid character in {text!r} at {at}")
        kind, word = token.lastgroup, token[token.lastgroup]
        if (kind == "symbol" and word not in _SYMBOLS) or (kind == "function" and word not in FUNCTIONS):
            raise EvaluationError(f"{word!r} in {text!r} is no operator or function")
        found.append((kind, word))
        at = token.end()
    return tuple(found)


def _level(tokens: _Tokens, level: int) -> tuple[Node, _Tokens]:
    if level == len(_LEVELS):
        return _factor(tokens)
    node, tokens = _level(tokens, level + 1)
    while tokens and tokens[0][1] in _LEVELS[level]:
        operator = tokens[0][1]
        right, tokens = _level(tokens[1:], level + 1)
        node = Binary(operator, node, right)
    return node, tokens


def _factor(tokens: _Tokens) -> tuple[Node, _Tokens]:
    if not tokens:
        raise EvaluationError("unexpected end")
    (kind, word), rest = tokens[0], tokens[1:]
    if kind == "number":
        return Constant(float(int(word, 16)) if word[:2] in ("0x", "0X") else float(word)), rest
    if kind == "variable":
        return Variable(word.removeprefix("$").strip("{}")), rest
    if word in ("!", "-"):
        of, rest = _factor(rest)
        return Unary(word, of), rest
    if kind == "function":
        return _call(word, rest)
    if word == "(":
        node, rest = _level(rest, 0)
        return node, _closed(rest)
    raise EvaluationError(f"unexpected {word!r}")


def _call(name: str, tokens: _Tokens) -> tuple[Node, _Tokens]:
    if not tokens or tokens[0][1] != "(":
        raise EvaluationError(f"{name} without brackets")
    if tokens[1:2] == (("bracket", ")"),):
        return Call(name, None), tokens[2:]
    of, rest = _level(tokens[1:], 0)
    return Call(name, of), _closed(rest)


def _closed(tokens: _Tokens) -> _Tokens:
    if not tokens or tokens[0][1] != ")":
        raise EvaluationError("a bracket is not closed")
    return tokens[1:]
