"""`painwatch systemd`: run a configuration as services of systemd."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from painwatch.verbs.telling import told

if TYPE_CHECKING:
    from painwatch.config.models import Config
    from painwatch.unit_files.folders import Install

app = typer.Typer(help="Run a configuration as services of systemd.", no_args_is_help=True)

ConfigFile = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="The configuration file.")]
Supervised = Annotated[
    bool,
    typer.Option(
        "--supervised/--templates",
        help="One service that runs everything, or one for each camera, worker, hub and page.",
    ),
]
DEFAULT_CONFIG = Path("config.yaml")
UNITS = Path("/etc/systemd/system")


@app.command()
def show(config: ConfigFile = DEFAULT_CONFIG, supervised: Supervised = True) -> None:
    """Print the units for a configuration."""
    with told():
        for name, text in _files(_loaded(config), config, supervised).items():
            typer.echo(f"# {UNITS / name}\n{text}")


@app.command()
def install(
    config: ConfigFile = DEFAULT_CONFIG,
    to: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help=f"Write them there, such as {UNITS}; else only say what would be."),
    ] = None,
    supervised: Supervised = True,
    enable: Annotated[bool, typer.Option(help="Also start them, now and whenever the machine starts.")] = False,
) -> None:
    """Write the units for a configuration. What others wrote is left alone."""
    with told():
        from painwatch.core.errors import PainwatchError

        settings, folder = _loaded(config), to or UNITS
        if enable and to != UNITS:
            raise PainwatchError("only what systemd reads can be started", where="--enable", mend=f"add --to {UNITS}")
        files = _files(settings, config, supervised)
        _refuse_others(folder, files)
        for name, text in files.items():
            _write(folder / name, text, for_good=to is not None)
        for line in (*_warnings(settings, config), *_strangers(folder, files)):
            typer.echo(f"! {line}", err=True)
        commands = tuple(_commands(folder, files, settings, config))
        if enable:
            for command in commands:
                typer.echo(" ".join(command))
                if subprocess.run(command, check=False).returncode != 0:
                    raise PainwatchError("did not work", where=" ".join(command), mend="see what it said above")
            return
        typer.echo("Then:" if to is not None else f"Nothing was written; with --to {UNITS} it is. Then:")
        for command in commands:
            typer.echo(f"  {' '.join(command)}")


def _files(settings: Config, config: Path, supervised: bool) -> dict[str, str]:
    from painwatch.unit_files.units import units_for

    return units_for(settings, config_path=_absolute(config), install=_this_install(), supervised=supervised)


def _this_install() -> Install:
    import painwatch
    import painwatch_engines
    from painwatch.core.errors import PainwatchError
    from painwatch.unit_files.folders import Install

    program = Path(sysconfig.get_path("scripts")) / "painwatch"
    if not program.exists():
        raise PainwatchError("there is no such program", where=str(program), mend="install painwatch with pip")
    sources = (Path(module.__file__ or "").parents[1] for module in (painwatch, painwatch_engines))
    python = (Path(prefix) for prefix in (sys.prefix, sys.base_prefix))
    return Install(program, tuple(dict.fromkeys((*python, *sources))))


def _loaded(config: Path) -> Config:
    from painwatch.config.loader import load_config

    return load_config(config)


def _absolute(path: Path) -> Path:
    return Path(os.path.normpath(path.absolute()))


def _refuse_others(folder: Path, files: Mapping[str, str]) -> None:
    from painwatch.core.errors import PainwatchError

    for name in files:
        path = folder / name
        if (path.exists() or path.is_symlink()) and not _is_ours(path):
            raise PainwatchError("somebody else wrote this", where=str(path), mend="move it away, or give another --to")


def _is_ours(path: Path) -> bool:
    from painwatch.unit_files.units import MARK

    return path.is_file() and not path.is_symlink() and path.read_text("utf-8", "replace").startswith(MARK)


def _write(path: Path, text: str, *, for_good: bool) -> None:
    if path.exists() and path.read_text("utf-8") == text:
        typer.echo(f"{path}: is up to date")
        return
    if for_good:
        new = path.with_name(f".{path.name}.new")
        new.write_text(text, "utf-8")
        new.chmod(0o644)
        new.replace(path)
    typer.echo(f"{path}: {'written' if for_good else 'would be written'}")


def _commands(folder: Path, files: Mapping[str, str], settings: Config, config: Path) -> Iterator[tuple[str, ...]]:
    from painwatch.unit_files.folders import NAME
    from painwatch.unit_files.units import SERVICE, SYSUSERS, TARGET, TMPFILES

    if SYSUSERS in files:
        yield "systemd-sysusers", str(folder / SYSUSERS)
    if TMPFILES in files:
        yield "systemd-tmpfiles", "--create", str(folder / TMPFILES)
    if settings.network.listen is not None or settings.network.hub is not None:
        yield "chown", "--recursive", f"{NAME}:{NAME}", str(_absolute(config).parent / settings.network.keys)
    yield "systemctl", "daemon-reload"
    yield "systemctl", "enable", "--now", SERVICE if SERVICE in files else TARGET


def _warnings(settings: Config, config: Path) -> Iterator[str]:
    from painwatch.secrets import credential_of_variable
    from painwatch.unit_files.needs import Role, needs_of

    needs = needs_of(settings, Role.ALL)
    for file in needs.files:
        path = _absolute(config).parent / file
        if not path.is_file():
            yield f"{path}: there is no such file; the services start without what it should hold"
    for variable in needs.variables:
        yield f"${variable} is set for no service: put its value into /etc/credstore/{credential_of_variable(variable)}"
    if _absolute(config).is_relative_to("/tmp") or _absolute(config).is_relative_to("/var/tmp"):
        yield f"{config}: services have a /tmp of their own and do not see it; move it, such as to /etc/painwatch"
    if not _absolute(config).stat().st_mode & stat.S_IROTH:
        yield f"{config}: the services' user cannot read it; chmod o+r (it holds no secret)"


def _strangers(folder: Path, files: Mapping[str, str]) -> Iterator[str]:
    for path in sorted(folder.glob("painwatch*")):
        if path.name not in files and _is_ours(path):
            yield f"{path} is of an earlier installation and no longer needed"
