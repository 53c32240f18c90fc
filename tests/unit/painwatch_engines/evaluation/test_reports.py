"""Reports: figures, published ones beside them, and what must be said at each table of rendered animals."""

from __future__ import annotations

import csv
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from fixtures.toy_faces import write_toy_set
from painwatch_engines.data.face_folder import FaceFolder
from painwatch_engines.evaluation.circumstances import measured_by, measured_on
from painwatch_engines.evaluation.comparison import write_comparison
from painwatch_engines.evaluation.document import RENDERED
from painwatch_engines.evaluation.protocols import Judged, Training, join, judged_rows
from painwatch_engines.evaluation.prsc_effect import effect_of_prsc, paired_effect
from painwatch_engines.evaluation.report import write_report
from painwatch_engines.evaluation.summary import pose_bins, summarise
from painwatch_engines.models.registry import method

RATS = tuple(f"Rat{k}" for k in range(1, 7))


@pytest.fixture
def data(tmp_path: Path) -> FaceFolder:
    found = write_toy_set(tmp_path / "set", animals=RATS, rendered=True)
    return replace(found, yaw_deg=np.linspace(-80, 80, len(found)).astype(np.float32))


def said(data: FaceFolder, name: str = "painseeker", noise: float = 2.0, seed: int = 1) -> Judged:
    rng = np.random.default_rng(seed)
    margin = 2.0 * (data.pain - 0.5) + rng.normal(0, noise, len(data))
    logits = np.column_stack([np.zeros(len(data)), margin])
    rows = np.arange(len(data))
    return judged_rows(name, method(name).title, data, rows, logits, 1 / (1 + np.exp(-margin)), seed)


def constant(data: FaceFolder, probability: float) -> Judged:
    logits = np.log([[1 - probability, probability]]).repeat(len(data), axis=0)
    said_of_each = np.full(len(data), probability)
    return judged_rows("painseeker", "constant", data, np.arange(len(data)), logits, said_of_each, 1)


def test_perfect_and_constant_answers_have_the_known_figures(data: FaceFolder) -> None:
    perfect = summarise(said(data, noise=0.0))
    assert {interval.value for interval in perfect.figures.values()} == {1.0}
    assert {interval.low for interval in perfect.figures.values()} == {1.0}
    always = summarise(constant(data, 0.8))
    assert always.figures["accuracy"].value == 0.5
    assert always.figures["F1"].value == pytest.approx(2 / 3)
    assert always.figures["AUC"].value == 0.5
    assert always.raw.ece == pytest.approx(0.3)
    assert always.raw.brier == pytest.approx(0.5 * 0.04 + 0.5 * 0.64)
    assert always.tempered is not None
    assert always.tempered.brier == pytest.approx(0.25, abs=1e-3)


def test_poses_are_binned_by_turn_or_by_view(data: FaceFolder) -> None:
    judged = said(data)
    bins = dict(pose_bins(judged))
    assert list(bins) == ["turned 0 to 30°", "turned 30 to 60°", "turned 60° or more"]
    assert sum(here.sum() for here in bins.values()) == len(data)
    away = dict(pose_bins(replace(judged, yaw_deg=np.resize(np.float32([180, -180]), len(data)))))
    assert [int(here.sum()) for here in away.values()] == [0, 0, len(data)]
    views = np.where(np.arange(len(data)) % 2, "one_eye", "both_eyes")
    by_view = dict(pose_bins(replace(judged, yaw_deg=np.full(len(data), np.nan, np.float32), views=views)))
    assert list(by_view) == ["both eyes", "one eye"]


class Counted(HTMLParser):
    """Tables, and the warnings within their captions."""

    def __init__(self) -> None:
        super().__init__()
        self.tables, self.captions, self.plots = 0, [""], 0
        self._caption = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tables += tag == "table"
        self.plots += tag == "img"
        if tag == "caption":
            self._caption = True
            self.captions.append("")

    def handle_endtag(self, tag: str) -> None:
        self._caption &= tag != "caption"

    def handle_data(self, data: str) -> None:
        if self._caption:
            self.captions[-1] += data


def test_a_report_of_rendered_animals_says_so_at_each_of_its_tables(data: FaceFolder, tmp_path: Path) -> None:
    training = Training("PainSeeker", "Rat1", 1, 15, 15, 2, 1.0)
    sections = (measured_on(data), measured_by("painwatch evaluate", (method("painseeker"),), (training,)))
    html = write_report(summarise(said(data)), data, "leave one animal out", sections, tmp_path / "out")
    found = Counted()
    found.feed(html.read_text())
    titled = [caption for caption in found.captions if caption]
    assert len(titled) == found.tables >= 8
    unmarked = [caption for caption in titled if RENDERED not in caption]
    assert [caption.split(",")[0] for caption in unmarked] == ["Published for this method"]
    assert found.plots == 3
    markdown = (tmp_path / "out" / "report.md").read_text()
    assert markdown.startswith("# PainSeeker on toy: leave one animal out\n\n**Rendered animals;")
    assert "74.17" in markdown
    for plot in ("reliability", "roc", "animals"):
        assert f"(plots/{plot}.png)" in markdown
        assert (tmp_path / "out" / "plots" / f"{plot}.png").stat().st_size > 1000
    with (tmp_path / "out" / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["note"] for row in rows] == [RENDERED] * len(data)


