"""The verbs of the `painwatch` command. What a verb needs is imported inside it, so that each starts fast."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from painwatch.verbs import (
    alarms,
    audit,
    backtest,
    engine,
    explain,
    grafana,
    influx,
    judge,
    keys,
    labels,
    notify,
    systemd,
    token,
    train,
    virtual,
)
from painwatch.verbs.telling import progress_bar, told

if TYPE_CHECKING:
    from painwatch.capture.cameras import Still
    from painwatch.config.models import Config
    from painwatch.config.places import Places

app = typer.Typer(
    name="painwatch",
    help="Watches laboratory mice and rats for pain in the face, and asks a person to look.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

ConfigFile = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="The configuration file.")]
DEFAULT_CONFIG = Path("config.yaml")


@app.command()
def run(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Run everything in the configuration, and keep it running."""
    with _serving(config, "supervisor") as (settings, places, stop):
        from painwatch.console import showing
        from painwatch.supervise.supervisor import run_supervisor

        run_supervisor(settings, places, config_path=config, stop=stop, shown=showing(settings, places))


@app.command()
def capture(camera: str, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Capture one camera. `painwatch run` starts one of these for each."""
    with _serving(config, "capture", camera=camera) as (settings, places, stop):
        from painwatch.capture.worker import run_capture

        _known_camera(settings, camera)
        run_capture(settings, places, camera, config_dir=_folder(config), stop=stop)


@app.command()
def infer(worker: Annotated[str | None, typer.Argument()] = None, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Look for faces and pain in every camera of one worker; the first worker if none is named."""
    with _serving(config, "infer", worker=worker) as (settings, places, stop):
        from painwatch.infer.worker import run_infer

        run_infer(settings, places, worker or settings.workers[0].name, config_dir=_folder(config), stop=stop)


@app.command()
def hub(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Join what the cameras saw into moments and minutes, and keep them."""
    with _serving(config, "hub") as (settings, places, stop):
        from painwatch.hub.worker import run_hub

        _hub_is_here(settings)
        run_hub(settings, places, config_dir=_folder(config), stop=stop)


@app.command()
def web(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Serve the live page and the API."""
    with _serving(config, "web") as (settings, places, stop):
        from painwatch.web.server import run_web

        _hub_is_here(settings)
        run_web(settings, places, config_dir=_folder(config), stop=stop)


@app.command()
def status(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Say how every cage, camera and process is, once."""
    with told():
        from painwatch.web.terminal import run_status

        settings, places = _loaded(config)
        raise typer.Exit(run_status(settings, places, config_dir=_folder(config)))


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(metavar="[CONFIG]")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    devices: Annotated[bool, typer.Option(help="Also open each camera for one picture.")] = True,
) -> None:
    """Find everything that would keep a configuration from working. Exit status 1 if there is any."""
    with told():
        from painwatch.check.whole import check as find

        with progress_bar() as progress:
            step = progress.add_task("reading", total=None)
            findings = find(
                file or config,
                devices=devices,
                progress=lambda word: progress.update(step, description=word),
                told=lambda line: typer.echo(line, err=True),
            )
        for finding in findings:
            typer.echo(finding)
        fatal = sum(finding.fatal for finding in findings)
        typer.echo(f"{file or config}: {_verdict(fatal, len(findings) - fatal)}", err=True)
        raise typer.Exit(1 if fatal else 0)


@app.command()
def cameras(
    config: ConfigFile = DEFAULT_CONFIG,
    sheet: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all pictures side by side.")] = None,
    width: Annotated[int, typer.Option(min=16, max=200, help="Columns of a picture in the terminal.")] = 60,
) -> None:
    """List this host's cameras and the configured ones, with a picture of each."""
    with told():
        from rich.console import Console

        from painwatch.capture.cameras import grab_still, list_cameras
        from painwatch.capture.stills import as_text, write_sheet
        from painwatch.config.sources import RemoteSource

        settings, places = _loaded(config)
        console = Console(highlight=False)

        def show(title: str, still: Still) -> None:
            console.print(title, style="bold", markup=False, soft_wrap=True)
            if still.image is None:
                console.print(f"  no picture: {still.fault}", style="red", markup=False, soft_wrap=True)
            else:
                console.print(f"  {still.image.shape[1]} x {still.image.shape[0]} px", markup=False)
                console.print(as_text(still.image, width), soft_wrap=True)

        local = list_cameras()
        for device in local:
            show(f"{device.path}: {device.still.name}", device.still)
        if not local:
            console.print("This host has no camera of its own (Video4Linux device).")
        stills = []
        for cage, camera in settings.cameras:
            if isinstance(camera.source, RemoteSource):
                console.print(f"{camera.name}, looks at {cage.name}: on the host {camera.source.host}", markup=False)
                continue
            stills.append(grab_still(camera, config_dir=_folder(config), places=places))
            show(f"{camera.name}, looks at {cage.name}", stills[-1])
        if sheet is not None:
            write_sheet(stills, sheet)
            console.print(f"All pictures are in {sheet}", markup=False, soft_wrap=True)
        raise typer.Exit(1 if any(still.image is None for still in stills) else 0)


@app.command()
def version() -> None:
    """Say which version this is."""
    from importlib.metadata import version as installed

    typer.echo(f"painwatch {installed('painwatch')}")


app.add_typer(alarms.app, name="alarms")
app.command()(alarms.mark)
app.command()(backtest.backtest)
app.command()(token.token)
app.add_typer(audit.app, name="audit")
app.add_typer(notify.app, name="notify")
app.add_typer(influx.app, name="influx")
app.add_typer(grafana.app, name="grafana")
app.add_typer(keys.app, name="keys")
app.add_typer(systemd.app, name="systemd")

MODELS = "Models: from labels to what the watch runs"

app.add_typer(virtual.app, name="virtual", rich_help_panel=MODELS)
app.add_typer(labels.app, name="labels", rich_help_panel=MODELS)
for verb in (train.train, judge.evaluate, judge.compare, judge.sweep, explain.explain):
    app.command(rich_help_panel=MODELS)(verb)
app.add_typer(engine.app, name="engine", rich_help_panel=MODELS)


@contextlib.contextmanager
def _serving(
    config: Path, role: str, *, camera: str | None = None, worker: str | None = None
) -> Iterator[tuple[Config, Places, threading.Event]]:
    """For verbs that run until they are told to stop. What they log says which `role`, camera or worker it is of."""
    from painwatch.interrupts import stop_on_signals
    from painwatch.journal import start_logging

    with stop_on_signals() as stop, told():
        settings, places = _loaded(config)
        cage = next((cage.name for cage, one in settings.cameras if one.name == camera), None)
        about = {"role": role, "cage": cage, "camera": camera, "worker": worker}
        start_logging(**{key: value for key, value in about.items() if value is not None})
        yield settings, places, stop


def _loaded(config: Path) -> tuple[Config, Places]:
    from painwatch.config.loader import load_config
    from painwatch.config.resolve import places_for
    from painwatch.one_instance import refuse_strangers

    settings = load_config(config)
    places = places_for(config, settings)
    refuse_strangers(places.run_dir)
    return settings, places


def _folder(config: Path) -> Path:
    return config.absolute().parent


def _known_camera(settings: Config, name: str) -> None:
    from painwatch.core.errors import PainwatchError

    names = [camera.name for _, camera in settings.cameras]
    if name not in names:
        raise PainwatchError(f'there is no camera "{name}"', mend=f"Cameras: {', '.join(names)}")


def _hub_is_here(settings: Config) -> None:
    from painwatch.core.errors import PainwatchError

    hub = settings.network.hub
    if hub is not None:
        mend = "Open the page of that host, or delete `hub:` under `network:` to watch alone"
        raise PainwatchError("the hub and its page are on another host", where=hub.host, mend=mend)


def _verdict(faults: int, warnings: int) -> str:
    told = "no faults" if faults == 0 else "1 fault" if faults == 1 else f"{faults} faults"
    return told + ("" if warnings == 0 else ", 1 warning" if warnings == 1 else f", {warnings} warnings")
