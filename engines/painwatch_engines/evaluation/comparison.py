"""Several methods on one set by the same folds, beside the published table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from painwatch_engines.data.face_folder import FaceFolder
from painwatch_engines.data.labels.ratspain import rat_number
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
from painwatch_engines.evaluation.plots import plot_bars, plot_roc
from painwatch_engines.evaluation.prsc_effect import WITH_PRSC, WITHOUT_PRSC, effect_of_prsc
from painwatch_engines.evaluation.published import painseeker_table
from painwatch_engines.evaluation.report import (
    AUC_WORDS,
    POSE_WORDS,
    constant_rows,
    intervals_section,
    write_predictions,
)
from painwatch_engines.evaluation.summary import Summary


def write_comparison(
    summaries: Sequence[Summary], data: FaceFolder, protocol: str, made: tuple[Section, ...], out: Path
) -> Path:
    """Write report.md, report.html, plots, and predictions of every method; returns the HTML file."""
    out.mkdir(parents=True, exist_ok=True)
    for summary in summaries:
        write_predictions(summary, out / f"predictions_{summary.judged.name}.csv", warning_for(data))
    by_name = {summary.judged.name: summary for summary in summaries}
    effects: tuple[Section, ...] = ()
    if WITH_PRSC in by_name and WITHOUT_PRSC in by_name:
        effects = (effect_of_prsc(by_name[WITH_PRSC], by_name[WITHOUT_PRSC]),)
    best = max(summaries, key=lambda s: s.figures["accuracy"].value)
    pain, calm = (counts for _, counts in constant_rows(summaries[0]))
    document = Document(
        title=f"{len(summaries)} methods on {data.about.name}: {protocol}",
        warning=warning_for(data),
        summary=(
            f"Highest pooled accuracy: {best.judged.title}, {with_interval(best.figures['accuracy'], as_percent=True)} "
            f"%, F1 {with_interval(best.figures['F1'])}. Where intervals overlap as much as they do with few animals, "
            "an order of methods is no finding.",
            f"Calling every face pain scores F1 {number(pain.f1)} and accuracy {percent(pain.accuracy)} %; calling "
            f"none pain scores {percent(calm.accuracy)} %.",
        ),
        sections=(
            _result(summaries, out, warning_for(data)),
            _paper(summaries, data),
            *effects,
            _poses(summaries, out, warning_for(data)),
            _calibration(summaries),
            intervals_section(len(summaries[0].by_animal)),
            *made,
        ),
    )
    return write_document(document, out)[1]


def _result(summaries: Sequence[Summary], out: Path, warning: str) -> Section:
    rows: list[Sequence[object]] = []
    for s in summaries:
        f = s.figures
        as_percents = [with_interval(f[k], as_percent=True) for k in ("accuracy", "sensitivity", "specificity")]
        rows.append([s.judged.title, with_interval(f["F1"]), *as_percents, with_interval(f["AUC"])])
    for name, c in constant_rows(summaries[0]):
        shares = [percent(v) for v in (c.accuracy, c.sensitivity, c.specificity)]
        rows.append([name, number(c.f1), *shares, "0.500"])
    header = ("method", "F1", "accuracy %", "sensitivity %", "specificity %", "AUC")
    tables = [Table("All folds pooled", header, rows_of(rows), AUC_WORDS)]
    if len(summaries[0].by_seed) > 1:
        names = [part.name for part in summaries[0].by_seed]
        seeds = [
            [s.judged.title, *(f"{number(p.counts.f1)} / {percent(p.counts.accuracy)}" for p in s.by_seed)]
            for s in summaries
        ]
        tables.append(Table("F1 / accuracy % by seed of the training", ("method", *names), rows_of(seeds)))
    curves = {s.judged.title: (s.judged.probability, s.judged.pain) for s in summaries}
    plot_roc(out / PLOTS / "roc.png", curves, warning)
    alt = "Curves of sensitivity against 1 - specificity, one for each method."
    return Section("Result", (), tuple(tables), (Plot("Receiver operating characteristic.", f"{PLOTS}/roc.png", alt),))


def _paper(summaries: Sequence[Summary], data: FaceFolder) -> Section:
    """As the published table is laid out: F1 / accuracy of each animal, then pooled; ours above published."""
    published = painseeker_table()
    animals = [part.name for part in summaries[0].by_animal]
    rows: list[Sequence[object]] = []
    marked = set()
    same_rats = [rat_number(animal) for animal in animals] == [1, 2, 3, 4, 5, 6]
    for s in summaries:
        marked.add(len(rows))
        cells = [f"{number(p.counts.f1, 4)} / {100 * p.counts.accuracy:.2f}" for p in s.by_animal]
        pooled = f"{number(s.counts.f1, 4)} / {100 * s.counts.accuracy:.2f}"
        rows.append([s.judged.title, "here", *cells, pooled])
        row = published.rows.get(s.judged.name)
        if row is not None:
            told = [f"{f:.4f} / {a:.2f}" for f, a in zip(row.f1, row.accuracy, strict=True)]
            rows.append(["", "published", *(told if same_rats else [*("–" for _ in animals), told[-1]])])
    words = (
        "The published rows were measured on RatsPain's photographs. They show what the protocol gave there, and are "
        "no yardstick for the rows of the set at hand"
        + (", whose animals are rendered." if data.about.rendered else ", unless it is that set."),
    )
    note = f"Published: {published.source}; {published.protocol}. {published.set}."
    table = Table(
        "F1 / accuracy % by animal", ("method", "", *animals, "pooled"), rows_of(rows), note, frozenset(marked)
    )
    return Section("Beside the published table", words, (table,))


def _poses(summaries: Sequence[Summary], out: Path, warning: str) -> Section:
    names = [part.name for part in summaries[0].by_pose]
    rows = [
        [
            s.judged.title,
            *(f"{number(p.counts.f1)} / {percent(p.counts.accuracy)} / {number(p.auc)}" for p in s.by_pose),
        ]
        for s in summaries
    ]
    seeds = len(summaries[0].by_seed)
    counts = ["faces", *(part.counts.n // seeds for part in summaries[0].by_pose)]
    table = Table("F1 / accuracy % / AUC by head pose", ("method", *names), rows_of([counts, *rows]))
    bars = {s.judged.title: [100 * p.counts.accuracy for p in s.by_pose] for s in summaries}
    plot_bars(out / PLOTS / "poses.png", bars, names, "accuracy, %", 50.0, warning)
    plot = Plot(
        "Accuracy by head pose; the dashed line is 50 %.", f"{PLOTS}/poses.png", "Bars of accuracy by head pose."
    )
    return Section("By head pose", (POSE_WORDS,), (table,), (plot,))


def _calibration(summaries: Sequence[Summary]) -> Section:
    rows: list[Sequence[object]] = []
    for s in summaries:
        tempered = ("–", "–") if s.tempered is None else (number(s.tempered.ece), number(s.tempered.brier))
        rows.append([s.judged.title, number(s.raw.ece), number(s.raw.brier), *tempered])
    header = ("method", "ECE", "Brier", "ECE, tempered", "Brier, tempered")
    note = "Temperatures are fitted without the judged animal. Always saying 0.5 scores a Brier of 0.25."
    return Section("Calibration", (), (Table("Calibration of the probability of pain", header, rows_of(rows), note),))
