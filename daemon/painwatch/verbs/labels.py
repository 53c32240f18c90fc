"""`painwatch labels`: labelled faces from raters, data sets and recordings; and how far raters agree."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from painwatch.verbs.telling import progress_bar, told
from painwatch_engines.anatomy import Coat, Scale, Species

app = typer.Typer(help="Labelled faces: import them, and measure how far raters agree.", no_args_is_help=True)
importing = typer.Typer(help="Make a set of labelled faces.", no_args_is_help=True)
app.add_typer(importing, name="import")


Out = Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="A new folder for the set.")]
OfSpecies = Annotated[Species, typer.Option(help="Of the animals in the pictures.")]
OfStrain = Annotated[str, typer.Option(help="Of the animals, such as C57BL/6.")]
OfCoat = Annotated[Coat, typer.Option(help="Of the animals.")]
LeastUnits = Annotated[int, typer.Option("--min-units", min=1, max=5, help="Scorable units that a score needs.")]


@importing.command()
def ratspain(
    source: Annotated[Path, typer.Argument(help="A manifest CSV, or a folder with a folder for each rat.")],
    out: Out,
    strict: Annotated[bool, typer.Option(help="Exit status 1 if the counts are not the published ones.")] = False,
) -> None:
    """Import RatsPain (Liu et al. 2025) by its two-stage rule, and compare its counts with the published ones."""
    with told():
        from painwatch_engines.data.labels.importing import import_ratspain

        with _progress("copying pictures") as progress:
            done = import_ratspain(source, out, command=_command(), progress=progress)
        _show_counts(done.counts)
        for note in done.notes:
            typer.echo(note, err=True)
        typer.echo(out)
        raise typer.Exit(1 if strict and done.differences else 0)


@importing.command()
def ratings(
    table: Annotated[Path, typer.Argument(help="CSV: image, animal, rater, and a column for each action unit.")],
    images: Annotated[Path, typer.Option(metavar="DIR", help="The folder the image paths are relative to.")],
    scale: Annotated[Scale, typer.Option(help="Which action units: of the rat's or of the mouse's scale.")],
    species: OfSpecies,
    strain: OfStrain,
    coat: OfCoat,
    out: Out,
    min_units: LeastUnits = 3,
) -> None:
    """Import pictures that several raters scored: the units are their mean, the label is that of the mean's grade."""
    with told():
        from painwatch_engines.data.labels.importing import import_ratings

        with _progress("copying pictures") as progress:
            done = import_ratings(
                table,
                images,
                out,
                scale=scale,
                species=species,
                strain=strain,
                coat=coat,
                least_units=min_units,
                command=_command(),
                progress=progress,
            )
        _show_counts(done.counts)
        for note in done.notes:
            typer.echo(note, err=True)
        typer.echo(out)


@importing.command()
def recordings(
    manifest: Annotated[Path, typer.Argument(help="CSV: video, animal, from, to, label (before or after).")],
    species: OfSpecies,
    strain: OfStrain,
    coat: OfCoat,
    out: Out,
    keypoints: Annotated[str, typer.Option(metavar="MODEL_FOLDER", help="What finds faces.")] = "zoo:keypoints",
    per_minute: Annotated[int, typer.Option(min=1, max=1800, help="Faces kept of a minute, at most.")] = 5,
    looks: Annotated[int, typer.Option(min=1, max=60, help="Pictures looked at for each face, at most.")] = 4,
    face_px: Annotated[int, typer.Option(min=16, max=1024, help="Side of a face as networks see it.")] = 224,
    face_multiple: Annotated[float, typer.Option(min=0.5, max=3, help="Side of a face / its size (see docs).")] = 1.6,
    likelihood: Annotated[float, typer.Option(min=0.01, max=0.99, help="Least likelihood of a seen point.")] = 0.9,
) -> None:
    """Cut faces out of recordings, as the watch would; each has the label of its stretch, before or after treatment."""
    with told():
        from painwatch.config.resolve import model_folder
        from painwatch.recordings.faces import Finder
        from painwatch.recordings.importing import import_recordings, open_network
        from painwatch_engines.artefacts import FrameInput, load_model_folder
        from painwatch_engines.data.labels.recordings import Domain
        from painwatch_engines.quality import Gate

        model = load_model_folder(model_folder(keypoints, Path.cwd()))
        network = open_network(model)
        assert isinstance(model.card.input, FrameInput)
        finder = Finder(
            network=network,
            network_width_px=model.card.input.network_width_px,
            face_px=face_px,
            face_multiple=face_multiple,
            likelihood_threshold=likelihood,
            gate=Gate(),
            per_minute=per_minute,
            looks=looks,
        )
        with _progress("watching recordings") as progress:
            done = import_recordings(
                manifest,
                out,
                finder,
                card=model.card,
                domain=Domain(species, strain, coat),
                command=_command(),
                progress=progress,
            )
        _show("faces", ("animal", "no pain", "pain"), [(a, str(n), str(p)) for a, (n, p) in done.counts.items()])
        _show("no face kept", ("why", "pictures"), [(w, str(n)) for w, n in done.skipped.items()])
        for line in done.remarks:
            typer.echo(f"warning: {line}", err=True)
        typer.echo(out)


@app.command()
def agreement(
    table: Annotated[Path, typer.Argument(help="CSV: image, animal, rater, and a column for each action unit.")],
    scale: Annotated[Scale | None, typer.Option(help="Which action units; if not given, those of the header.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="JSON, Markdown and a picture.")
    ] = None,
    min_units: LeastUnits = 3,
) -> None:
    """How far raters agree on each action unit and in total: ICC(2,1) and ICC(2,k) with intervals, Fleiss' kappa."""
    with told():
        from painwatch_engines.data.labels.ratings import read_rated_table
        from painwatch_engines.evaluation.agreement import agreement as agree
        from painwatch_engines.evaluation.agreement_report import HEADER, remarks, table_rows, write_report

        units, given = read_rated_table(table, scale)
        with _progress("comparing raters") as progress:
            report = agree(given, units, min_units, progress)
        head = f"{len(report.raters)} raters, {report.images} images of {report.animals} animals"
        _show(head, HEADER, table_rows(report))
        for line in remarks(report):
            typer.echo(line, err=True)
        if out is not None:
            for path in write_report(report, table, out):
                typer.echo(path)


@contextlib.contextmanager
def _progress(what: str) -> Iterator[Callable[[float, float], None]]:
    with progress_bar() as bar:
        step = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(step, completed=done, total=of)


def _show_counts(counts: Mapping[str, Sequence[int]]) -> None:
    rows = [(animal, *map(str, of_animal)) for animal, of_animal in counts.items()]
    whole = [str(sum(column)) for column in zip(*counts.values(), strict=True)]
    _show("images", ("animal", "no pain", "moderate", "severe", "unlabelled"), [*rows, ("all", *whole)])


def _show(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    if not rows:
        return
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in header:
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False).print(table)


def _command() -> str:
    """The command as it was given, for the set's records."""
    return shlex.join(["painwatch", *sys.argv[1:]])
