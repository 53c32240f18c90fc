"""`painwatch alarms`, `painwatch mark`: see alarms, do something about one, and write down what happened at a cage."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from painwatch.core.alarms import RequestAction
from painwatch.verbs.telling import told

if TYPE_CHECKING:
    from painwatch.config.models import Config
    from painwatch.config.places import Places
    from painwatch.core.live import Snapshot

app = typer.Typer(
    help="List the alarms, or do something about one. Listing ends with status 1 if any waits for a person.",
    invoke_without_command=True,
)

ConfigFile = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="The configuration file.")]
DEFAULT_CONFIG = Path("config.yaml")
Rule = Annotated[str, typer.Argument(metavar="RULE", help="The alarm's rule, as `painwatch alarms` lists it.")]
Subject = Annotated[str, typer.Argument(metavar="SUBJECT", help="What the alarm is on: a cage, a camera, site, ...")]
Words = Annotated[str, typer.Option(metavar="TEXT", help="For those who read the history later.")]


@app.callback()
def alarms(context: typer.Context, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """List the alarms."""
    if context.invoked_subcommand is not None:
        if config != DEFAULT_CONFIG:
            raise typer.BadParameter(f"give it behind `{context.invoked_subcommand}`", param_hint="--config")
        return
    with told():
        from rich.console import Console

        from painwatch.web.alarm_terminal import alarm_lines, hear_alarms
        from painwatch.web.alarm_wording import asks, summary

        settings, places = _loaded(config)
        hub = hear_alarms(settings, places)
        console = Console(highlight=False)
        console.print(f"{summary(hub.alarms)}.", style="bold", markup=False)
        for line in alarm_lines(hub.alarms, hub.time_ns, settings.alarms.off):
            console.print(line, soft_wrap=True)
        raise typer.Exit(1 if any(map(asks, hub.alarms)) else 0)


@app.command()
def acknowledge(rule: Rule, subject: Subject, words: Words = "", config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Say that you have seen an alarm. Stored under the name of your user on this host."""
    _answer(RequestAction.ACKNOWLEDGE, rule, subject, words, config)


@app.command()
def silence(
    rule: Rule,
    subject: Subject,
    minutes: Annotated[float, typer.Option(metavar="N", min=0.1, max=1440, help="For how long; at most 24 h.")],
    words: Words = "",
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Let nobody be told of an alarm for some time. The page still shows it."""
    _answer(RequestAction.SILENCE, rule, subject, words, config, minutes)


@app.command()
def unsilence(rule: Rule, subject: Subject, words: Words = "", config: ConfigFile = DEFAULT_CONFIG) -> None:
    """End a silence now."""
    _answer(RequestAction.UNSILENCE, rule, subject, words, config)


def mark(
    cage: Annotated[str, typer.Argument(metavar="CAGE")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="What happened: surgery, treatment, new animal, ...")],
    at: Annotated[str | None, typer.Option(metavar="TIME", help="Such as 2026-01-31T08:00Z; unset: now.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="If it lasted; a `baseline` must.")] = None,
    words: Words = "",
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Write down what happened at a cage. A time without a zone is this host's own."""
    with told():
        from uuid import uuid4

        from painwatch.core.alarms import Mark, Request
        from painwatch.web.alarm_terminal import ask_hub
        from painwatch.web.alarm_wording import utc
        from painwatch.web.wishes import to_mark

        settings, places = _loaded(config)
        name, words, who = _said(name, "NAME"), _said(words, "--words"), _who()
        begin_ns, end_ns = _time_ns(at, "--at"), _time_ns(until, "--until")
        kept: list[Mark] = []

        def request(now_ns: int) -> Request:
            kept.append(Mark(cage, name, now_ns if begin_ns is None else begin_ns, end_ns, words, who))
            return to_mark(kept[-1], who=who, time_ns=now_ns, given=uuid4().hex)

        ask_hub(settings, places, request)
        until_words = "" if end_ns is None else f" to {utc(end_ns)}"
        typer.echo(f"{cage}: {name}, {utc(kept[-1].time_ns)}{until_words}. It is stored, under the name {who}.")


def _answer(
    action: RequestAction, rule: str, subject: str, words: str, config: Path, minutes: float | None = None
) -> None:
    with told():
        from uuid import uuid4

        from painwatch.web.alarm_terminal import ask_hub
        from painwatch.web.wishes import about_alarm

        settings, places = _loaded(config)
        words, who, given = _said(words, "--words"), _who(), uuid4().hex
        hub = ask_hub(
            settings,
            places,
            lambda now_ns: about_alarm(
                action, rule, subject, who=who, time_ns=now_ns, given=given, minutes=minutes, words=words
            ),
        )
        typer.echo(f"{_stands(hub, rule, subject)}. It is stored, under the name {who}.")


def _stands(hub: Snapshot, rule: str, subject: str) -> str:
    from painwatch.web.alarm_wording import state_of

    found = [alarm for alarm in hub.alarms if (alarm.rule, alarm.subject) == (rule, subject)]
    return f"{rule} {subject}: {state_of(found[0]) if found else 'Not raised now'}"


def _who() -> str:
    """The user of this host who runs the command."""
    import os
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


def _said(words: str, which: str) -> str:
    from painwatch.core.errors import PainwatchError
    from painwatch.web.wishes import LONGEST_NAME, LONGEST_WORDS, readable

    most = LONGEST_NAME if which == "NAME" else LONGEST_WORDS
    try:
        said = readable(words)
    except ValueError as error:
        raise PainwatchError(str(error), where=which) from None
    if len(said) > most:
        raise PainwatchError(f"is longer than {most} letters", where=which)
    return said


def _time_ns(text: str | None, which: str) -> int | None:
    from painwatch.core.errors import PainwatchError

    if text is None:
        return None
    try:
        return round(datetime.fromisoformat(text).timestamp()) * 1_000_000_000
    except (ValueError, OverflowError, OSError):
        mend = "write it as 2026-01-31T08:00Z"
        raise PainwatchError(f"{text!r} is not a time", where=which, mend=mend) from None


def _loaded(config: Path) -> tuple[Config, Places]:
    from painwatch.config.loader import load_config
    from painwatch.config.resolve import places_for

    settings = load_config(config)
    return settings, places_for(config, settings)
