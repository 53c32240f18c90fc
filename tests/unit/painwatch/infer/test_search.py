"""Where the network looks: what is asked for, and that no answer tells a face that no search of its scale showed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch.infer.search import (
    GRID_PX,
    MARGIN_PX,
    SQUARES_PX,
    HowToSearch,
    Place,
    Tracked,
    search,
    square_around,
)

SECOND = 10**9
HOW = HowToSearch(0.9, 10 * SECOND)
WHOLE, HALF = (180, 320), (90, 160)
SHAPE = np.array([[0, 12], [-9, -4], [9, -4], [-22, -20], [22, -20]], float)

Answer = Callable[[np.ndarray], np.ndarray]


def animal(x: float, y: float, likelihood: float = 0.97) -> np.ndarray:
    return np.column_stack([SHAPE + np.array([x, y]), np.full(5, likelihood)])


def frame(height: int = 180, width: int = 320) -> np.ndarray:
    """Every pixel tells where it is: column in blue, row in green."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0], picture[..., 1] = np.arange(width)[None] % 256, np.arange(height)[:, None]
    picture[..., 2] = np.arange(width)[None] // 256
    return picture


class Seeing:
    """A network that knows where the animal is in the whole frame, and finds it in any part that shows all of it."""

    def __init__(self, pose: np.ndarray) -> None:
        self.pose = pose
        self.asked: list[tuple[int, ...]] = []
        self.coarse_sees = 1.0

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        shape = picture.shape[:2]
        self.asked.append(shape)
        pose = self.pose.copy()
        if shape == HALF:
            pose[:, :2] = (pose[:, :2] + 0.5) / 2 - 0.5
            pose[:, 2] *= self.coarse_sees
        elif shape != WHOLE:
            left, top = int(picture[0, 0, 0]) + 256 * int(picture[0, 0, 2]), int(picture[0, 0, 1])
            pose[:, :2] -= (left, top)
            inside = (pose[:, :2] >= 0).all(axis=1) & (pose[:, :2] < shape[0]).all(axis=1)
            pose[~inside, 2] = 0.01
        return pose


def searched(
    network: Answer,
    tracked: Tracked | None,
    time_ns: int = 0,
    how: HowToSearch = HOW,
    picture: np.ndarray | None = None,
) -> tuple[np.ndarray, Tracked]:
    asking = search(frame() if picture is None else picture, tracked, time_ns, how)
    ask = next(asking)
    while True:
        assert ask.network == "keypoints"
        try:
            ask = asking.send({"poses": network(ask.picture)[None]})
        except StopIteration as found:
            return found.value


def test_the_first_look_searches_the_whole_frame() -> None:
    network = Seeing(animal(100, 80))
    pose, tracked = searched(network, None)
    assert network.asked == [WHOLE]
    np.testing.assert_allclose(pose, network.pose)
    assert tracked.face == Place(100, 76, 44)


def test_a_face_is_looked_for_around_where_it_was() -> None:
    _, tracked = searched(Seeing(animal(100, 80)), None)
    network = Seeing(animal(106, 84))
    pose, tracked = searched(network, tracked, SECOND)
    assert network.asked == [(96, 96)]
    np.testing.assert_allclose(pose, network.pose)
    assert tracked.face == Place(106, 80, 44)
    assert tracked.full_ns == 0


def test_a_face_that_is_gone_from_there_is_looked_for_everywhere_at_once() -> None:
    _, tracked = searched(Seeing(animal(60, 80)), None)
    network = Seeing(animal(250, 80))
    pose, tracked = searched(network, tracked, SECOND)
    assert network.asked == [(96, 96), WHOLE]
    np.testing.assert_allclose(pose, network.pose)
    assert tracked.full_ns == SECOND


def test_without_a_face_a_coarse_search_is_enough_to_see_none() -> None:
    _, tracked = searched(Seeing(animal(100, 80, 0.2)), None)
    assert tracked.face is None
    network = Seeing(animal(100, 80, 0.2))
    pose, _ = searched(network, tracked, SECOND)
    assert network.asked == [HALF]
    np.testing.assert_allclose(pose[:, :2], network.pose[:, :2])


