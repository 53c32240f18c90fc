"""The report of one method on one set."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from painwatch_engines.data.face_folder import FaceFolder
from painwatch_engines.evaluation.binary import Confusion, confusion
from painwatch_engines.evaluation.bootstrap import LEVEL, RESAMPLES
from painwatch_engines.evaluation.document import (
    PLOTS,
    Document,
    Plot,
    Section,
    Table,
    number,
    percent,
    rows_of,
    warning_for,
    with_interval,
    write_document,
)
from painwatch_engines.evaluation.plots import plot_bars, plot_reliability, plot_roc
from painwatch_engines.evaluation.published import painseeker_table
from painwatch_engines.evaluation.reliability import is_at_an_end
from painwatch_engines.evaluation.summary import Part, Summary

PREDICTIONS = "predictions.csv"


def write_report(summary: Summary, data: FaceFolder, protocol: str, made: tuple[Section, ...], out: Path) -> Path:
    """Write report.md, report.html, the plots and predictions.csv; returns the HTML file.

    Args:
        summary: of what was judged.
        data: the set.
        protocol: for people, how it was judged.
        made: sections on the set and on how it was measured.
        out: folder, made if need be.
    """
    out.mkdir(parents=True, exist_ok=True)
    warning = warning_for(data)
    write_predictions(summary, out / PREDICTIONS, warning)
    judged = summary.judged
    plots = out / PLOTS
    tempered = None if summary.tempered is None else summary.tempered.bins
    plot_reliability(plots / "reliability.png", summary.raw.bins, tempered, warning)
    plot_roc(plots / "roc.png", {judged.title: (judged.probability, judged.pain)}, warning)
    names = [part.name for part in summary.by_animal]
    plot_bars(
        plots / "animals.png",
        {judged.title: [100 * part.counts.accuracy for part in summary.by_animal]},
        names,
        "accuracy, %",
        50.0,
        warning,
    )
    document = Document(
        title=f"{judged.title} on {data.about.name}: {protocol}",
        warning=warning,
        summary=(_in_words(summary),),
        sections=(
            _result(summary),
            _animals(summary),
            Section("By head pose", (POSE_WORDS,), (parts_table("Faces by head pose", summary.by_pose),)),
            _calibration(summary),
            intervals_section(len(names)),
            *made,
        ),
    )
    return write_document(document, out)[1]


AUC_WORDS = "AUC: area under the ROC of all faces together, whichever fold's training judged them."

POSE_WORDS = (
    "A head turned far from the camera shows one eye, one ear and half of the whiskers. Few faces in a row mean a "
    "figure that hangs on chance."
)


def intervals_section(animals: int) -> Section:
    """What the intervals mean."""
    words = (
        f"Brackets hold {LEVEL:.0%} intervals by animal: {RESAMPLES} times, {animals} animals are drawn with "
        "replacement, each with all of its faces, and the figure is computed anew (percentile interval). Faces of one "
        "animal are alike, so faces are not drawn one by one."
    )
    few = (
        f"With {animals} animals these intervals are coarse and rather too narrow. They tell how much a figure hangs "
        "on single animals of this set. They are no promise for other animals, rooms or laboratories."
    )
    return Section("What the intervals mean", (words, few) if animals < 30 else (words,))


def parts_table(title: str, parts: tuple[Part, ...]) -> Table:
    """Figures of parts of the faces."""
    header = ("", "faces", "pain", "F1", "accuracy %", "sensitivity %", "specificity %", "AUC")
    rows = [
        (
            part.name,
            part.counts.n,
            part.counts.true_pain + part.counts.missed,
            number(part.counts.f1),
            percent(part.counts.accuracy),
            percent(part.counts.sensitivity),
            percent(part.counts.specificity),
            number(part.auc),
        )
        for part in parts
    ]
    return Table(title, header, rows_of(rows))


def constant_rows(summary: Summary) -> list[tuple[str, Confusion]]:
    """What it scores to look at no face: to call all of them pain, or none."""
    pain = summary.judged.pain
    return [
        ("always “pain”", confusion(np.ones(len(pain)), pain)),
        ("always “no pain”", confusion(np.zeros(len(pain)), pain)),
    ]


def write_predictions(summary: Summary, path: Path, warning: str) -> None:
    """One row for each judged face and seed; the warning stands in each, for rows are passed on by themselves."""
    judged = summary.judged
    part = path.with_suffix(".part")
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["image", "animal", "seed", "pain", "probability", "probability_tempered", "note"])
        columns = (
            judged.images.tolist(),
            judged.animals.tolist(),
            judged.seeds.tolist(),
            judged.pain.astype(int).tolist(),
            [f"{value:.5f}" for value in judged.probability],
            [f"{value:.5f}" for value in summary.tempered_probability],
            [warning] * len(judged.images),
        )
        writer.writerows(zip(*columns, strict=True))
    part.rename(path)


def _in_words(summary: Summary) -> str:
    figures, constant = summary.figures, constant_rows(summary)[0][1]
    return (
        f"{len(summary.judged.pain)} judgements of faces of {len(summary.by_animal)} animals. Pooled F1 "
        f"{with_interval(figures['F1'])}, accuracy {with_interval(figures['accuracy'], as_percent=True)} %, area under "
        f"the ROC {with_interval(figures['AUC'])}. Calling every face pain would score F1 {number(constant.f1)} and "
        f"accuracy {percent(constant.accuracy)} %."
    )


def _result(summary: Summary) -> Section:
    figures = summary.figures
    scored = ("F1", "accuracy %", "sensitivity %", "specificity %", "AUC")
    shares = [with_interval(figures[name], as_percent=True) for name in ("accuracy", "sensitivity", "specificity")]
    rows = [[summary.judged.title, with_interval(figures["F1"]), *shares, with_interval(figures["AUC"])]]
    for name, c in constant_rows(summary):
        told = [percent(value) for value in (c.accuracy, c.sensitivity, c.specificity)]
        rows.append([name, number(c.f1), *told, "0.500"])
    c = summary.counts
    matrix = [("pain", c.true_pain, c.missed), ("no pain", c.false_pain, c.true_calm)]
    note = f"F1 = 2TP / (2TP + FP + FN), accuracy = (TP + TN) / all; all folds pooled (Liu et al. 2025). {AUC_WORDS}"
    tables = [
        Table("Figures over all faces", ("", *scored), rows_of(rows), note, frozenset({0})),
        Table("Faces by truth (rows) and by what was said", ("", "said pain", "said no pain"), rows_of(matrix)),
    ]
    if len(summary.by_seed) > 1:
        tables.append(parts_table("By seed of the training", summary.by_seed))
    alt = "Curve of sensitivity against 1 - specificity."
    return Section("Result", (), tuple(tables), (Plot("Receiver operating characteristic.", f"{PLOTS}/roc.png", alt),))


def _animals(summary: Summary) -> Section:
    tables = [parts_table("Faces by animal", summary.by_animal)]
    published = painseeker_table()
    row = published.rows.get(summary.judged.name)
    words: tuple[str, ...] = ()
    if row is not None:
        names = [*(f"Rat{k}" for k in range(1, 7)), "pooled"]
        cells = [("F1", *(f"{v:.4f}" for v in row.f1)), ("accuracy %", *(f"{v:.2f}" for v in row.accuracy))]
        note = f"{published.source}; {published.protocol}. {published.set}."
        tables.append(
            Table("Published for this method, on other faces", ("", *names), rows_of(cells), note, ours=False)
        )
        words = ("The published figures stand beside ours for orientation: they were measured on other pictures.",)
    plot = Plot("Accuracy by animal; the dashed line is 50 %.", f"{PLOTS}/animals.png", "Bars of accuracy by animal.")
    return Section("By animal", words, tuple(tables), (plot,))


def _calibration(summary: Summary) -> Section:
    rows = [("as said", number(summary.raw.ece), number(summary.raw.brier))]
    words = [
        "ECE: mean distance, over faces, between the probability said and the share that was pain, in ten bins. Brier: "
        "mean square error of the probability; always saying 0.5 scores 0.25."
    ]
    if summary.tempered is not None:
        rows.append(("after temperature scaling", number(summary.tempered.ece), number(summary.tempered.brier)))
        told = ", ".join(f"{name} {value:.2f}" for name, value in summary.temperatures.items())
        ends = [name for name, value in summary.temperatures.items() if is_at_an_end(value)]
        words.append(
            "The temperature of each animal is fitted on the answers to all other animals only. Where one animal at a "
            "time is left out, these came from networks that had this animal in their training, so these "
            f"figures are not quite those of an animal that nothing has seen: {told}."
        )
        if ends:
            words.append(f"At an end of the range looked for, so that the logits tell little: {', '.join(ends)}.")
    alt = "Share that was pain against the probability said, before and after temperature scaling."
    plot = Plot("Reliability; larger marks are more faces.", f"{PLOTS}/reliability.png", alt)
    table = Table("Calibration of the probability of pain", ("", "ECE", "Brier"), rows_of(rows))
    return Section("Calibration", tuple(words), (table,), (plot,))
