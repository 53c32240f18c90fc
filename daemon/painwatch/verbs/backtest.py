"""`painwatch backtest`: what alarm rules would have raised over the history."""

from __future__ import annotations

import contextlib
import math
import shlex
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from painwatch.verbs.telling import progress_bar, told

if TYPE_CHECKING:
    from painwatch.backtest.reading import Asked
    from painwatch.backtest.report import Found
    from painwatch.backtest.run import Source
    from painwatch.config.models import Config

RulesFile = Annotated[
    Path | None,
    typer.Argument(metavar="RULES", help="YAML file with `rules:`; without it, the configuration's own."),
]
From = Annotated[str | None, typer.Option("--from", metavar="TIME", help="Such as 2026-11-20T18:00Z.")]
To = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Likewise; the end is no part of it.")]
Cages = Annotated[list[str] | None, typer.Option("--cage", metavar="NAME", help="May be given again; else all.")]
Event = Annotated[str | None, typer.Option(metavar="NAME", help="Marks of this name are events, such as treatment.")]
WindowH = Annotated[float, typer.Option(min=0.02, max=720, help="Alarms up to so many hours after an event are its.")]
BeforeH = Annotated[float, typer.Option(min=0, max=720, help="Also those so many hours before it.")]
GridRule = Annotated[str | None, typer.Option("--grid", metavar="RULE", help="Try it by thresholds and durations.")]
Thresholds = Annotated[str | None, typer.Option(metavar="LIST", help="Of the grid, such as 0.4,0.5,0.6.")]
Minutes = Annotated[str | None, typer.Option(metavar="LIST", help="Of the grid, such as 5,10,30.")]
Influx = Annotated[str | None, typer.Option(metavar="SINK", help="Read this sink of the configuration, not the disk.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", help="For a report, a table and pictures.")]
ConfigFile = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="The configuration file.")]


def backtest(
    rules: RulesFile = None,
    from_: From = None,
    to: To = None,
    cage: Cages = None,
    event: Event = None,
    window_h: WindowH = 12,
    before_h: BeforeH = 0,
    grid: GridRule = None,
    thresholds: Thresholds = None,
    minutes: Minutes = None,
    influx: Influx = None,
    out: Out = None,
    config: ConfigFile = Path("config.yaml"),
) -> None:
    """Run alarm rules over the history: what they would have raised, what they missed, and how often in vain."""
    from_ns, to_ns = _moment(from_, "--from"), _moment(to, "--to")
    tried = _numbers(thresholds, "--thresholds"), _numbers(minutes, "--minutes")
    if any(tried) and grid is None:
        raise typer.BadParameter("is of a grid: name its rule with --grid", param_hint="--thresholds, --minutes")
    if from_ns is not None and to_ns is not None and from_ns >= to_ns:
        raise typer.BadParameter("lies before --from, or at it", param_hint="--to")
    with told():
        from painwatch.alarm.events import Window
        from painwatch.backtest.report import write_report
        from painwatch.backtest.run import GridAsked, cages_of, run
        from painwatch.config.loader import load_located
        from painwatch.config.rules_file import load_rules
        from painwatch.core.minutes import MINUTE_NS
        from painwatch.validation import notice

        base = load_located(config)
        settings = cages_of((load_rules(rules, base) if rules else base).config, cage or ())
        with _source(base.config, config, influx) as source, progress_bar() as progress:
            asked = _asked(settings, source, from_ns, to_ns)
            bar = progress.add_task("reading and judging", total=1.0)
            found = run(
                settings,
                asked,
                source,
                built_in=rules is None,
                all_cages=not cage,
                window=Window(event, round(before_h * 60) * MINUTE_NS, round(window_h * 60) * MINUTE_NS)
                if event
                else None,
                grid=GridAsked(grid, *tried) if grid else None,
                notice=notice(settings.classifier.model, config.absolute().parent),
                command=shlex.join(["painwatch", *sys.argv[1:]]),
                step=lambda done: progress.update(bar, completed=done),
            )
            if out is not None:
                progress.update(bar, description="drawing", total=None)
                report = write_report(found, out, step=lambda what: progress.update(bar, description=what))
        _show(found)
        if out is not None:
            typer.echo(report)


