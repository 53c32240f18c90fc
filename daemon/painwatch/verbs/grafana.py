"""`painwatch grafana`: dashboards and alert rules of a configuration, brought into a Grafana or written as files."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from painwatch.verbs.telling import told

if TYPE_CHECKING:
    from painwatch.config.models import Config
    from painwatch.grafana.push import Plan
    from painwatch.grafana.steps import Step

app = typer.Typer(help="Bring dashboards and alert rules into a Grafana.", no_args_is_help=True)

ConfigFile = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="The configuration file.")]
DEFAULT_CONFIG = Path("config.yaml")
DIFFERS = 3
"""The exit status of a dry run that found a difference; 1 and 2 are faults."""

_WOULD = {
    "make": "would make",
    "change": "would change",
    "remove": "would remove",
    "renew": "would send secrets again:",
}
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@app.command()
def push(
    config: ConfigFile = DEFAULT_CONFIG,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=f"Only read, and show the difference. Exit status {DIFFERS} if any.")
    ] = False,
    renew_secrets: Annotated[
        bool,
        typer.Option("--renew-secrets", help="Also send the secrets again: Grafana cannot be asked for them."),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Write over a dashboard that somebody saves at the same moment.")
    ] = False,
) -> None:
    """Bring the configuration into its Grafana: data source, dashboards, alert rules, contact points, own policy.

    What is as it should be is not written. What painwatch made and the configuration no longer asks for is removed;
    what is not painwatch's is left alone.
    """
    with told():
        from painwatch.grafana.client import Grafana
        from painwatch.grafana.dashboards.places import Board, uid_of_board
        from painwatch.grafana.push import about_database, carried_out, planned
        from painwatch.grafana.wanted import wanted_of

        settings, read = _loaded(config)
        wanted = wanted_of(settings, config.absolute().parent, functools.partial(read, what="what Grafana is to know"))
        with Grafana(settings.grafana, _token(settings, config)) as grafana:
            plan = planned(grafana, wanted, renew_secrets=renew_secrets, overwrite=overwrite)
            for notice in plan.notices:
                typer.echo(f"! {notice}", err=True)
            if dry_run:
                _show(plan)
                raise typer.Exit(DIFFERS if plan.steps else 0)
            carried_out(plan.steps, typer.echo)
            if not plan.steps:
                typer.echo("nothing to change")
            typer.echo(f"overview: {settings.grafana.url.rstrip('/')}/d/{uid_of_board(settings.site, Board.OVERVIEW)}")
            if trouble := about_database(grafana, wanted):
                typer.echo(f"! {trouble}", err=True)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Grafana's provisioning folder, or one for it.")],
    config: ConfigFile = DEFAULT_CONFIG,
    seen_as: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="The path of that folder as Grafana sees it, such as in a container."),
    ] = None,
) -> None:
    """Write the same as files that Grafana reads when it starts. Files that are not painwatch's are left alone."""
    with told():
        from painwatch.grafana.export import exported, files_of

        settings, _ = _loaded(config)
        files = files_of(settings, config.absolute().parent, seen_as or str(folder.absolute()))
        for line in exported(folder, files, settings.site) or (f"{folder}: nothing to change",):
            typer.echo(line)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of the folder provisioning/alerting.")],
) -> None:
    """Find what is not as painwatch writes it in alerting files. Exit status 1 if there is anything."""
    with told():
        from painwatch.grafana.strict import check_files

        problems = check_files(files)
        for problem in problems:
            typer.echo(problem)
        raise typer.Exit(1 if problems else 0)


def _loaded(config: Path) -> tuple[Config, functools.partial[str]]:
    from painwatch.config.loader import load_config
    from painwatch.secrets import read_secret

    return load_config(config), functools.partial(read_secret, config_dir=config.absolute().parent)


def _token(settings: Config, config: Path) -> str:
    from painwatch.core.errors import PainwatchError
    from painwatch.secrets import read_secret

    if settings.grafana.token is None:
        mend = "make a service account in Grafana, and say where its token is read from: see docs/grafana.md"
        raise PainwatchError("there is no `token` under `grafana`", where=str(config), mend=mend)
    return read_secret(settings.grafana.token, config_dir=config.absolute().parent, what="the token of Grafana").strip()


def _show(plan: Plan) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for step in plan.steps:
        console.print(Text(f"{_WOULD[step.act]} {step.what}{_size(step)}", style="bold"), soft_wrap=True)
        for line in _lines(step):
            console.print(Text(f"  {line}", style=_COLOURS.get(line[:1], "")), soft_wrap=True)
    if not plan.steps:
        console.print("nothing to change")


def _lines(step: Step) -> list[str]:
    from painwatch.grafana.differences import difference

    return difference(step.before, step.after) if step.act == "change" else []


def _size(step: Step) -> str:
    from painwatch.grafana.differences import difference

    if step.act not in ("make", "remove"):
        return ""
    return f" ({len(difference(step.before, step.after)) - 1} lines)"
