"""`painwatch keys`: this host's keys, and the hosts that may send to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from painwatch.verbs.telling import told

app = typer.Typer(help="Keys of hosts that watch together: make, show, allow, revoke.", no_args_is_help=True)

ConfigFile = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="The configuration file.")]
DEFAULT_CONFIG = Path("config.yaml")


@app.command()
def make(
    config: ConfigFile = DEFAULT_CONFIG,
    renew: Annotated[bool, typer.Option("--renew", help="Make new ones in the place of those there are.")] = False,
) -> None:
    """Make this host's pair of keys."""
    with told():
        from painwatch.curve.folder import make_pair

        folder, name, hub = _of(config)
        pair = make_pair(folder, renew=renew)
        typer.echo(f"The keys of this host are in {folder}", err=True)
        _show(name, pair.public, hub)


@app.command()
def show(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Tell this host's public key, to be carried to the other host."""
    with told():
        from painwatch.curve.folder import own_pair

        folder, name, hub = _of(config)
        _show(name, own_pair(folder).public, hub)


@app.command()
def allow(
    name: Annotated[str, typer.Argument(help="What the configuration calls the host: `host:` of its cameras.")],
    public_key: Annotated[str, typer.Argument(help="As `painwatch keys show` says there; in single quotes.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Let a host send its results to this one. A hub that runs hears of it within a second."""
    with told():
        from painwatch.curve.folder import allow as let_in

        let_in(_of(config)[0], name, public_key)
        typer.echo(f"{name} may send to this host", err=True)


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="The host's name in `painwatch keys list`.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Let a host send no more. A hub that runs hears of it within a second."""
    with told():
        from painwatch.curve.folder import revoke as shut_out

        shut_out(_of(config)[0], name)
        typer.echo(f"{name} may not send to this host any more", err=True)


@app.command("list")
def list_hosts(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """List the hosts that may send to this one, with their public keys."""
    with told():
        from painwatch.curve.folder import allowed

        folder = _of(config)[0]
        hosts = allowed(folder)
        for name, key in sorted(hosts.items()):
            typer.echo(f"{name}  {key}")
        if not hosts:
            typer.echo(f"No host may send to this one ({folder})", err=True)


def _of(path: Path) -> tuple[Path, str, bool]:
    """The folder of keys, what this host is called, and whether it is the hub's."""
    from painwatch.config.loader import load_config
    from painwatch.curve.folder import keys_folder

    config = load_config(path)
    return keys_folder(config, path.absolute().parent), config.network.name, config.network.hub is None


def _show(name: str, public_key: str, hub: bool) -> None:
    typer.echo(public_key)
    if hub:
        mend = f"On each host with cameras, under `network: hub:` of its configuration: public_key: '{public_key}'"
    else:
        mend = f"On the hub's host: painwatch keys allow {name} '{public_key}'"
    typer.echo(mend, err=True)
