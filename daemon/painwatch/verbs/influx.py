"""`painwatch influx`: see whether the databases in the settings take records, and make them ready."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from painwatch.verbs.telling import told

if TYPE_CHECKING:
    from painwatch.config.delivery import InfluxConfig
    from painwatch.secrets import SecretReader

app = typer.Typer(help="Check the InfluxDB that results go to, and make it ready.", no_args_is_help=True)

ConfigFile = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="The configuration file.")]
SinkName = Annotated[str | None, typer.Option("--sink", metavar="NAME", help="Only this one of `sinks`.")]
DEFAULT_CONFIG = Path("config.yaml")


@app.command()
def check(config: ConfigFile = DEFAULT_CONFIG, sink: SinkName = None) -> None:
    """Find what keeps records from arriving. Writes one record of `painwatch_check`. Exit status 1 if none arrives."""
    with told():
        from painwatch.sinks.setup import check as look

        fatal = False
        for settings, read in _sinks(config, sink):
            for found in look(settings, read):
                typer.echo(f"{settings.name}: {'' if found.good else '! '}{found.words}")
                fatal = fatal or found.fatal
        raise typer.Exit(1 if fatal else 0)


@app.command()
def setup(
    config: ConfigFile = DEFAULT_CONFIG,
    sink: SinkName = None,
    keep_days: Annotated[
        int | None,
        typer.Option(min=1, max=36_500, help="For how long a new database keeps records; for ever if not given."),
    ] = None,
) -> None:
    """Make the database or bucket, and let InfluxQL find it. What is there already is not changed."""
    with told():
        from painwatch.sinks.setup import set_up

        for settings, read in _sinks(config, sink):
            for line in set_up(settings, read, keep_days=keep_days):
                typer.echo(f"{settings.name}: {line}")


def _sinks(file: Path, name: str | None) -> Iterator[tuple[InfluxConfig, SecretReader]]:
    from painwatch.config.loader import load_config
    from painwatch.core.errors import PainwatchError
    from painwatch.secrets import read_secret

    config = load_config(file)
    if not config.sinks:
        raise PainwatchError("there are no `sinks`", where=str(file), mend="add one: see docs/influxdb.md")
    chosen = [sink for sink in config.sinks if name in (None, sink.name)]
    if not chosen:
        names = ", ".join(sink.name for sink in config.sinks)
        raise PainwatchError(f'there is no sink "{name}"', where=str(file), mend=f"name one of: {names}")
    for sink in chosen:
        what = f"the login of sink {sink.name}"
        yield sink, functools.partial(read_secret, config_dir=file.absolute().parent, what=what)
