"""Faces out of small films whose every picture is known, and out of one of a rendered rat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from fixtures.model_folders import MIDDLE_OF_320_BY_180, write_classifier_folder, write_keypoint_folder
from painwatch.core.errors import SourceError
from painwatch.core.types import Image
from painwatch.recordings.faces import Finder, length_s
from painwatch.recordings.importing import Imported, import_recordings, open_network
from painwatch_engines.anatomy import LABELS
from painwatch_engines.artefacts import load_model_folder
from painwatch_engines.data.face_folder import FaceFolder, load_face_folder
from painwatch_engines.data.labels.recordings import Domain
from painwatch_engines.errors import ArtefactError, DataError, EngineError
from painwatch_engines.quality import Gate
from painwatch_engines.virtual_cage.study import Study, render_study

FPS = 5
AWAY = np.array([[160, 110, 0.1], [180, 80, 0.2], [140, 80, 0.99], [200, 60, 0.99], [120, 60, 0.99]])

Film = Callable[[str, Sequence[str]], Path]


class BluePictures:
    """A network that finds the face in every picture but blue ones, and fails at red ones."""

    engine = "test"
    most_batched = 1

    def poses(self, frames: Image) -> np.ndarray:
        return np.stack([self._pose(frame) for frame in frames])

    def _pose(self, frame: Image) -> np.ndarray:
        blue, _, red = frame.reshape(-1, 3).mean(axis=0)
        if red > blue + 60:
            return np.full((5, 3), np.nan)
        return AWAY if blue > red + 60 else MIDDLE_OF_320_BY_180


@pytest.fixture
def film(tmp_path: Path) -> Film:
    """Writes a film of a second for each word: sharp, dark, away (blue) or broken (red)."""
    noise = np.random.default_rng(0).integers(0, 255, (180, 320, 1), dtype=np.uint8)
    plain = np.zeros((180, 320, 3), np.uint8)
    looks = {
        "sharp": np.repeat(noise, 3, axis=2),
        "dark": plain,
        "away": np.full_like(plain, (255, 0, 0)),
        "broken": np.full_like(plain, (0, 0, 255)),
    }

    def write(name: str, seconds: Sequence[str]) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=FPS, options={"threads": "1"})
            stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
            stream.bit_rate = 4_000_000
            for number, word in enumerate(word for word in seconds for _ in range(FPS)):
                frame = av.VideoFrame.from_ndarray(looks[word], format="bgr24")
                frame.pts, frame.time_base = number, Fraction(1, FPS)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return write


def imported(
    tmp_path: Path, rows: str, *, per_minute: int = 60, looks: int = 1, strain: str = "rendered"
) -> tuple[Imported, FaceFolder]:
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("video,animal,from,to,label\n" + rows, encoding="utf-8")
    card = load_model_folder(write_keypoint_folder(tmp_path / "keypoints")).card
    finder = Finder(BluePictures(), 320, 64, 1.6, 0.9, Gate(), per_minute, looks)
    told: list[float] = []
    done = import_recordings(
        manifest,
        tmp_path / "set",
        finder,
        card=card,
        domain=Domain("rat", strain, "white"),
        command="the command",
        progress=lambda seconds, of: told.append(seconds / of),
    )
    assert told == sorted(told)
    assert 0 < told[-1] <= 1
    return done, load_face_folder(tmp_path / "set")


def test_stretches_label_their_faces_and_each_look_without_one_has_a_reason(tmp_path: Path, film: Film) -> None:
    film("a.mp4", ["sharp", "away", "sharp", "dark", "sharp", "sharp"])
    done, faces = imported(tmp_path, "a.mp4,M1,0,3,before\na.mp4,M1,3,,after\n")
    assert done.counts == {"M1": (2, 2)}
    assert done.skipped == {"no face": 1, "too dark": 1}
    assert done.remarks == ()
    assert [LABELS[label] for label in faces.labels] == ["no_pain", "no_pain", "pain", "pain"]
    assert [Path(name).name for name in faces.images] == [
        f"{stretch:03d}_a_{ms:09d}.jpg" for stretch, ms in ((1, 0), (1, 2000), (2, 4000), (2, 5000))
    ]
    assert faces.read(0).shape == (73, 73, 3)
    assert set(faces.views) == {"both_eyes"}
    assert np.isfinite(faces.keypoints).all()
    assert "looked at without a face kept: no face 1" in faces.about.notes
    assert faces.about.rendered


def test_a_slot_is_looked_at_again_until_it_has_its_face(tmp_path: Path, film: Film) -> None:
    film("a.mp4", ["away", "sharp", "sharp", "sharp", "away", "away", "away", "away"])
    done, faces = imported(tmp_path, "a.mp4,M1,,,before\n", per_minute=15, looks=4)
    assert [Path(name).stem[-9:] for name in faces.images] == ["000001000"]
    assert done.skipped == {"no face": 5}


def test_a_stretch_in_the_middle_is_read_from_its_own_beginning(tmp_path: Path, film: Film) -> None:
    film("a.mp4", ["dark"] * 14 + ["sharp", "sharp", "dark"])
    done, faces = imported(tmp_path, "a.mp4,M1,0:14,0:16,after\n")
    assert [Path(name).stem[-9:] for name in faces.images] == ["000014000", "000015000"]
    assert done.skipped == {}


def test_what_a_person_should_know_is_told(tmp_path: Path, film: Film) -> None:
    film("a.mp4", ["sharp", "away"])
    film("b.mp4", ["away"])
    done, faces = imported(tmp_path, "a.mp4,M1,0,60,before\nb.mp4,M2,,,after\n", strain="Wistar")
    assert not faces.about.rendered
    for words in ("strain Wistar is not among", "the recording ends 58 s before `to`", "b.mp4): no face was found"):
        assert any(words in remark for remark in done.remarks), done.remarks
        assert any(words in note for note in faces.about.notes)
    assert any("M1 has only stretches of no_pain" in remark for remark in done.remarks)


def test_a_film_that_breaks_off_keeps_its_faces_and_says_so(tmp_path: Path, film: Film) -> None:
    path = film("a.mkv", ["sharp", "sharp", "away", "sharp", "sharp", "sharp", "sharp", "sharp"])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    done, faces = imported(tmp_path, "a.mkv,M1,,,before\n")
    assert 0 < len(faces) < 7
    told = f"its length is 8 s; copy the recording again; {len(faces)} faces before that were kept"
    assert any(told in remark for remark in done.remarks), done.remarks


@pytest.mark.parametrize(
    ("seconds", "rows", "error", "told"),
    [
        (["away", "dark"], "a.mp4,M1,,,before\n", DataError, r"no face was found \(no face 1, too dark 1\)"),
        (["sharp"], "a.mp4,M1,2,,before\n", DataError, "manifest.csv:2, column from: the recording is 1.0 s long"),
        (["broken"], "a.mp4,M1,,,before\n", EngineError, "not five points"),
        (["sharp"], "text.mp4,M1,,,before\n", SourceError, "text.mp4"),
    ],
)
def test_nothing_is_written_where_there_is_nothing_to_write(
    tmp_path: Path, film: Film, seconds: list[str], rows: str, error: type[Exception], told: str
) -> None:
    film("a.mp4", seconds)
    (tmp_path / "text.mp4").write_text("no film", encoding="utf-8")
    with pytest.raises(error, match=told):
        imported(tmp_path, rows)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "keypoints", "manifest.csv", "text.mp4"]


def test_a_film_tells_its_length(film: Film) -> None:
    assert length_s(film("a.mp4", ["dark", "dark"])) == pytest.approx(2.0)


def test_only_a_keypoint_model_finds_faces(tmp_path: Path) -> None:
    folder = load_model_folder(write_classifier_folder(tmp_path / "classifier"))
    with pytest.raises(ArtefactError, match="this classifier model gives no_pain, pain"):
        open_network(folder)


def test_a_rendered_rat_on_film_gives_a_set(tmp_path: Path) -> None:
    study = Study(animals=1, seconds=3.0, fps=2.0)
    *_, manifest = render_study(study, tmp_path / "films")
    model = load_model_folder(write_keypoint_folder(tmp_path / "keypoints", 2 * MIDDLE_OF_320_BY_180 / [1, 1, 2]))
    finder = Finder(open_network(model), 640, 64, 1.6, 0.9, Gate(least_sharpness=0), 60, 1)
    done = import_recordings(
        manifest,
        tmp_path / "set",
        finder,
        card=model.card,
        domain=Domain("rat", "rendered", "white"),
        command="the command",
        progress=lambda *_: None,
    )
    faces = load_face_folder(tmp_path / "set")
    assert done.counts == {"rat1": (3, 3)}
    assert faces.pain.tolist() == [False] * 3 + [True] * 3
    assert all(faces.read(row).std() > 1 for row in range(6))
