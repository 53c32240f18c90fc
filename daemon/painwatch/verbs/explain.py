"""`painwatch explain`: what a model went by, on pictures of faces."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from painwatch.verbs.telling import progress_bar, told


class Label(StrEnum):
    """What Grad-CAM asks the evidence for."""

    PAIN = "pain"
    NO_PAIN = "no_pain"


def explain(
    model: Annotated[
        str, typer.Argument(metavar="MODEL_FOLDER", help="A model folder, or zoo:NAME for a shipped one.")
    ],
    faces: Annotated[list[Path], typer.Argument(metavar="FACES...", help="A set of faces, or pictures of faces.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="A new folder for maps and shares.")],
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many faces, evenly over all.")] = None,
    label: Annotated[Label, typer.Option(help="For Grad-CAM: where is the evidence for this?")] = Label.PAIN,
) -> None:
    """Show where on each face a model looked, and how much of that lay on eyes, ears, nose and whiskers."""
    with told():
        from painwatch.config.resolve import model_folder
        from painwatch.web.overlay import draw_attention
        from painwatch_engines.explain.explainer import open_explainer
        from painwatch_engines.explain.faces import choose_faces, count, read_faces
        from painwatch_engines.explain.report import explain_faces

        chosen = choose_faces(faces, limit)
        explainer = open_explainer(model_folder(model, Path.cwd()), label.value)
        with progress_bar() as bar:
            step = bar.add_task("looking", total=count(chosen))
            summary = explain_faces(
                explainer,
                read_faces(chosen, explainer.face_px),
                out,
                draw=lambda face, weights: draw_attention(face, weights.tolist()),
                done=lambda number: bar.update(step, completed=number),
            )
        typer.echo(f"{out}: {summary['faces']} faces, maps by {summary['kind']}; model {summary['validation']}")
        for target, groups in summary["mean_shares"].items():
            for group, regions in groups.items():
                words = ", ".join(
                    f"{r.replace('_', '/')} {v['share']:.0%} (area {v['area']:.0%})" for r, v in regions.items()
                )
                typer.echo(f"  {target}, {group} faces: {words or 'no keypoints, so no shares'}")
