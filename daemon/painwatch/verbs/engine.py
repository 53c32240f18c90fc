"""`painwatch engine`: compile models for this host, and see which engine runs them how well."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from painwatch.verbs.bench_file import writable, write_whole
from painwatch.verbs.telling import progress_bar, told

if TYPE_CHECKING:
    from rich.progress import Progress

    from painwatch_engines.artefacts import ModelFolder
    from painwatch_engines.compile.bench import Eager
    from painwatch_engines.compile.report import Table
    from painwatch_engines.runtime import PlanCache

app = typer.Typer(help="Compile models for this host, check them and time them.", no_args_is_help=True)


class Target(StrEnum):
    """What a model can be compiled for."""

    ONNXRUNTIME = "onnxruntime"
    TENSORRT = "tensorrt"


class Precision(StrEnum):
    """In which numbers the trunk of a model computes."""

    FP32 = "fp32"
    FP16 = "fp16"
    INT8 = "int8"


Model = Annotated[str, typer.Argument(metavar="MODEL_FOLDER", help="A model folder, or zoo:NAME for a shipped one.")]
Faces = Annotated[
    Path | None,
    typer.Option("--faces", metavar="FOLDER", help="Pictures (faces; frames for keypoints) in place of the model's."),
]
EngineDir = Annotated[
    Path | None,
    typer.Option("--engine-dir", metavar="FOLDER", help="Where compiled forms lie; as `engine_dir` in the settings."),
]
Flips = Annotated[float, typer.Option(min=0, max=1, help="Fraction of pictures whose decision may flip.")]
P99 = Annotated[float, typer.Option(min=0, max=1, help="Most that probabilities may differ (99th percentile).")]
Px = Annotated[float, typer.Option(min=0, help="Most that seen keypoints may be apart (99th percentile), px.")]
Likelihood = Annotated[float, typer.Option(min=0, max=1, help="Most that likelihoods may differ (99th percentile).")]
SeverityP99 = Annotated[float, typer.Option(min=0, max=2, help="Most that severities may differ (99th percentile).")]


@app.command()
def build(
    model: Model,
    target: Annotated[Target, typer.Option(help="The engine to compile for.")],
    precision: Annotated[Precision | None, typer.Option(help="int8 for onnxruntime, fp16 for tensorrt.")] = None,
    faces: Faces = None,
    engine_dir: EngineDir = None,
    flips: Flips = 0.01,
    p99: P99 = 0.03,
    px: Px = 1.0,
    likelihood_p99: Likelihood = 0.05,
    severity_p99: SeverityP99 = 0.1,
) -> None:
    """Compile a model for this host; kept only if it answers as the model does."""
    with told():
        from painwatch_engines.compile.build import build as compile_model
        from painwatch_engines.compile.parity import Limits
        from painwatch_engines.compile.pictures import pictures_of

        chosen = precision or (Precision.INT8 if target is Target.ONNXRUNTIME else Precision.FP16)
        folder = _opened(model)
        with progress_bar() as bar:
            built = compile_model(
                folder,
                pictures_of(folder, faces),
                target=target.value,
                precision=chosen.value,
                plans=_plans(engine_dir),
                limits=Limits(flips, p99, px, likelihood_p99, severity_p99),
                progress=_steps(bar),
            )
        typer.echo(built.file)
        figures = ", ".join(f"{name} {value:.4g}" for name, value in built.record.figures.items())
        typer.echo(f"admitted: {figures}, on {built.record.pictures} pictures", err=True)


@app.command(name="list")
def list_(
    model: Annotated[str | None, typer.Argument(metavar="[MODEL_FOLDER]", help="Only forms of this model.")] = None,
    engine_dir: EngineDir = None,
) -> None:
    """List the compiled forms on this host, with the figures they were admitted for."""
    with told():
        plans = _plans(engine_dir)
        wanted = _opened(model).card.sha256 if model else None
        kept = [each for each in plans.kept() if wanted in (None, each.record.key.onnx_sha256)]
        if not kept:
            typer.echo(f"No compiled forms in {plans.folder}.", err=True)
            return
        for each in kept:
            record, key = each.record, each.record.key
            parity = ", ".join(f"{name} {value:.3g}" for name, value in record.figures.items())
            typer.echo(
                f"{record.model}: {key.engine} {key.precision}{f', NOT USED: it {each.fault}' * bool(each.fault)}"
            )
            typer.echo(f"  made for {key.device}, {key.engine} {key.engine_version}, at {record.made_at}")
            typer.echo(f"  {parity}, on {record.pictures} pictures")
            typer.echo(f"  {each.file}")


@app.command()
def verify(
    model: Model,
    faces: Faces = None,
    engine_dir: EngineDir = None,
    flips: Flips = 0.01,
    p99: P99 = 0.03,
    px: Px = 1.0,
    likelihood_p99: Likelihood = 0.05,
    severity_p99: SeverityP99 = 0.1,
) -> None:
    """Compare every engine that works here with the model. Exit status 1 if one differs too much."""
    with told():
        from painwatch_engines.compile.parity import Limits
        from painwatch_engines.compile.pictures import pictures_of
        from painwatch_engines.compile.verify import verify as compare

        folder = _opened(model)
        pictures = pictures_of(folder, faces)
        differs = False
        for each in compare(folder, pictures, _plans(engine_dir), Limits(flips, p99, px, likelihood_p99, severity_p99)):
            if each.parity is None:
                typer.echo(f"{each.engine}: not here ({each.fault})")
                continue
            differs |= bool(each.parity.beyond)
            verdict = f"DIFFERS: {'; '.join(each.parity.beyond)}" if each.parity.beyond else "agrees"
            typer.echo(f"{each.engine}: {verdict} ({each.parity})")
        raise typer.Exit(1 if differs else 0)


@app.command()
def bench(
    model: Model,
    faces: Faces = None,
    engine_dir: EngineDir = None,
    rounds: Annotated[int, typer.Option(min=3, max=10_000, help="Rounds in which each engine runs once.")] = 30,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Also write it, as .json or .md.")
    ] = None,
) -> None:
    """Time every engine that works here in one interleaved run: batches of 1, 4 and 16, on 1 and 2 threads."""
    with told():
        written = None if out is None else writable(out)
        from painwatch_engines.compile.bench import bench as measure
        from painwatch_engines.compile.pictures import halves, pictures_of
        from painwatch_engines.compile.report import markdown, notes, start_table, timing_table

        folder = _opened(model)
        # Not those that an 8-bit form may have been calibrated with: on them it differs least.
        pictures = halves(pictures_of(folder, faces)).check
        same = [picture for picture in pictures if picture.shape == pictures[0].shape]
        eager, why = _eager(folder)
        with progress_bar() as bar:
            found = measure(
                folder, same, _plans(engine_dir), rounds=rounds, eager=eager, no_eager=why, progress=_steps(bar)
            )
        for table in (timing_table(found), start_table(found)):
            _show(table)
        for note in notes(found):
            typer.echo(note)
        if written is not None:
            as_json = json.dumps(dataclasses.asdict(found), indent=2) + "\n"
            write_whole(written, markdown(found) if written.suffix == ".md" else as_json)


def _steps(bar: Progress) -> Callable[[str], None]:
    step = bar.add_task("reading", total=None)
    return lambda word: bar.update(step, description=word)


def _eager(folder: ModelFolder) -> tuple[Eager | None, str]:
    """The network in PyTorch, or why there is none."""
    try:
        from painwatch_engines.models.eager import eager
    except ImportError as error:
        return None, f"PyTorch is not installed here ({error})"
    from painwatch_engines.errors import Failure

    try:
        return eager(folder.path), ""
    except Failure as error:
        return None, error.what


def _opened(model: str) -> ModelFolder:
    from painwatch.config.resolve import model_folder
    from painwatch_engines.artefacts import load_model_folder

    return load_model_folder(model_folder(model, Path.cwd()))


def _plans(engine_dir: Path | None) -> PlanCache:
    from painwatch_engines.runtime import PlanCache, default_plan_dir

    return PlanCache(engine_dir.absolute() if engine_dir else default_plan_dir(os.environ))


def _show(table: Table) -> None:
    from rich.console import Console
    from rich.table import Table as Grid

    heads, rows = table
    grid = Grid(pad_edge=False)
    for number, head in enumerate(heads):
        grid.add_column(head, overflow="fold", no_wrap=number == 0)
    for row in rows:
        grid.add_row(*row)
    Console(highlight=False).print(grid, markup=False)
