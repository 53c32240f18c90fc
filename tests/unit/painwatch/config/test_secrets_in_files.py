"""Every secret in a configuration is held to one place, and none that was written there by mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from painwatch.config.loader import load_config
from painwatch.config.secret_checks import secret_faults
from painwatch.config.yaml_tree import read_tree
from painwatch.core.errors import ConfigError

SOURCE = {"kind": "rtsp", "url": "rtsp://cam/1", "username": "u"}
CAGE = {"name": "cage-1", "species": "rat", "strain": "any", "coat": "white"}


def cages(source: dict[str, object]) -> dict[str, object]:
    return {"cages": [{**CAGE, "cameras": [{"name": "left", "source": source}]}]}


WHOLE = {"version": 1, "site": "Lab", **cages(SOURCE)}

PLACES = {
    "camera": lambda secret: cages({**SOURCE, "password": secret}),
    "target": lambda secret: {"notify": {"targets": [{"name": "vet", "url": secret}]}},
    "heartbeat": lambda secret: {"notify": {"heartbeat": secret}},
    "sink token": lambda secret: {"sinks": [{"url": "http://127.0.0.1:8086", "token": secret}]},
    "sink password": lambda secret: {"sinks": [{"url": "http://h:1", "username": "u", "password": secret}]},
    "user": lambda secret: {"page": {"users": [{"name": "ann", "token": secret}]}},
}


def problems_of(tmp_path: Path, settings: dict[str, object]) -> str:
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(WHOLE | settings, sort_keys=False))
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    return str(caught.value)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("secret", "words"),
    [({}, "neither `env` nor `file`"), ({"env": "A", "file": "b"}, "both `env` and `file`")],
)
def test_a_secret_has_exactly_one_place(tmp_path: Path, place: str, secret: dict[str, str], words: str) -> None:
    told = problems_of(tmp_path, PLACES[place](secret))
    assert words in told
    assert "Give exactly one" in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "mistake",
    [
        "tgram://s3cret/chat",
        {"s3cret": 1},
        {"env": "https://hooks/s3cret"},
        {"file": "mailto://u:s3cret@h"},
        {"env": "s3cret value"},
    ],
)
def test_a_secret_that_was_written_itself_is_refused_and_not_told(tmp_path: Path, place: str, mistake: object) -> None:
    told = problems_of(tmp_path, PLACES[place](mistake))
    assert "s3cret" not in told
    assert "config.yaml:" in told


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_with_one_place_is_taken(tmp_path: Path, place: str) -> None:
    tree = read_tree(yaml.safe_dump(WHOLE | PLACES[place]({"env": "A"})))
    assert list(secret_faults(tree)) == []


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner)))
def test_no_shape_of_a_file_breaks_the_search(value: object) -> None:
    tree = read_tree(yaml.safe_dump({"notify": {"targets": value, "heartbeat": value}, "sinks": value, "cages": value}))
    assert list(secret_faults(tree)) == []


def test_targets_have_names_of_their_own(tmp_path: Path) -> None:
    twice = [{"name": "vet", "url": {"env": "A"}}, {"name": "vet", "url": {"env": "B"}}]
    assert 'a second target named "vet"' in problems_of(tmp_path, {"notify": {"targets": twice}})
    taken = [{"name": "heartbeat", "url": {"env": "A"}}]
    assert "Rename this target" in problems_of(tmp_path, {"notify": {"targets": taken}})