@contextlib.contextmanager
def _source(config: Config, config_file: Path, influx: str | None) -> Iterator[Source]:
    """The history on disk, or the sink called `influx`."""
    from painwatch.backtest.run import Source
    from painwatch.config.resolve import places_for
    from painwatch.core.errors import PainwatchError
    from painwatch.secrets import read_secret
    from painwatch.store.history import open_history

    if influx is None:
        path = places_for(config_file, config).database
        with open_history(path) as history:
            configured = {cage.name for cage in config.cages}
            begins = [ends[0] for cage in configured if (ends := history.first_and_last(cage)) is not None]
            others = tuple(cage for cage in history.cages() if cage not in configured)
            yield Source(history, str(path), min(begins, default=None), others)
        return
    from painwatch.sinks.read_minutes import InfluxHistory

    sink = next((sink for sink in config.sinks if sink.name == influx), None)
    if sink is None:
        there = ", ".join(sink.name for sink in config.sinks)
        mend = f"Sinks: {there}" if there else "the configuration has no `sinks:`"
        raise PainwatchError(f'there is no sink "{influx}"', mend=mend)
    folder = config_file.absolute().parent
    what = f"the token or password of {sink.name}"
    reader = partial(read_secret, config_dir=folder, what=what)
    with InfluxHistory(sink, site=config.site, read_secret=reader) as past:
        yield Source(past, f"{sink.name} ({sink.url})", None)


def _asked(config: Config, source: Source, from_ns: int | None, to_ns: int | None) -> Asked:
    """The time asked for in whole minutes; where it is not given, all that is in the history on disk."""
    from painwatch.backtest.reading import Asked, whole
    from painwatch.core.errors import PainwatchError
    from painwatch.core.minutes import MINUTE_NS, minute_of
    from painwatch.store.history import History

    cages = tuple(cage.name for cage in config.cages)
    if from_ns is None or to_ns is None:
        if not isinstance(source.past, History):
            raise PainwatchError("a database is not searched for its ends", mend="give --from and --to with --influx")
        begin_ns, end_ns = whole(source.past, cages)
        from_ns, to_ns = begin_ns if from_ns is None else from_ns, end_ns if to_ns is None else to_ns
    asked = Asked(cages, minute_of(from_ns), -(-to_ns // MINUTE_NS) * MINUTE_NS)
    if asked.from_ns >= asked.to_ns:
        raise PainwatchError("the history holds nothing of that time", mend="give an earlier --from, or a later --to")
    return asked


def _show(found: Found) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from painwatch.backtest.report import tables_of, words_of

    console = Console(highlight=False)
    for words in words_of(found):
        console.print(words, markup=False, soft_wrap=True)
    for shown in tables_of(found):
        table = Table(title=shown.title, caption=shown.note or None, title_justify="left", caption_justify="left")
        for column, name in enumerate(shown.header):
            table.add_column(name, justify="left" if column == 0 else "right", overflow="fold")
        for row in shown.rows:
            table.add_row(*(Text(cell) for cell in row))
        console.print(table)


def _moment(text: str | None, option: str) -> int | None:
    """UTC ns. A day begins at midnight UTC; a time needs its zone."""
    if text is None:
        return None
    hint = "write it as 2026-11-20 (midnight UTC) or 2026-11-20T22:00:00Z"
    try:
        day = len(text) == len("2026-11-20")
        moment = datetime.combine(date.fromisoformat(text), time(), UTC) if day else datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f'"{text}" is no time: {hint}', param_hint=option) from None
    if moment.tzinfo is None:
        raise typer.BadParameter(f'"{text}" is without its time zone: {hint}', param_hint=option)
    micros = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    if micros < 0:
        raise typer.BadParameter(f'"{text}" lies before 1970: {hint}', param_hint=option)
    return micros * 1000


def _numbers(text: str | None, option: str) -> tuple[float, ...]:
    """Different numbers, ascending."""
    try:
        found = sorted({float(part) for part in text.split(",")}) if text else []
    except ValueError:
        raise typer.BadParameter(f'"{text}" is no list of numbers, such as 5,10,30', param_hint=option) from None
    if not all(map(math.isfinite, found)):
        raise typer.BadParameter(f'"{text}" is no list of numbers, such as 5,10,30', param_hint=option)
    return tuple(found)
