"""8-bit forms are built once, and are what is used."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.clips import Image
from benchmarks.forms import kept_form
from benchmarks.ours import AsWatched, Watching, full_search
from fixtures.small_networks import faces, small_keypoints
from painwatch_engines import zoo
from painwatch_engines.artefacts import load_model_folder
from painwatch_engines.compile.parity import Limits
from painwatch_engines.compile.pictures import fitted
from painwatch_engines.data import rendered
from painwatch_engines.runtime import PlanCache
from painwatch_engines.virtual_cage import Studio

LOOSE = Limits(flips=1, p99=1, px=1000, likelihood_p99=1)


def test_a_form_is_built_once(tmp_path: Path) -> None:
    folder = load_model_folder(small_keypoints(tmp_path / "model"))
    plans, asked = PlanCache(tmp_path / "plans"), []

    def pictures() -> list[Image]:
        asked.append(1)
        return list(faces(40))

    first = kept_form(folder, pictures, plans, LOOSE)

    assert kept_form(folder, pictures, plans, LOOSE) == first
    assert len(asked) == 1


def test_both_searches_compute_with_it(tmp_path: Path) -> None:
    folder, plans = load_model_folder(zoo.path("keypoints")), PlanCache(tmp_path / "plans")
    rng, studio = np.random.default_rng(0), Studio()
    views = [rendered.draw_face(rng, studio, "rat", "white", animal)[0].image for animal in range(700, 708)]
    frames = [fitted(folder, view) for view in views for _ in range(4)]
    kept_form(folder, lambda: frames, plans, LOOSE)
    frame = views[0]

    eight, whole = full_search(plans)(frame, 0), full_search()(frame, 0)

    assert np.abs(eight - whole).max() > 0
    assert np.abs(eight[:, 2] - whole[:, 2]).max() < 0.5
    tracked = AsWatched(Watching(1, 2.0), repeats=False, eight_bit=plans)
    np.testing.assert_allclose(tracked(frame, 0), eight, atol=0.01)