def test_a_face_that_comes_back_is_seen_at_once_even_if_the_coarse_search_hardly_sees_it() -> None:
    _, tracked = searched(Seeing(animal(100, 80, 0.2)), None)
    network = Seeing(animal(200, 90))
    network.coarse_sees = 0.35
    pose, tracked = searched(network, tracked, SECOND)
    assert network.asked == [HALF, (96, 96)]
    np.testing.assert_allclose(pose, network.pose)
    assert tracked.face is not None


def test_what_is_nearly_a_face_is_settled_by_the_whole_frame() -> None:
    _, tracked = searched(Seeing(animal(100, 80, 0.2)), None)
    network = Seeing(animal(100, 80, 0.8))
    searched(network, tracked, SECOND)
    assert network.asked == [HALF, (96, 96), WHOLE]


@pytest.mark.parametrize(
    ("time_ns", "how", "height"),
    [(10 * SECOND, HOW, 180), (-1, HOW, 180), (SECOND, HowToSearch(0.9, None), 180), (SECOND, HOW, 240)],
    ids=["due", "the clock was set back", "nothing is tracked", "another size"],
)
def test_a_whole_frame_is_searched_when(time_ns: int, how: HowToSearch, height: int) -> None:
    _, tracked = searched(Seeing(animal(100, 80)), None)
    network = Seeing(animal(100, 80))
    _, tracked = searched(network, tracked, time_ns, how, frame(height))
    assert network.asked == [(height, 320)]
    assert (tracked.full_ns, tracked.size) == (time_ns, (320, height))


def test_a_face_that_fills_the_frame_is_searched_for_in_the_whole_of_it() -> None:
    assert square_around(Place(160, 90, 120), (320, 180)) is None
    assert square_around(Place(60, 40, 40), (128, 96)) is None


def test_a_face_at_the_side_of_its_square_is_searched_for_in_the_whole_frame() -> None:
    _, tracked = searched(Seeing(animal(100, 80)), None)
    network = Seeing(animal(137, 80))
    pose, _ = searched(network, tracked, SECOND)
    assert network.asked == [(96, 96), WHOLE]
    np.testing.assert_allclose(pose, network.pose)


def test_a_square_beyond_the_bottom_is_filled_and_its_points_are_in_place() -> None:
    _, tracked = searched(Seeing(animal(100, 160)), None)
    network = Seeing(animal(100, 163))
    pose, _ = searched(network, tracked, SECOND)
    assert network.asked == [(96, 96)]
    np.testing.assert_allclose(pose, network.pose)


places = st.builds(Place, st.floats(0, 319), st.floats(0, 179), st.floats(0, 96))


@given(places)
def test_a_square_holds_the_face_lies_on_the_grid_and_costs_less_than_the_frame(place: Place) -> None:
    square = square_around(place, (320, 180))
    assert square is not None
    left, top, side = square
    assert side in SQUARES_PX
    assert side >= place.extent + 2 * MARGIN_PX
    for begin, at, length in ((left, place.x, 320), (top, place.y, 180)):
        assert begin % GRID_PX == 0
        assert begin >= 0
        assert begin + side < length + GRID_PX
        assert begin <= at <= begin + side
        # Away from the frame's sides the face has its margin, but for the half step of the grid.
        reach = place.extent / 2 + MARGIN_PX - GRID_PX / 2
        assert begin <= at - reach or begin == 0
        assert begin + side >= at + reach or begin + side >= length


@given(st.lists(st.tuples(st.integers(25, 295), st.integers(25, 165), st.sampled_from([0.05, 0.5, 0.85, 0.97]))))
def test_a_network_that_sees_the_same_in_every_picture_is_never_told_otherwise(
    path: list[tuple[int, int, float]],
) -> None:
    tracked = None
    for index, (x, y, likelihood) in enumerate(path):
        network = Seeing(animal(x, y, likelihood))
        pose, tracked = searched(network, tracked, index * SECOND)
        assert len(network.asked) <= 3
        sees = likelihood >= HOW.seen
        assert bool(pose[0, 2] >= HOW.seen) == sees
        assert (tracked.face is not None) == sees
        if sees:
            np.testing.assert_allclose(pose[0], network.pose[0])
