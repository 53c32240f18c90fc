"""Agreement of raters for people: JSON, Markdown and a picture."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from painwatch_engines.errors import DataError
from painwatch_engines.evaluation.agreement import BANDS, AgreementReport, Coefficient

CAPTION = (
    "ICC(2,1): two-way random, absolute agreement, one rater; ICC(2,k): the mean of all k. Bands: below 0.5 poor, to "
    "0.75 moderate, to 0.9 good, above excellent. Kappa: Fleiss; that of the total is of the grades 0, 1, 2. Figures "
    "are of complete cases, images that every rater scored. The 95 % intervals treat images as independent; several "
    "images of one animal are not, and with few animals the intervals are too narrow."
)

HEADER = ("unit", "images", "unscorable", "ICC(2,1)", "ICC(2,k)", "kappa")


def table_rows(report: AgreementReport) -> list[tuple[str, ...]]:
    """One row for each figure, in the order of HEADER. A cell may have two lines: a figure and its interval."""
    return [
        (
            figure.name,
            f"{figure.images} of {figure.images + figure.left_out}",
            f"{figure.unscorable:.1%}",
            _told(figure.single),
            _told(figure.average),
            f"{figure.kappa:.3f}" if figure.kappa is not None else "none",
        )
        for figure in report.figures
    ]


def remarks(report: AgreementReport) -> list[str]:
    """What must be said beside the figures."""
    lines = [f"{figure.name}: {figure.why_not}." for figure in report.figures if figure.why_not]
    return [
        *report.notes,
        f"The total is the mean of an image's scorable units, of at least {report.least_units}.",
        *lines,
    ]


def write_report(report: AgreementReport, table: Path, out: Path) -> list[Path]:
    """Write agreement.json, agreement.md and agreement.png into `out`; returns their paths.

    Raises:
        DataError: if the folder cannot be written.
    """
    paths = [out / f"agreement.{ending}" for ending in ("json", "md", "png")]
    try:
        out.mkdir(parents=True, exist_ok=True)
        paths[0].write_text(json.dumps({"table": str(table), **asdict(report)}, indent=2) + "\n", encoding="utf-8")
        paths[1].write_text(_markdown(report, table), encoding="utf-8")
        _draw(report, paths[2])
    except OSError as error:
        raise DataError(f"cannot be written ({error.strerror})", str(out), "Name another folder.") from error
    return paths


def _markdown(report: AgreementReport, table: Path) -> str:
    head = (
        f"{len(report.raters)} raters ({', '.join(report.raters)}), {report.images} images of {report.animals} animals"
    )
    rows = [HEADER, ("---",) * len(HEADER), *table_rows(report)]
    lines = [f"# Agreement of the raters of {table.name}", "", f"{head}.", ""]
    lines += [f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ', ') for cell in row)} |" for row in rows]
    lines += ["", "![ICC of each unit](agreement.png)", "", CAPTION, "", *(f"- {line}" for line in remarks(report))]
    return "\n".join(lines) + "\n"


def _draw(report: AgreementReport, path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = [figure for figure in report.figures if figure.single is not None]
    picture = Figure(figsize=(8, 1.5 + 0.55 * max(1, len(report.figures))), layout="constrained")
    FigureCanvasAgg(picture)
    axes = picture.subplots()
    least = min((_ends(c)[0] for f in shown for c in (f.single, f.average) if c is not None), default=0.0)
    left = max(-1.0, min(0.0, least - 0.05))
    for (low, high, name), shade in zip(BANDS, ("#f4c7c3", "#fce8b2", "#d9ead3", "#b7e1cd"), strict=True):
        start, end = max(low, left), min(high, 1.0)
        axes.axvspan(start, end, color=shade, alpha=0.6, linewidth=0)
        axes.text((start + end) / 2, 1.01, name, transform=axes.get_xaxis_transform(), ha="center", fontsize=9)
    names = [figure.name for figure in report.figures]
    for row, figure in enumerate(report.figures):
        for coefficient, shift, marker in ((figure.single, -0.14, "o"), (figure.average, 0.14, "s")):
            if coefficient is not None:
                low, high = (max(left, end) for end in _ends(coefficient))
                axes.plot([low, high], [row + shift] * 2, color="#555555", linewidth=1.5)
                axes.plot(coefficient.value, row + shift, marker, color="#1f4e79" if marker == "o" else "#c55a11")
        if figure.single is None:
            axes.text(max(left, 0.02), row, "no figure", va="center", fontsize=9, style="italic")
    axes.plot([], [], "o", color="#1f4e79", label="ICC(2,1): one rater")
    axes.plot([], [], "s", color="#c55a11", label=f"ICC(2,k): mean of {len(report.raters)}")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlim=(left, 1.0), ylim=(len(names) - 0.5, -0.5), xlabel="intraclass correlation, 95 % interval")
    picture.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    picture.savefig(path, dpi=150)


def _ends(coefficient: Coefficient) -> tuple[float, float]:
    """The interval as drawn: an end that has no answer is the value itself."""
    low, value, high = coefficient.low, coefficient.value, coefficient.high
    return value if low is None else low, value if high is None else high


def _told(coefficient: Coefficient | None) -> str:
    if coefficient is None:
        return "none"
    low, high = ("?" if end is None else f"{end:.2f}" for end in (coefficient.low, coefficient.high))
    return f"{coefficient.value:.3f} {coefficient.band}\n{low} to {high}"
