"""`painwatch train`: a method and a set of faces to a model folder that the watch runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from painwatch.verbs.telling import one_thread_unless_told, told


class Store(StrEnum):
    """How the large weights lie in the file."""

    FLOAT32 = "float32"
    INT8 = "int8"


class Accelerator(StrEnum):
    """What to train on."""

    AUTO = "auto"
    CPU = "cpu"
    GPU = "gpu"


def train(
    method: Annotated[str, typer.Argument(metavar="METHOD", help="painseeker, resnet18, kobayashi, ...")],
    data: Annotated[Path, typer.Argument(metavar="SET", help="A folder of labelled faces.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="The model folder to write.")],
    run: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Checkpoints and log; FOLDER.run if not given.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in DIR.")] = False,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML with what differs from the shipped.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="In place of the settings' epochs and stages.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of weights, draws and disturbances.")] = 1,
    deterministic: Annotated[
        bool, typer.Option("--deterministic", help="Repeat bit for bit; slower on a GPU.")
    ] = False,
    hold_out: Annotated[
        list[str] | None, typer.Option(metavar="ANIMAL", help="Judge by this animal; again for more. Else a fifth.")
    ] = None,
    stop_on: Annotated[
        list[str] | None, typer.Option(metavar="ANIMAL", help="Stop on this animal; again for more. Else a fifth.")
    ] = None,
    devices: Annotated[int, typer.Option(min=1, help="GPUs, or CPU processes, that share each batch.")] = 1,
    accelerator: Annotated[Accelerator, typer.Option(help="auto takes GPUs where there are any.")] = Accelerator.AUTO,
    workers: Annotated[int, typer.Option(min=0, help="Processes that read pictures, beside each device.")] = 0,
    threads: Annotated[int, typer.Option(min=1, help="Of arithmetic on the CPU.")] = 1,
    store: Annotated[Store, typer.Option(help="int8 makes the file of a large network smaller.")] = Store.FLOAT32,
    face_multiple: Annotated[
        float, typer.Option(min=0.1, max=20, help="Side of the watch's crop / face, where the set does not say.")
    ] = 1.6,
    name: Annotated[str | None, typer.Option(help="On the card; METHOD_SET if not given.")] = None,
) -> None:
    """Train METHOD on SET and write a model folder."""
    with told():
        one_thread_unless_told(threads)
        from painwatch_engines.training.fit import FitOptions
        from painwatch_engines.training.train import Order, train_model

        options = FitOptions(
            seed=seed,
            deterministic=deterministic,
            devices=devices,
            accelerator=accelerator.value,
            epochs=epochs,
            threads=threads,
            workers=workers,
        )
        order = Order(
            method=method,
            data=data,
            out=out,
            run=run or out.absolute().with_name(f"{out.absolute().name}.run"),
            settings=settings,
            judge_on=tuple(hold_out or ()),
            stop_on=tuple(stop_on or ()),
            name=name,
            store=store.value,
            face_multiple=face_multiple,
        )
        card = train_model(order, options, resume=resume, step=lambda what: typer.echo(what, err=True))
        for figure in card.figures:
            typer.echo(f"{figure.name}: {figure.value:g} (n = {figure.n})")
        typer.echo(f"measured on {card.figures_on}")
        typer.echo(f"validation: {card.validation}")
        typer.echo(f"The model is in {out}", err=True)
