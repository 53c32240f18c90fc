"""The models that come with the package: their folders are whole, their cards say what they are, they work."""

from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines import zoo
from painwatch_engines.anatomy import KEYPOINTS, LABELS
from painwatch_engines.artefacts import FaceInput, FrameInput, ModelFolder, covers, load_model_folder
from painwatch_engines.data.pictures import TEST
from painwatch_engines.data.rendered import FACE_MULTIPLE, FRAME_SIZE, render_faces, render_frames
from painwatch_engines.errors import ArtefactError
from painwatch_engines.runtime import open_runtime


@pytest.fixture(params=zoo.names())
def folder(request: pytest.FixtureRequest) -> ModelFolder:
    return load_model_folder(zoo.path(request.param))


def test_the_zoo_holds_what_the_shipped_configuration_needs() -> None:
    assert set(zoo.names()) >= {"keypoints", "painseeker_rendered_rat"}
    with pytest.raises(ArtefactError, match=r"no model absent.*keypoints"):
        zoo.path("absent")


def test_cards_claim_nothing_about_live_animals(folder: ModelFolder) -> None:
    card = folder.card
    assert card.validation == "not validated on live animals"
    assert card.domain.strains == ("rendered",)
    assert covers(card, "rat", "Sprague-Dawley", "white") is not None
    assert covers(card, "rat", "rendered", "white") is None
    assert str(TEST) in card.figures_on
    assert all(figure.n > 0 for figure in card.figures)
    assert card.made.command.startswith("python -m painwatch_engines.training.")


def test_files_are_small_enough_to_keep_in_version_control(folder: ModelFolder) -> None:
    assert folder.model.stat().st_size < 15_000_000


def test_the_keypoint_model_finds_unseen_rendered_animals() -> None:
    folder = load_model_folder(zoo.path("keypoints"))
    assert isinstance(folder.card.input, FrameInput)
    assert folder.card.outputs == KEYPOINTS
    width = folder.card.input.network_width_px
    frames = render_frames(24, 77, TEST, width)
    poses = open_runtime(folder.model).run({"frames": frames.images})["poses"]
    error = np.linalg.norm(poses[..., :2] - frames.keypoints, axis=-1) * FRAME_SIZE[0] / width
    assert np.median(error[frames.visible]) <= 5
    called = poses[..., 2] >= 0.9
    assert called[frames.visible].mean() > 0.7
    assert called[~frames.visible].mean() < 0.4


def test_the_classifier_tells_pain_in_unseen_rendered_rats() -> None:
    folder = load_model_folder(zoo.path("painseeker_rendered_rat"))
    assert isinstance(folder.card.input, FaceInput)
    assert (folder.card.input.face_multiple, folder.card.outputs) == (FACE_MULTIPLE, LABELS)
    faces = render_faces(24, 78, TEST, folder.card.input.size_px)
    outputs = open_runtime(folder.model).run({"faces": faces.images})
    assert outputs["attention"].sum(axis=(1, 2)) == pytest.approx(1.0, abs=1e-4)
    right = outputs["probabilities"].argmax(axis=1) == faces.labels
    assert right.mean() > 0.65
