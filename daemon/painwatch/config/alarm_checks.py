"""What must hold between alarm rules, cages and targets. Works on plain values, as crosschecks do. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from painwatch.config.alarms import RuleConfig
from painwatch.config.builtin_rules import BUILT_IN_NAMES, CANNOT_SEE, CageOf, applies, built_in_rules
from painwatch.config.explain import closest
from painwatch.config.plain import entries, get
from painwatch.config.yaml_tree import Fault, Path, Tree
from painwatch.core.signals import SIGNALS, AlarmKind, Signal

BLIND_FOR_MIN = 60.0
"""The longest that a cage may go unseen before somebody is told."""

_RULES, _OFF = ("alarms", "rules"), ("alarms", "off")


@dataclass(frozen=True, slots=True)
class _Written:
    """A rule of the file that is well-formed in itself, and where it stands."""

    path: Path
    rule: RuleConfig


def alarm_faults(tree: Tree) -> Iterator[Fault]:
    """Every fault between the alarm rules and what they name; rules that are faulty in themselves are passed over."""
    written = [one for path, entry in entries(tree.value, _RULES) if (one := _rule(path, entry)) is not None]
    cages = list(_cages(tree))
    targets = _names(entries(tree.value, ("notify", "targets")))
    for one in written:
        yield from _named(tree, one.path, "cages", [cage.name for cage in cages], "cage")
        yield from _named(tree, one.path, "groups", [cage.group for cage in cages if cage.group], "group")
        yield from _named(tree, one.path, "notify", targets, "target")
        for path, _ in entries(tree.value, (*one.path, "escalation")):
            yield from _named(tree, path, "notify", targets, "target")
        yield from _ungrouped(tree, one, cages)
        yield from _out_of_range(tree, one)
    yield from _repeated(tree)
    yield from _not_built_in(tree)
    yield from _blind(tree, written, cages)


def _rule(path: Path, entry: Any) -> _Written | None:
    try:
        return _Written(path, RuleConfig.model_validate_json(json.dumps(entry), strict=True))
    except (ValidationError, TypeError, ValueError):
        return None


def _cages(tree: Tree) -> Iterator[CageOf]:
    for _, cage in entries(tree.value, ("cages",)):
        name, group = get(cage, ("name",)), get(cage, ("group",))
        if isinstance(name, str):
            yield CageOf(name, group if isinstance(group, str) else None)


def _names(named: Iterable[tuple[Path, Any]]) -> list[str]:
    return [name for _, entry in named if isinstance(name := get(entry, ("name",)), str)]


def _named(tree: Tree, path: Path, key: str, known: Sequence[str], noun: str) -> Iterator[Fault]:
    for where, name in entries(tree.value, (*path, key)):
        if name not in known:
            there = ", ".join(dict.fromkeys(known))
            mend = f"{closest(name, known)}{noun.capitalize()}s: {there}" if there else f"there is no {noun} at all yet"
            yield Fault(tree.at(where), f'there is no {noun} "{name}"', mend)


def _ungrouped(tree: Tree, one: _Written, cages: Sequence[CageOf]) -> Iterator[Fault]:
    if one.rule.scope == "group" and not any(cage.group for cage in cages):
        mend = "give the cages a `group:`, or set `scope: all`"
        yield Fault(tree.at((*one.path, "scope")), "no cage belongs to a group", mend)


def _out_of_range(tree: Tree, one: _Written) -> Iterator[Fault]:
    """A threshold that a value always or never reaches; so would an end that never or always comes."""
    most = SIGNALS[one.rule.signal].most
    least = -most if one.rule.baseline is not None else 0.0
    for key in ("above", "below", "clear"):
        value = getattr(one.rule, key)
        if value is not None and not least < value <= most:
            upto = f"at most {most:g}" if most < math.inf else "of any size"
            what = f"`{key}` is {value:g}, which {one.rule.signal.value} always or never reaches"
            yield Fault(tree.at((*one.path, key)), what, f"choose one above {least:g} and {upto}")


def _repeated(tree: Tree) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for path, entry in entries(tree.value, _RULES):
        name, mark = get(entry, ("name",)), tree.at((*path, "name"))
        if isinstance(name, str) and name in first:
            yield Fault(mark, f'a second rule named "{name}" (first on line {first[name]})', "rename one of the two")
        elif isinstance(name, str):
            first[name] = mark.line


def _not_built_in(tree: Tree) -> Iterator[Fault]:
    written = _names(entries(tree.value, _RULES))
    for path, name in entries(tree.value, _OFF):
        if name in written:
            mend = "delete it from one of the two: a rule of a built-in one's name takes its place"
            yield Fault(tree.at(path), f'rule "{name}" is written down, and turned off', mend)
        elif isinstance(name, str) and name not in BUILT_IN_NAMES:
            mend = f"{closest(name, BUILT_IN_NAMES)}Built in are {', '.join(BUILT_IN_NAMES)}"
            yield Fault(tree.at(path), f'there is no built-in rule "{name}"', mend)


def _blind(tree: Tree, written: Sequence[_Written], cages: Sequence[CageOf]) -> Iterator[Fault]:
    """A welfare rule must not go blind without an alarm: below its coverage another rule must say so."""
    off = [(path, name) for path, name in entries(tree.value, _OFF) if isinstance(name, str)]
    rules = [one.rule for one in written]
    rules += built_in_rules(cages, rules, [name for _, name in off])
    watching = [rule for rule in rules if _tells_of_sight(rule)]
    for rule in rules:
        blind = [
            cage.name
            for cage in cages
            if rule.kind is AlarmKind.WELFARE
            and applies(rule, cage)
            and not any(applies(one, cage) and one.threshold >= rule.minimum_coverage for one in watching)
        ]
        if blind:
            what = f'nobody would be told that rule "{rule.name}" cannot see {", ".join(blind)}'
            least = f"{rule.minimum_coverage:g}"
            mend = (
                f"let a rule on `signal: coverage` of these cages have `below: {least}` or more, `for_min: "
                f"{BLIND_FOR_MIN:g}` or less, and somebody to tell, or keep `{CANNOT_SEE}`"
            )
            yield Fault(tree.at(_why_blind(written, off, rule)), what, mend)


def _tells_of_sight(rule: RuleConfig) -> bool:
    """Whether a rule says soon, and to somebody, that a cage by itself is hardly seen."""
    soon = rule.for_min <= BLIND_FOR_MIN and rule.notify != ()
    return rule.signal is Signal.COVERAGE and rule.scope == "cage" and rule.below is not None and soon


def _why_blind(written: Sequence[_Written], off: Sequence[tuple[Path, str]], rule: RuleConfig) -> Path:
    """Where it says so: what turns the built-in rule off, what stands in its place, else the welfare rule itself."""
    for path, name in off:
        if name == CANNOT_SEE:
            return path
    for one in written:
        if one.rule.name == CANNOT_SEE:
            return (*one.path, "below" if one.rule.below is not None else "signal")
    return next(((*one.path, "name") for one in written if one.rule is rule), _RULES)
