"""A backtest from what was asked for to what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from painwatch.alarm.backtest import backtest
from painwatch.alarm.events import Window
from painwatch.alarm.grid import DURATIONS_MIN, default_thresholds, grid_of, variants
from painwatch.alarm.rules import Rule, rules_of, subjects_of
from painwatch.backtest.reading import Asked, Past, begin_ns, read_marks, stream
from painwatch.backtest.report import Found
from painwatch.backtest.tracks import Tracks
from painwatch.config.alarms import RuleConfig
from painwatch.config.explain import closest
from painwatch.config.models import Config
from painwatch.core.errors import PainwatchError
from painwatch.core.signals import SIGNALS, Of
from painwatch.core.types import MinuteSummary


@dataclass(frozen=True, slots=True)
class GridAsked:
    """Which rule is to be tried, and by what; empty: what is usual for its signal."""

    rule: str
    thresholds: tuple[float, ...] = ()
    durations_min: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where the minutes come from. `name` for people; `first_ns`: where the history begins, None if not known;
    `others`: cages in it that are not configured.
    """

    past: Past
    name: str
    first_ns: int | None
    others: tuple[str, ...] = ()


def cages_of(config: Config, names: Sequence[str]) -> Config:
    """The configuration with these cages only; all of them if none is named.

    Raises:
        PainwatchError: one of them is not in it.
    """
    known = [cage.name for cage in config.cages]
    for name in names:
        if name not in known:
            mend = f"{closest(name, known)}Cages: {', '.join(known)}"
            raise PainwatchError(f'there is no cage "{name}" in the configuration', mend=mend)
    return config.model_copy(update={"cages": tuple(c for c in config.cages if not names or c.name in names)})


def run(
    config: Config,
    asked: Asked,
    source: Source,
    *,
    built_in: bool,
    all_cages: bool,
    window: Window | None,
    grid: GridAsked | None,
    notice: str,
    command: str,
    step: Callable[[float], None] = lambda _: None,
) -> Found:
    """Runs the rules of `config` over the time asked for.

    Args:
        built_in: with the built-in rules.
        all_cages: `config` holds all the cages there are; rules of groups are left out otherwise.
        step: is told which part of the minutes is done, 0..1.

    Raises:
        PainwatchError: no rule is left, or the grid asks for what cannot be.
    """
    rules, left_out = _judging(config, built_in, all_cages)
    left_out += [(f"cage {cage}", "in the history, but not in the configuration") for cage in source.others]
    tried = _tried(rules, grid) if grid is not None else None
    marks = read_marks(source.past, asked.cages, asked.to_ns + (window.before_ns if window else 0))
    begun_ns = begin_ns(asked, marks, [rule.config for rule in rules], source.first_ns)
    tracks = Tracks(asked.from_ns)
    minutes = tracks.through(_stepped(stream(source.past, asked.cages, begun_ns, asked.to_ns), begun_ns, asked, step))
    ran = variants(*tried) if tried is not None else rules
    results = backtest(config, ran, minutes, marks, from_ns=asked.from_ns, to_ns=asked.to_ns, window=window)
    return Found(
        asked=asked,
        source=source.name,
        begun_ns=begun_ns,
        results=() if tried else results,
        grid=grid_of(*tried, results) if tried else None,
        window=window,
        marks=marks,
        tracks=tracks,
        left_out=tuple(left_out),
        notice=notice,
        command=command,
    )


def _judging(config: Config, built_in: bool, all_cages: bool) -> tuple[list[Rule], list[tuple[str, str]]]:
    """The rules that minutes say something to, and the others with the reason."""
    rules: list[Rule] = []
    left_out: list[tuple[str, str]] = []
    ticking = []
    for rule in rules_of(config):
        if rule.built_in and not built_in:
            continue
        name, about = rule.config.name, SIGNALS[rule.config.signal]
        if about.of is not Of.CAGE_MINUTE:
            if rule.built_in:
                ticking.append(name)
            else:
                left_out.append((name, f"{rule.config.signal.value} is read once a second and is not in the minutes"))
        elif rule.config.scope != "cage" and not all_cages:
            left_out.append((name, "it is about several cages together: run it without --cage"))
        elif not subjects_of(rule.config, config):
            left_out.append((name, "it watches none of these cages"))
        else:
            rules.append(rule)
    if ticking:
        left_out.append(
            (", ".join(ticking), "built in; their signals are read once a second and are not in the minutes")
        )
    if not rules:
        why = "; ".join(f"{name}: {reason}" for name, reason in left_out) or "there is none"
        raise PainwatchError(f"no rule is left to run ({why})", mend="name a file with rules on signals of minutes")
    return rules, left_out


def _tried(rules: Sequence[Rule], grid: GridAsked) -> tuple[RuleConfig, tuple[float, ...], tuple[float, ...]]:
    known = {rule.config.name: rule.config for rule in rules}
    if grid.rule not in known:
        mend = f"{closest(grid.rule, known)}Rules: {', '.join(known)}"
        raise PainwatchError(f'there is no rule "{grid.rule}" to try', mend=mend)
    rule = known[grid.rule]
    thresholds = grid.thresholds or default_thresholds(rule)
    if not thresholds:
        mend = "give them, such as --thresholds 1,2,3"
        raise PainwatchError(f"there are no usual thresholds for {rule.signal.value}", mend=mend)
    most = SIGNALS[rule.signal].most
    least = -most if rule.baseline is not None else 0
    for threshold in thresholds:
        if not least <= threshold <= most:
            what = f"the threshold {threshold:g} lies outside of {least:g}..{most:g}, where {rule.signal.value} lies"
            raise PainwatchError(what, mend="give others after --thresholds")
    durations = grid.durations_min or DURATIONS_MIN
    for minutes in durations:
        if not 0 <= minutes <= 1440:
            raise PainwatchError(f"{minutes:g} minutes lie outside of 0..1440", mend="give others after --minutes")
    return rule, thresholds, durations


def _stepped(
    minutes: Iterable[MinuteSummary], begun_ns: int, asked: Asked, step: Callable[[float], None]
) -> Iterator[MinuteSummary]:
    """The same minutes; tells how far they have come, once an hour of theirs."""
    length, told_ns = max(1, asked.to_ns - begun_ns), begun_ns
    for minute in minutes:
        if minute.start_ns - told_ns >= 3_600_000_000_000:
            told_ns = minute.start_ns
            step((told_ns - begun_ns) / length)
        yield minute
    step(1.0)
