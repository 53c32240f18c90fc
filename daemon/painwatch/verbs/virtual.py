"""`painwatch virtual`: rendered animals to try and test with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from painwatch.verbs.faces import faces
from painwatch.verbs.telling import progress_bar, told
from painwatch_engines.anatomy import Coat, Species

app = typer.Typer(help="The virtual cage: rendered animals to try and test with.", no_args_is_help=True)

app.command()(faces)

Out = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The folder to write.")]


@app.command()
def render(
    scenario: Annotated[str, typer.Argument(help="A shipped scenario's name, or a YAML file.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where the clips and their truth go.")],
    camera: Annotated[list[str] | None, typer.Option(help="Only this camera; may be given again.")] = None,
    duration_s: Annotated[float | None, typer.Option(min=0.01, help="Length; one round if not given.")] = None,
    start_s: Annotated[float, typer.Option(min=0, help="Where in the scenario to begin.")] = 0.0,
) -> None:
    """Write a video for each camera of a scenario, and a table of what is true in every frame."""
    with told():
        from painwatch_engines.virtual_cage import load_scenario, render_clips

        with progress_bar() as progress:
            step = progress.add_task("rendering", total=None)
            paths = render_clips(
                load_scenario(scenario),
                out,
                cameras=camera,
                duration_s=duration_s,
                start_s=start_s,
                progress=lambda done, of: progress.update(step, completed=done, total=of),
            )
        for path in paths:
            typer.echo(path)


@app.command()
def study(
    out: Out,
    animals: Annotated[int, typer.Option(min=1, max=100, help="How many animals.")] = 6,
    seconds: Annotated[float, typer.Option(min=1, help="Of each before, and as many after.")] = 60.0,
    species: Annotated[Species, typer.Option(help="Of the animals.")] = "rat",
    coat: Annotated[Coat, typer.Option(help="Of the animals.")] = "white",
) -> None:
    """Film a small study, each animal before and after, with the manifest that `labels import recordings` reads."""
    with told():
        from painwatch_engines.virtual_cage.study import Study, render_study

        asked = Study(animals=animals, seconds=seconds, species=species, coat=coat)
        with progress_bar() as progress:
            step = progress.add_task("rendering", total=None)
            made = render_study(asked, out, lambda done, of: progress.update(step, completed=done, total=of))
        typer.echo(made[-1])


@app.command()
def warm() -> None:
    """Compile the renderer, once for this host; later starts are then fast."""
    with told():
        from painwatch_engines.virtual_cage import warm as compile_renderer

        with progress_bar() as progress:
            progress.add_task("compiling the renderer of the virtual cage", total=None)
            compile_renderer()


@app.command()
def scenarios() -> None:
    """List the shipped scenarios."""
    with told():
        from painwatch_engines.virtual_cage import load_scenario, scenario_names

        for name in scenario_names():
            typer.echo(f"{name}: {load_scenario(name).description}")
