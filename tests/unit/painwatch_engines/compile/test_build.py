"""Building, admitting, refusing; what is found again and what is not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from fixtures.small_networks import faces, small_classifier, small_keypoints
from painwatch_engines.artefacts import load_model_folder
from painwatch_engines.compile.build import Built, build
from painwatch_engines.compile.parity import Limits
from painwatch_engines.compile.pictures import halves, pictures_of
from painwatch_engines.compile.verify import verify
from painwatch_engines.errors import ArtefactError, EngineError
from painwatch_engines.runtime import PlanCache, open_runtime

INT8 = ("onnxruntime-cpu-int8",)
LOOSE = Limits(flips=0.2, p99=0.2, px=5, likelihood_p99=0.2)


def built(folder: Path, plans: PlanCache, limits: Limits = LOOSE) -> Built:
    model = load_model_folder(folder)
    pictures = pictures_of(model, None)
    return build(model, pictures, target="onnxruntime", precision="int8", plans=plans, limits=limits)


@pytest.fixture
def plans(tmp_path: Path) -> PlanCache:
    return PlanCache(tmp_path / "plans")


@pytest.mark.parametrize("make", [small_classifier, small_keypoints])
def test_a_form_is_built_admitted_and_found(tmp_path: Path, plans: PlanCache, make) -> None:  # type: ignore[no-untyped-def]
    folder = make(tmp_path / "model")
    before = sorted(path.name for path in folder.iterdir())
    form = built(folder, plans)
    assert form.record.pictures == 32
    assert set(form.record.limits) < set(form.record.figures)
    runtime = open_runtime(folder / "model.onnx", INT8, plans=plans)
    assert runtime.engine == INT8[0]
    assert sorted(path.name for path in folder.iterdir()) == before
    assert len(list(plans.folder.iterdir())) == 2


def test_a_form_beyond_its_limits_is_refused_with_its_figures_and_leaves_nothing(
    tmp_path: Path, plans: PlanCache
) -> None:
    folder = small_classifier(tmp_path / "model")
    with pytest.raises(EngineError, match=r"differs too much.*p99 \|dp\| .* > 1e-09") as caught:
        built(folder, plans, Limits(p99=1e-9))
    assert "32 pictures" in caught.value.where
    assert list(plans.folder.iterdir()) == []


def test_onnxruntime_runs_other_precisions_without_a_form(tmp_path: Path, plans: PlanCache) -> None:
    model = load_model_folder(small_classifier(tmp_path / "model"))
    with pytest.raises(EngineError, match="needs no fp16 form"):
        build(model, list(faces(40)), target="onnxruntime", precision="fp16", plans=plans, limits=LOOSE)


def test_without_a_gpu_tensorrt_is_not_even_loaded(
    tmp_path: Path, plans: PlanCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_gpu() -> None:
        raise EngineError("there is no NVIDIA driver on this host", "libcuda", "Install it.")

    monkeypatch.setattr("painwatch_engines.compile.build.open_device", no_gpu)
    model = load_model_folder(small_classifier(tmp_path / "model"))
    with pytest.raises(EngineError, match="no NVIDIA driver"):
        build(model, list(faces(40)), target="tensorrt", precision="fp16", plans=plans, limits=LOOSE)
    assert not plans.folder.exists()


def test_verify_asks_every_engine_that_is_here(tmp_path: Path, plans: PlanCache) -> None:
    folder = small_classifier(tmp_path / "model")
    built(folder, plans)
    model = load_model_folder(folder)
    found = {each.engine: each for each in verify(model, pictures_of(model, None), plans, Limits(p99=1e-9))}
    parity = found["onnxruntime-cpu-int8"].parity
    assert parity is not None
    assert parity.beyond
    assert "onnxruntime-cpu" not in found
    assert all(each.parity or each.fault for each in found.values())


def test_the_halves_share_no_picture_and_every_picture_is_in_one() -> None:
    pictures = list(faces(41))
    parts = halves(pictures)
    keys = [picture.tobytes() for picture in (*parts.calibrate, *parts.check)]
    assert sorted(keys) == sorted(picture.tobytes() for picture in pictures)
    assert len(set(keys)) == 41


def test_a_folder_of_pictures_takes_the_place_of_the_models_own(tmp_path: Path) -> None:
    model = load_model_folder(small_classifier(tmp_path / "model", pictures=0))
    with pytest.raises(ArtefactError, match="--faces FOLDER"):
        pictures_of(model, None)
    given = tmp_path / "given" / "deeper"
    given.mkdir(parents=True)
    for index in range(32):
        cv2.imwrite(str(given / f"{index}.png"), np.full((50, 40, 3), index, np.uint8))
    pictures = pictures_of(model, given.parent)
    assert {picture.shape for picture in pictures} == {(32, 32, 3)}
    (given / "broken.png").write_bytes(b"none")
    with pytest.raises(ArtefactError, match=r"broken\.png.*no picture"):
        pictures_of(model, given.parent)


def test_frames_keep_their_shape_and_are_reduced_to_the_networks_width(tmp_path: Path) -> None:
    model = load_model_folder(small_keypoints(tmp_path / "model", pictures=0))
    given = tmp_path / "given"
    given.mkdir()
    for index in range(32):
        cv2.imwrite(str(given / f"{index:02}.png"), np.zeros((48, 96, 3) if index else (10, 20, 3), np.uint8))
    assert [picture.shape for picture in pictures_of(model, given)[:2]] == [(10, 20, 3), (16, 32, 3)]


@pytest.mark.parametrize("count", [0, 31])
def test_too_few_pictures_are_told(tmp_path: Path, count: int) -> None:
    model = load_model_folder(small_classifier(tmp_path / "model", pictures=max(1, count)))
    with pytest.raises(ArtefactError, match="too few"):
        pictures_of(model, None)


def test_calibration_pictures_of_another_kind_are_told_and_nothing_is_unpickled(tmp_path: Path) -> None:
    from painwatch_engines.artefacts import file_sha256, read_card, write_card

    folder = small_classifier(tmp_path / "model")
    file = folder / "calibration.npz"
    for arrays in ({"faces": np.zeros((40, 24, 24), np.float32)}, {"faces": np.array([{}])}, {"other": np.zeros(3)}):
        np.savez(file, **arrays)
        card = read_card(folder / "card.yaml")
        assert card.calibration is not None
        calibration = card.calibration.model_copy(update={"sha256": file_sha256(file)})
        write_card(card.model_copy(update={"calibration": calibration}), folder)
        with pytest.raises(ArtefactError, match=r"calibration\.npz"):
            pictures_of(load_model_folder(folder), None)