def test_plots_of_rendered_animals_say_so_by_themselves(data: FaceFolder, tmp_path: Path) -> None:
    lived = replace(data, about=data.about.model_copy(update={"rendered": False}))
    for name, one in (("rendered", data), ("lived", lived)):
        write_report(summarise(said(one)), one, "leave one animal out", (), tmp_path / name)
    for plot in ("reliability", "roc", "animals"):
        with_words, without = ((tmp_path / name / "plots" / f"{plot}.png") for name in ("rendered", "lived"))
        assert with_words.read_bytes() != without.read_bytes()


def test_the_settings_told_are_those_trained_by(data: FaceFolder) -> None:
    known = method("painseeker")
    assert known.settings.epochs != 3
    settings = measured_by("painwatch compare", (known,), (), epochs=3).tables[0]
    assert dict(zip(settings.header, settings.rows[0], strict=True))["epochs"] == "3"


def test_a_report_of_animals_that_lived_has_no_such_words(data: FaceFolder, tmp_path: Path) -> None:
    lived = replace(data, about=data.about.model_copy(update={"rendered": False}))
    html = write_report(summarise(said(lived)), lived, "leave one animal out", (), tmp_path / "out")
    assert RENDERED not in html.read_text()


def test_a_comparison_sets_the_published_rows_beside_ours(data: FaceFolder, tmp_path: Path) -> None:
    names = ("painseeker", "painseeker_without_prsc", "kobayashi")
    summaries = [summarise(join([said(data, name, 1.0, seed) for seed in (1, 2)], ())) for name in names]
    write_comparison(summaries, data, "leave one animal out", (), tmp_path)
    markdown = (tmp_path / "report.md").read_text()
    assert "| published | 0.8944 / 84.62 |" in markdown
    assert "0.7234 / 68.28 |" in markdown
    assert markdown.count("| published |") == 2, "the mouse network is no row of that table"
    assert "What PRSC does here" in markdown
    assert "seed 2" in markdown
    assert "turned 60° or more" in markdown
    assert (tmp_path / "predictions_kobayashi.csv").is_file()


def test_published_rats_are_not_set_beside_other_animals(data: FaceFolder, tmp_path: Path) -> None:
    animals = np.array([f"mouse {name[-1]}" for name in data.animals])
    other = replace(data, animals=animals)
    write_comparison([summarise(said(other))], other, "leave one animal out", (), tmp_path)
    markdown = (tmp_path / "report.md").read_text()
    assert "84.62" not in markdown
    assert "0.7731 / 74.17" in markdown


def test_the_effect_is_paired_by_animal(data: FaceFolder) -> None:
    perfect, always = summarise(said(data, noise=0.0)), summarise(constant(data, 0.8))
    effect = paired_effect(perfect, always, "accuracy")
    assert effect.differences == dict.fromkeys(RATS, 0.5)
    assert (effect.low, effect.mean, effect.high) == pytest.approx((0.5, 0.5, 0.5))
    same = paired_effect(always, always, "F1")
    assert same.low <= 0 <= same.high
    with pytest.raises(ValueError, match="different animals"):
        paired_effect(perfect, summarise(said(data).of(data.animals != "Rat1")), "F1")


def test_the_effect_of_prsc_is_told_with_what_it_cannot_show(data: FaceFolder) -> None:
    perfect, always = summarise(said(data, noise=0.0)), summarise(constant(data, 0.8))
    section = effect_of_prsc(perfect, always)
    words = " ".join(section.words)
    assert "accuracy: mean difference +50.0 (+50.0 to +50.0) points, higher with PRSC in 6, lower in 0 of 6" in words
    assert "+50.00 points here, and by +5.89 as published" in words
    assert "p = 0.031" in words
    assert "not independent" in words
    assert "one seed" in words
    assert section.tables[0].rows[1][1:] == ("+50.0",) * 7 + ("+50.0 to +50.0",)


def test_one_animal_shows_nothing_of_prsc(data: FaceFolder) -> None:
    only = data.animals == "Rat1"
    perfect, always = (summarise(judged.of(only)) for judged in (said(data, noise=0.0), constant(data, 0.8)))
    words = " ".join(effect_of_prsc(perfect, always).words)
    assert "no interval of fewer than two animals" in words
    assert "holds 0" not in words


def test_an_animal_without_the_figure_is_not_counted_as_one_where_prsc_is_no_better(data: FaceFolder) -> None:
    calm = replace(data, labels=np.where(data.animals == "Rat2", 0, data.labels))
    effect = paired_effect(summarise(said(calm, noise=0.0)), summarise(constant(calm, 0.8)), "F1")
    assert np.isnan(effect.differences["Rat2"])
    words = " ".join(effect_of_prsc(summarise(said(calm, noise=0.0)), summarise(constant(calm, 0.8))).words)
    assert "higher with PRSC in 5, lower in 0 of 6 animals (1 without this figure)" in words
