"""`painwatch evaluate`, `compare` and `sweep`: how well methods judge animals they never saw."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar, cast

import typer

from painwatch.verbs.telling import one_thread_unless_told, told

if TYPE_CHECKING:
    from painwatch_engines.evaluation.runs import Asked

Number = TypeVar("Number", int, float)

DataFolder = Annotated[Path, typer.Argument(metavar="DATA", help="Folder of a set of labelled faces.")]
Out = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where the report and finished folds go.")]
Epochs = Annotated[int | None, typer.Option(min=1, help="In place of the methods' own number.")]
FacePx = Annotated[int | None, typer.Option(min=32, max=1024, help="Side of the faces, in place of the networks' own.")]
Seeds = Annotated[list[int] | None, typer.Option("--seed", help="Of the trainings; may be given again. [default: 1]")]
Settings = Annotated[Path | None, typer.Option(metavar="FILE", help="YAML changes to the networks' settings.")]
Folds = Annotated[Path | None, typer.Option(metavar="DIR", help="Where finished folds are kept. [default: DIR/folds]")]
Devices = Annotated[int, typer.Option(min=1, help="GPUs, or CPU processes, that share each batch.")]
Threads = Annotated[int, typer.Option(min=1, help="Of arithmetic on the CPU.")]
Deterministic = Annotated[bool, typer.Option("--deterministic", help="The same bits again on the same machine.")]
Protocol = Annotated[str, typer.Option(help="loro leaves one animal out at a time; held-out some, once.")]
HoldOut = Annotated[list[str] | None, typer.Option(metavar="ANIMAL", help="With held-out: whom; may be given again.")]


def evaluate(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A method's name, trained anew; a model folder; zoo:NAME.")
    ],
    data: DataFolder,
    out: Out,
    protocol: Protocol = "loro",
    hold_out: HoldOut = None,
    seed: Seeds = None,
    epochs: Epochs = None,
    face_px: FacePx = None,
    settings: Settings = None,
    folds: Folds = None,
    devices: Devices = 1,
    threads: Threads = 1,
    deterministic: Deterministic = False,
) -> None:
    """Judge one method, or one trained model, on animals it never saw, and write a report."""
    with _asked(protocol, hold_out, seed, epochs, face_px, settings, folds, devices, threads, deterministic) as asked:
        from painwatch.config.resolve import ZOO, model_folder
        from painwatch_engines.evaluation import runs

        if model.startswith(ZOO):
            model = str(model_folder(model, Path.cwd()))
        report = runs.evaluate(model, data, out, asked)
    typer.echo(report)


def compare(
    data: DataFolder,
    out: Out,
    methods: Annotated[str | None, typer.Option(metavar="NAMES", help="Separated by commas; the paper's nine.")] = None,
    protocol: Protocol = "loro",
    hold_out: HoldOut = None,
    seed: Seeds = None,
    epochs: Epochs = None,
    face_px: FacePx = None,
    settings: Settings = None,
    folds: Folds = None,
    devices: Devices = 1,
    threads: Threads = 1,
    deterministic: Deterministic = False,
) -> None:
    """Judge several methods by the same folds, beside the published table. Broken off, it goes on where it was."""
    with _asked(protocol, hold_out, seed, epochs, face_px, settings, folds, devices, threads, deterministic) as asked:
        from painwatch_engines.evaluation import runs

        names = [name.strip() for name in methods.split(",")] if methods else runs.PAPERS_ROWS
        report = runs.compare(names, data, out, asked)
    typer.echo(report)


def sweep(
    data: DataFolder,
    out: Out,
    address: Annotated[str | None, typer.Option(help="Of a Ray cluster; else one is started here and ended.")] = None,
    at_once: Annotated[int, typer.Option(min=1, help="Trials at the same time on this host.")] = 1,
    gpus: Annotated[float | None, typer.Option(min=0, help="Of each trial; else this host's are shared.")] = None,
    weight: Annotated[str | None, typer.Option(metavar="LIST", help="λ in place of the published values.")] = None,
    margin: Annotated[str | None, typer.Option(metavar="LIST", help="δ likewise.")] = None,
    highest: Annotated[str | None, typer.Option(metavar="LIST", help="K_h likewise.")] = None,
    seed: Seeds = None,
    epochs: Epochs = None,
    face_px: FacePx = None,
    settings: Settings = None,
    folds: Folds = None,
    deterministic: Deterministic = False,
) -> None:
    """Judge PainSeeker over the published grid of its loss: three planes of λ, δ and K_h, on Ray Tune."""
    with _asked("loro", None, seed, epochs, face_px, settings, folds, 1, 1, deterministic) as asked:
        from painwatch_engines.evaluation.grid import Grid
        from painwatch_engines.evaluation.sweep import sweep as over_grid

        usual = Grid()
        grid = Grid(
            weight=_values(weight, float, "--weight") or usual.weight,
            margin=_values(margin, float, "--margin") or usual.margin,
            highest=_values(highest, int, "--highest") or usual.highest,
        )
        asked.told(f"{len(grid.cells())} settings by Ray Tune")
        report = over_grid(data, out, asked, grid, address, at_once, gpus)
    typer.echo(report)


@contextlib.contextmanager
def _asked(
    protocol: str,
    hold_out: list[str] | None,
    seeds: list[int] | None,
    epochs: int | None,
    face_px: int | None,
    settings: Path | None,
    folds: Path | None,
    devices: int,
    threads: int,
    deterministic: bool,
) -> Iterator[Asked]:
    """The options as one, with a line on the terminal that says what is being done."""
    if protocol not in ("loro", "held-out"):
        raise typer.BadParameter(f'"{protocol}" is none of loro, held-out', param_hint="--protocol")
    if hold_out and protocol != "held-out":
        raise typer.BadParameter("animals are named with --protocol held-out only", param_hint="--hold-out")
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with told(), Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        one_thread_unless_told(threads)
        from painwatch_engines.evaluation.runs import Asked
        from painwatch_engines.training.fit import FitOptions

        step = progress.add_task("reading the set", total=None)

        def say(words: str) -> None:
            progress.update(step, description=words)
            if not progress.console.is_terminal:
                progress.console.print(words, soft_wrap=True)

        yield Asked(
            protocol=cast(Literal["loro", "held-out"], protocol),
            held_out=tuple(hold_out or ()),
            seeds=tuple(dict.fromkeys(seeds or [1])),
            options=FitOptions(
                deterministic=deterministic, devices=devices, threads=threads, epochs=epochs, progress=False
            ),
            face_px=face_px,
            settings=settings,
            kept=folds,
            command=" ".join(["painwatch", *sys.argv[1:]]),
            told=say,
        )


def _values(text: str | None, kind: Callable[[str], Number], option: str) -> tuple[Number, ...]:
    try:
        return tuple(kind(part) for part in text.split(",")) if text else ()
    except ValueError as error:
        raise typer.BadParameter(f'"{text}" is no list of numbers, such as 0.1,0.5', param_hint=option) from error
