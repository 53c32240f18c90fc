"""Who trains, who stops and who judges: never the same animal twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fixtures.toy_faces import write_toy_set
from painwatch_engines.data.face_folder import FaceFolder
from painwatch_engines.errors import DataError
from painwatch_engines.training.splits import animal_names, split_animals


@pytest.fixture
def data(tmp_path: Path) -> FaceFolder:
    return write_toy_set(tmp_path, animals=tuple(f"rat{i}" for i in range(10)))


@pytest.mark.parametrize("seed", range(5))
def test_drawn_animals_are_apart_and_nothing_is_lost(data: FaceFolder, seed: int) -> None:
    split = split_animals(data, (), (), seed)
    assert split.stopping is not None
    parts = [set(animal_names(data, rows)) for rows in (split.training, split.stopping, split.judged)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 10
    assert [len(part) for part in parts] == [6, 2, 2]
    assert len(split.training) + len(split.stopping) + len(split.judged) == len(data)


def test_named_animals_are_where_they_were_put(data: FaceFolder) -> None:
    split = split_animals(data, ("rat3",), ("rat1", "rat2"), 1)
    assert split.stopping is not None
    assert animal_names(data, split.judged) == ["rat3"]
    assert animal_names(data, split.stopping) == ["rat1", "rat2"]


def test_two_animals_are_one_to_train_on_and_one_to_judge_by(tmp_path: Path) -> None:
    data = write_toy_set(tmp_path, animals=("ada", "bea"))
    split = split_animals(data, (), (), 1)
    assert split.stopping is None
    assert set(animal_names(data, split.training)) | set(animal_names(data, split.judged)) == {"ada", "bea"}


def test_a_draw_leaves_both_kinds_of_faces_on_both_sides(data: FaceFolder) -> None:
    # Pain in two animals only: most draws would leave one side without it.
    labels = np.where(np.isin(data.animals, ("rat4", "rat7")), data.labels, 0)
    split = split_animals(replace(data, labels=labels), (), (), 3)
    assert set(labels[split.training]) == set(labels[split.judged]) == {0, 1}
    assert split.stopping is None, "there is no third animal with pain"


def test_unlabelled_faces_are_in_no_part(data: FaceFolder) -> None:
    labels = np.where(data.animals == "rat0", -1, data.labels)
    split = split_animals(replace(data, labels=labels), (), (), 1, stops=False)
    assert "rat0" not in animal_names(data, np.concatenate([split.training, split.judged]))


def test_sets_that_cannot_be_split_are_told(data: FaceFolder) -> None:
    with pytest.raises(DataError, match="no face of the set is labelled"):
        split_animals(replace(data, labels=np.full(len(data), -1)), (), (), 1)
    with pytest.raises(DataError, match="no face is labelled pain"):
        split_animals(replace(data, labels=np.zeros(len(data), np.int64)), (), (), 1)
    with pytest.raises(DataError, match="of one animal"):
        split_animals(data.rows(data.animals == "rat0"), (), (), 1)
    with pytest.raises(DataError, match="no animal rat77"):
        split_animals(data, ("rat77",), (), 1)
    with pytest.raises(DataError, match="rat1: named to judge by and to stop on"):
        split_animals(data, ("rat1",), ("rat1",), 1)
    only = replace(data, labels=np.where(data.animals == "rat4", data.labels, 0))
    with pytest.raises(DataError, match="left to train on have faces of one kind only"):
        split_animals(only, ("rat4",), (), 1)
    with pytest.raises(DataError, match="no draw of animals"):
        split_animals(only, (), (), 1)
