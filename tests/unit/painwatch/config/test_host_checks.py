"""Mistakes between cameras of other hosts and the network are told where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from painwatch.config.loader import load_config
from painwatch.config.models import Config
from painwatch.core.errors import ConfigError, Problem

HUB = """\
version: 1
site: Two rooms
cages:
  - name: cage-1
    species: rat
    strain: rendered
    coat: white
    cameras:
      - name: near
        source: {kind: virtual, scenario: demo, view: left}
      - name: far
        source: {kind: remote, host: room-2}
network: {name: desk, listen: {host: 192.0.2.1}}
"""


def loaded(tmp_path: Path, text: str) -> Config:
    (tmp_path / "config.yaml").write_text(text)
    return load_config(tmp_path / "config.yaml")


def problem(tmp_path: Path, text: str) -> Problem:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    (only,) = caught.value.problems
    return only


def sending(name: str = "room-2") -> str:
    key = "#" * 40
    return HUB.replace(
        "{name: desk, listen: {host: 192.0.2.1}}", f"{{name: {name}, hub: {{host: 192.0.2.1, public_key: '{key}'}}}}"
    )


def test_a_camera_of_another_host_needs_no_worker_here(tmp_path: Path) -> None:
    config = loaded(tmp_path, HUB)
    assert [camera.name for _, camera in config.local_cameras] == ["near"]
    assert loaded(tmp_path, HUB + "workers: [{name: cpu, cameras: [near]}]\n").workers[0].name == "cpu"
    told = problem(tmp_path, HUB + "workers: [{name: cpu, cameras: [near, far]}]\n")
    assert 'camera "far" is judged on another host' in told.what
    assert (told.line, told.column) == (14, 39)


def test_a_hub_that_listens_to_nobody_hears_nothing_of_other_hosts(tmp_path: Path) -> None:
    told = problem(tmp_path, HUB.replace(", listen: {host: 192.0.2.1}", ""))
    assert "takes in nothing from others" in told.what
    assert "network: listen:" in told.mend
    assert told.line == 12


def test_a_host_is_not_another_one(tmp_path: Path) -> None:
    told = problem(tmp_path, HUB.replace("name: desk", "name: room-2"))
    assert '"room-2" is this host itself' in told.what
    assert (told.line, told.column) == (12, 38)


def test_a_host_name_that_no_key_can_have_is_refused(tmp_path: Path) -> None:
    assert "a-z, 0-9 and dashes" in problem(tmp_path, HUB.replace("host: room-2", "host: ../Room")).mend


def test_a_camera_host_has_cameras_and_a_name(tmp_path: Path) -> None:
    assert loaded(tmp_path, sending().replace("host: room-2", "host: room-3")).network.hub
    only_remote = (
        sending()
        .replace("host: room-2", "host: room-3")
        .replace("{kind: virtual, scenario: demo, view: left}", "{kind: remote, host: room-3}")
    )
    assert "has no camera of its own" in problem(tmp_path, only_remote).what
    assert "has no name" in problem(tmp_path, sending("here")).what


def test_a_host_has_the_hub_or_sends_to_it(tmp_path: Path) -> None:
    both = sending().replace("{name: room-2,", "{name: room-3, listen: {host: 192.0.2.7},")
    assert "both listen and hub" in problem(tmp_path, both).what


@pytest.mark.parametrize("key", ["short", "#" * 39, "~" * 40, "#" * 41])
def test_what_is_no_key_is_refused(tmp_path: Path, key: str) -> None:
    assert problem(tmp_path, sending("room-3").replace("#" * 40, key)).line == 13
