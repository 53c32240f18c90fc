"""`painwatch virtual faces`: a set of rendered faces on disk, to train and to judge methods with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, TypeVar, get_args

import typer

from painwatch.verbs.telling import progress_bar, told
from painwatch_engines.anatomy import Coat, Species

Choice = TypeVar("Choice")


def faces(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="A new folder for the set.")],
    like: Annotated[str | None, typer.Option(metavar="SET", help="The counts of a published set: ratspain.")] = None,
    animals: Annotated[int, typer.Option(min=2, max=500, help="How many animals.")] = 40,
    faces_per_animal: Annotated[int, typer.Option(min=1, max=100_000, help="How many faces of each.")] = 25,
    species: Annotated[list[str] | None, typer.Option(help="rat or mouse; may be given again.")] = None,
    coat: Annotated[list[str] | None, typer.Option(help="white, black or agouti; may be given again.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same set.")] = 1,
    face_px: Annotated[int, typer.Option(min=16, max=1024, help="Side of the faces as networks see them.")] = 224,
    first_animal: Annotated[int, typer.Option(min=0, help="Number of the first; from 9000 on they are for tests.")] = 0,
) -> None:
    """Render labelled faces into a new folder. Rendered animals: nothing trained on them is validated on live ones."""
    if like is not None:
        _only_its_own(ctx)
    with told(), progress_bar() as progress:
        from painwatch_engines.data.lookalike import draw_ratspain_lookalike, draw_set

        step = progress.add_task("rendering faces", total=None)
        command = " ".join(["painwatch", *sys.argv[1:]])

        def rendered(done: int, of: int) -> None:
            progress.update(step, completed=done, total=of)

        if like == "ratspain":
            draw_ratspain_lookalike(out, seed=seed, face_px=face_px, command=command, progress=rendered)
        elif like is not None:
            raise typer.BadParameter(f'there is no set "{like}"; known: ratspain', param_hint="--like")
        else:
            draw_set(
                out,
                animals=animals,
                faces_per_animal=faces_per_animal,
                kinds=_kinds(species or ["rat"], coat or ["white"]),
                seed=seed,
                face_px=face_px,
                first_identity=first_animal,
                command=command,
                progress=rendered,
            )
    typer.echo(out)


def _only_its_own(ctx: typer.Context) -> None:
    """A published set has its own animals: what would choose others is refused, not ignored."""
    for name in ("animals", "faces_per_animal", "species", "coat", "first_animal"):
        source = ctx.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = f"--{name.replace('_', '-')}"
            raise typer.BadParameter("--like has its own animals, species, coats and counts", param_hint=option)


def _kinds(species: list[str], coats: list[str]) -> list[tuple[Species, Coat]]:
    found_species = [_one_of(word, get_args(Species), "--species") for word in species]
    found_coats = [_one_of(word, get_args(Coat), "--coat") for word in coats]
    return [(kind, coat) for kind in found_species for coat in found_coats]


def _one_of(word: str, known: tuple[Choice, ...], option: str) -> Choice:
    for choice in known:
        if choice == word:
            return choice
    raise typer.BadParameter(f'"{word}" is none of {", ".join(map(str, known))}', param_hint=option)
