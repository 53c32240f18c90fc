"""Pictures out of a real ring: the judged frame with its overlay, else the newest one, and it says so."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from fixtures.fake_hub import Story, snapshot
from fixtures.turned_clock import TurnedClock
from painwatch.capture.ring import RingWriter
from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.core.clock import Clock
from painwatch.core.errors import RingError
from painwatch.core.types import CropBox, Prediction, Status
from painwatch.web.feed import Heard
from painwatch.web.pictures import Pictures

NAME = "cage-1-left"


@pytest.fixture
def ring(places: Places) -> Iterator[RingWriter]:
    writer = RingWriter(places.ring(NAME), 3, 90, 160)
    yield writer
    writer.close()


@pytest.fixture
def pictures(places: Places, clock: Clock) -> Iterator[Pictures]:
    made = Pictures([NAME], places, clock, 0.9)
    yield made
    made.close()


def write(ring: RingWriter, clock: Clock, level: int = 100, *, status: Status = Status.OK) -> Prediction:
    now = clock.now()
    seq = ring.write(np.full((90, 160, 3), level, np.uint8), now)
    seen = status is Status.OK
    return Prediction(
        cage="cage-1",
        camera=NAME,
        seq=seq,
        time_ns=now.wall_ns,
        mono_ns=now.mono_ns,
        age_ms=1.0,
        status=status,
        pain_probability=0.2 if seen else None,
        crop=CropBox(80, 45, 40, "both_eyes", 0.0) if seen else None,
        attention=((0.5, 0.0), (0.0, 0.5)) if seen else (),
    )


def heard(config: Config, prediction: Prediction | None, age_s: float = 0.1) -> Heard:
    return Heard(snapshot(config, Story(), {NAME: prediction} if prediction else {}), age_s)


def mean(data: bytes | None) -> float:
    assert data is not None
    return float(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).mean())


def test_the_judged_frame_is_shown_with_its_face(
    pictures: Pictures, ring: RingWriter, clock: Clock, config: Config
) -> None:
    told = heard(config, write(ring, clock))
    look = pictures.look(NAME, told)
    assert look is not None
    assert look.has_face
    assert look.has_attention
    assert look.note == ""
    assert all(pictures.jpeg(NAME, kind, told) for kind in ("picture", "crop", "attention"))


def test_a_frame_that_is_gone_gives_the_newest_without_overlay(
    pictures: Pictures, ring: RingWriter, clock: Clock, config: Config
) -> None:
    told = heard(config, write(ring, clock, 10))
    for _ in range(4):
        write(ring, clock, 200)
    look = pictures.look(NAME, told)
    assert look is not None
    assert (look.prediction, look.note) == (None, "not judged")
    assert look.frame.seq == 5
    assert pictures.jpeg(NAME, "crop", told) is None


def test_while_somebody_looks_the_judged_frame_is_kept_in_time(
    pictures: Pictures, ring: RingWriter, clock: Clock, config: Config
) -> None:
    pictures.look(NAME, heard(config, None))
    told = heard(config, write(ring, clock, 10))
    assert told.snapshot is not None
    pictures.follow(told.snapshot)
    for _ in range(4):
        write(ring, clock, 200)
    look = pictures.look(NAME, told)
    assert look is not None
    assert look.frame.seq == 1
    assert look.has_face


def test_while_nobody_looks_nothing_is_copied(
    pictures: Pictures, ring: RingWriter, clock: Clock, config: Config
) -> None:
    told = heard(config, write(ring, clock, 10))
    assert told.snapshot is not None
    pictures.follow(told.snapshot)
    for _ in range(4):
        write(ring, clock, 200)
    look = pictures.look(NAME, told)
    assert look is not None
    assert not look.has_face


def test_an_equal_number_of_another_run_is_not_the_judged_frame(
    pictures: Pictures, ring: RingWriter, clock: Clock, config: Config
) -> None:
    other = msgspec.structs.replace(write(ring, clock), mono_ns=1)
    look = pictures.look(NAME, heard(config, other))
    assert look is not None
    assert look.prediction is None


def test_a_silent_hub_leaves_a_plain_picture_that_says_so(
    pictures: Pictures, ring: RingWriter, clock: Clock, config: Config
) -> None:
    told = heard(config, write(ring, clock), age_s=9)
    look = pictures.look(NAME, told)
    assert look is not None
    assert look.prediction is None
    assert look.note == "not judged: the hub is silent"
    assert pictures.jpeg(NAME, "crop", told) is None
    assert pictures.jpeg(NAME, "attention", told) is None


def test_an_old_picture_says_how_old_it_is(
    pictures: Pictures, ring: RingWriter, clock: TurnedClock, config: Config
) -> None:
    told = heard(config, write(ring, clock))
    clock.turn(40)
    look = pictures.look(NAME, told)
    assert look is not None
    assert look.note == "old picture: 40 s ago"
    assert look.prediction is None


def test_a_token_brings_back_the_look_it_names(
    pictures: Pictures, ring: RingWriter, clock: Clock, config: Config
) -> None:
    first = heard(config, write(ring, clock, 10))
    look = pictures.look(NAME, first)
    assert look is not None
    second = heard(config, write(ring, clock, 220))
    pictures.look(NAME, second)
    assert mean(pictures.jpeg(NAME, "crop", second, look.token)) < 30
    assert mean(pictures.jpeg(NAME, "crop", second)) > 200


def test_without_a_ring_there_is_no_picture(pictures: Pictures, config: Config) -> None:
    assert pictures.look(NAME, heard(config, None)) is None
    assert pictures.jpeg(NAME, "picture", heard(config, None)) is None


def test_a_face_that_was_not_found_leaves_no_crop(
    pictures: Pictures, ring: RingWriter, clock: Clock, config: Config
) -> None:
    told = heard(config, write(ring, clock, status=Status.NO_FACE))
    assert pictures.jpeg(NAME, "picture", told) is not None
    assert pictures.jpeg(NAME, "crop", told) is None


def test_a_file_that_is_no_ring_is_told(places: Places, pictures: Pictures, config: Config) -> None:
    places.ring(NAME).parent.mkdir(parents=True)
    places.ring(NAME).write_bytes(b"not a ring at all" * 100)
    with pytest.raises(RingError):
        pictures.look(NAME, heard(config, None))


def test_a_frame_from_before_the_host_was_started_is_old(
    pictures: Pictures, ring: RingWriter, clock: TurnedClock, config: Config
) -> None:
    told = heard(config, write(ring, clock))
    clock.mono_ns = 1_000_000_000
    look = pictures.look(NAME, told)
    assert look is not None
    assert look.note == "old picture: from before the last start"
    assert look.prediction is None


def test_when_nobody_looks_any_more_frames_and_ring_are_let_go(
    pictures: Pictures, ring: RingWriter, clock: TurnedClock, config: Config, places: Places
) -> None:
    told = heard(config, write(ring, clock))
    assert told.snapshot is not None
    look = weakref.ref(pictures.look(NAME, told).frame.image)  # type: ignore[union-attr]
    assert mapped(places.ring(NAME)) == 2
    clock.turn(60)
    pictures.follow(told.snapshot)
    assert look() is None
    assert mapped(places.ring(NAME)) == 1
    assert pictures.look(NAME, told) is not None


def mapped(path: Path) -> int:
    """How many times this process has the file in its memory."""
    return sum(line.endswith(str(path)) for line in Path("/proc/self/maps").read_text().splitlines())
