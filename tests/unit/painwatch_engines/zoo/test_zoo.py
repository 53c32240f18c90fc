"""The models that come with the package: their folders are whole, their cards say what they are, they work."""

from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines import zoo
from painwatch_engines.anatomy import KEYPOINTS, LABELS
from painwatch_engines.artefacts import FaceInput, FrameInput, ModelFolder, covers, load_model_folder
from painwatch_engines.data.photographs import load_photographs
from painwatch_engines.data.pictures import TEST
from painwatch_engines.data.rendered import FACE_MULTIPLE, FRAME_SIZE, KINDS, draw_face, render_frames
from painwatch_engines.errors import ArtefactError
from painwatch_engines.face import cut_face
from painwatch_engines.runtime import open_runtime
from painwatch_engines.virtual_cage.sampling import Studio

CLASSIFIER = "action_units_rendered"


@pytest.fixture(params=zoo.names())
def folder(request: pytest.FixtureRequest) -> ModelFolder:
    return load_model_folder(zoo.path(request.param))


def test_the_zoo_holds_what_the_shipped_configuration_needs() -> None:
    assert set(zoo.names()) >= {"keypoints", CLASSIFIER}
    with pytest.raises(ArtefactError, match=r"no model absent.*keypoints"):
        zoo.path("absent")


def test_cards_claim_nothing_about_live_animals(folder: ModelFolder) -> None:
    card = folder.card
    assert card.validation == "not validated on live animals"
    assert card.domain.strains == ("rendered",)
    assert covers(card, "rat", "Sprague-Dawley", "white") is not None
    assert covers(card, "rat", "rendered", "white") is None
    assert all(figure.n > 0 for figure in card.figures)
    assert card.made.command.startswith(("painwatch train ", "python -m painwatch_engines.training."))


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


def test_the_classifier_tells_pain_in_unseen_rendered_animals() -> None:
    folder = load_model_folder(zoo.path(CLASSIFIER))
    card = folder.card
    assert isinstance(card.input, FaceInput)
    assert (card.input.face_multiple, card.outputs) == (FACE_MULTIPLE, LABELS)
    assert card.novelty is not None
    rng, studio = np.random.default_rng(78), Studio()
    views = [draw_face(rng, studio, *KINDS[i % len(KINDS)], TEST.first + i) for i in range(30)]
    faces = np.stack([cut_face(view.image, crop, card.input.size_px) for view, crop in views])
    outputs = open_runtime(folder.model).run({"faces": faces})
    assert outputs["attention"].sum(axis=(1, 2)) == pytest.approx(1.0, abs=1e-4)
    pain = np.array([view.truth.pain for view, _ in views])
    assert ((outputs["probabilities"].argmax(axis=1) == LABELS.index("pain")) == pain).mean() > 0.65
    assert (outputs["novelty"] <= card.novelty.threshold).mean() > 0.9, (
        "few faces like those trained on are turned away"
    )


def test_the_classifier_turns_away_much_of_what_is_no_face() -> None:
    folder = load_model_folder(zoo.path(CLASSIFIER))
    card = folder.card
    assert isinstance(card.input, FaceInput)
    assert card.novelty is not None
    rng, photographs = np.random.default_rng(5), load_photographs()
    nothing = np.stack([photographs.patch(rng, card.input.size_px, card.input.size_px) for _ in range(32)])
    novelty = open_runtime(folder.model).run({"faces": nothing})["novelty"]
    assert (novelty > card.novelty.threshold).mean() > 40 * card.novelty.false_alarm_rate
