"""`painwatch notify`: who is told of alarms, and whether word gets there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from painwatch.verbs.telling import told

if TYPE_CHECKING:
    from painwatch.config.delivery import TargetConfig
    from painwatch.config.models import Config
    from painwatch.notify.delivery import Delivery
    from painwatch.secrets import SecretReader

app = typer.Typer(help="See who is told of alarms, and whether word gets there.", no_args_is_help=True)

ConfigFile = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="The configuration file.")]
DEFAULT_CONFIG = Path("config.yaml")


@app.command("list")
def list_targets(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """List the targets, and what each is told. Sends nothing."""
    with told():
        settings, read = _loaded(config)
        for target in settings.notify.targets:
            kinds = " and ".join(kind.value for kind in target.kinds)
            ended = "" if target.cleared else ", not of their end"
            typer.echo(
                f"{target.name}: {kinds} alarms of {target.minimum_priority.value} priority or more{ended};"
                f" at most {target.at_most_per_hour} messages an hour{_missing(target, read)}"
            )
        if not settings.notify.targets:
            typer.echo("Nobody is told of alarms: there are no `targets:` under `notify:`.")
        elsewhere = settings.notify.heartbeat
        typer.echo(f"Heartbeat: every {settings.notify.heartbeat_s:g} s" if elsewhere else "Heartbeat: none")


@app.command("test")
def try_targets(
    targets: Annotated[list[str] | None, typer.Argument(metavar="[TARGET]...", help="All if none is named.")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Send a test message to targets. Exit status 1 if any did not get it."""
    with told():
        from painwatch.core.clock import SystemClock
        from painwatch.core.errors import PainwatchError
        from painwatch.interrupts import stop_on_signals
        from painwatch.notify.last_word import trial

        settings, read = _loaded(config)
        known = {target.name: target for target in settings.notify.targets}
        for name in targets or ():
            if name not in known:
                mend = f"Targets: {', '.join(known) or 'none'}"
                raise PainwatchError(f'there is no target "{name}"', where=str(config), mend=mend)
        if not known:
            raise PainwatchError("nobody is told of alarms", where=str(config), mend="add `targets:` under `notify:`")
        chosen = [known[name] for name in dict.fromkeys(targets or known)]
        with stop_on_signals() as stop:
            sent = trial(chosen, settings.site, SystemClock().now().wall_ns, read_secret=read, stop=stop)
        for name, delivery in sent.items():
            typer.echo(_said(name, delivery))
        raise typer.Exit(0 if all(delivery.delivered for delivery in sent.values()) else 1)


@app.command("last-word")
def last_word(
    about: Annotated[str, typer.Option(metavar="TEXT", help='What happened, such as "the hub is down".')],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Tell everyone who takes technical alarms that the watch is down. Exit status 1 if nobody was reached.

    `painwatch run` does this when the hub stays down, since the hub can then not do it itself.
    """
    with told():
        from painwatch.core.clock import SystemClock
        from painwatch.interrupts import stop_on_signals
        from painwatch.notify.last_word import last_word as tell

        settings, read = _loaded(config)
        with stop_on_signals() as stop:
            sent = tell(settings, about, SystemClock().now().wall_ns, read_secret=read, stop=stop)
        for name, delivery in sent.items():
            typer.echo(_said(name, delivery), err=True)
        if not sent:
            typer.echo("Nobody takes technical alarms: nobody was told.", err=True)
        raise typer.Exit(0 if any(delivery.delivered for delivery in sent.values()) else 1)


def _loaded(config: Path) -> tuple[Config, SecretReader]:
    from functools import partial

    from painwatch.config.loader import load_config
    from painwatch.secrets import read_secret

    folder = config.absolute().parent
    return load_config(config), partial(read_secret, config_dir=folder, what="the target's Apprise URL")


def _missing(target: TargetConfig, read: SecretReader) -> str:
    from painwatch.core.errors import PainwatchError

    try:
        read(target.url)
    except PainwatchError as error:
        return f". Its address cannot be read: {error}"
    return ""


def _said(name: str, delivery: Delivery) -> str:
    clear = " It goes there without TLS: anyone on the way can read it." if delivery.in_the_clear else ""
    if delivery.delivered:
        return f"{name}: delivered.{clear}"
    return f"{name}: not delivered: {delivery.why}. {delivery.mend[:1].upper()}{delivery.mend[1:]}.{clear}"
