"""Two hosts on one machine: one has the camera and judges it, the other has the hub and the page."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
import yaml

from fixtures.hosts import free_port
from fixtures.model_folders import write_classifier_folder, write_keypoint_folder
from fixtures.whole_watch import Watch, camera, process, running_watch
from painwatch.core.live import Snapshot
from painwatch.core.types import CameraPhase, Status
from painwatch.store.history import END_OF_TIME_NS, open_history

ANIMAL = {"name": "far", "species": "rat", "strain": "rendered", "coat": "white", "sample_rate_hz": 2}
REMOTE = {"kind": "remote", "host": "room-2"}
VIRTUAL = {"kind": "virtual", "scenario": "demo", "view": "left"}


def painwatch(folder: Path, *words: str) -> str:
    """What a verb prints; it must succeed."""
    command = [sys.executable, "-m", "painwatch", *words, "--config", str(folder / "config.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Pair:
    """The folders of both hosts, with their settings; keys are made as a person makes them."""

    def __init__(self, folder: Path) -> None:
        self.hub, self.room = folder / "hub", folder / "room"
        port = free_port()
        for host in (self.hub, self.room):
            host.mkdir()
            write_keypoint_folder(host / "keypoints")
            write_classifier_folder(host / "classifier")
        self.hub_settings = self._settings(REMOTE, {"name": "desk", "listen": {"host": "127.0.0.1", "port": port}})
        self.room_settings: dict[str, object] = {}
        self._port = port

    def exchange_keys(self) -> None:
        """As docs/network.md says."""
        write_config(self.hub, self.hub_settings)
        hub_key = painwatch(self.hub, "keys", "make").strip()
        way = {"host": "127.0.0.1", "port": self._port, "public_key": hub_key}
        self.room_settings = self._settings(VIRTUAL, {"name": "room-2", "hub": way})
        write_config(self.room, self.room_settings)
        self.room_key = painwatch(self.room, "keys", "make").strip()
        painwatch(self.hub, "keys", "allow", "room-2", self.room_key)
        assert painwatch(self.hub, "keys", "list").split() == ["room-2", self.room_key]

    @staticmethod
    def _settings(source: dict[str, str], network: dict[str, object]) -> dict[str, object]:
        return {
            "cages": [ANIMAL | {"cameras": [{"name": "far-left", "source": source}]}],
            "keypoints": {"model": "keypoints"},
            "classifier": {"model": "classifier"},
            "quality": {"sharpness_min": 0},
            "network": network,
        }


def write_config(folder: Path, settings: dict[str, object]) -> None:
    """The file that `running_watch` will write again."""
    where = {"runtime": {"run_dir": "run", "data_dir": "data"}, "page": {"port": 0}}
    (folder / "config.yaml").write_text(yaml.safe_dump({"version": 1, "site": "test"} | settings | where))


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    made = Pair(tmp_path)
    made.exchange_keys()
    return made


def judged(snapshot: Snapshot) -> bool:
    (cage,) = snapshot.cages
    state = camera(snapshot, "far-left").state
    live = state is not None and state.phase is CameraPhase.LIVE
    return live and cage.status is Status.OK and cage.last_point is not None and cage.points_per_s > 0


def silent(snapshot: Snapshot) -> bool:
    return snapshot.cages[0].status is Status.STALE and snapshot.malformed_messages > 0


def points(watch: Watch) -> int:
    with open_history(watch.places.database) as history:
        return len(history.points("far", 0, END_OF_TIME_NS))


def page(watch: Watch) -> str:
    """The page as a browser first gets it."""
    (address,) = re.findall(r"the page is at (\S+)", watch.places.log("web").read_text())
    with urlopen(address, timeout=30) as answer:
        return str(answer.read().decode())


@pytest.mark.timeout(500)
def test_a_camera_of_another_host_is_judged_there_and_fused_here(pair: Pair) -> None:
    painwatch(pair.hub, "check")
    with running_watch(pair.hub, pair.hub_settings) as hub, running_watch(pair.room, pair.room_settings) as room:
        snapshot, _ = hub.until(judged, what="points of the other host's camera")
        snapshot, _ = hub.until(
            lambda s: all(process(s, name) for name in ("hub", "web", "room-2:infer-cpu", "room-2:capture-far-left")),
            what="the processes of both hosts",
        )
        assert len(snapshot.processes) == 4
        assert snapshot.malformed_messages == 0
        assert "Pictures stay on the host room-2" in page(hub)
        assert "sends to the hub at 127.0.0.1" in painwatch(pair.room, "status")
        assert not Path(room.places.live.removeprefix("ipc://")).exists(), "a camera host has no hub"

        painwatch(pair.hub, "keys", "revoke", "room-2")
        hub.until(silent, what="the revoked host's camera told as silent")
        painwatch(pair.hub, "keys", "allow", "room-2", pair.room_key)
        hub.until(judged, what="the host let in again")

        first = process(snapshot, "hub")
        assert first is not None
        assert first.pid is not None
        before = points(hub)
        os.kill(first.pid, signal.SIGKILL)
        hub.until(lambda s: judged(s) and points(hub) > before, what="points after the hub was killed")
        room.stop()
        hub.until(lambda s: s.cages[0].status is Status.STALE, what="a camera host that ended told as silent")
        hub.stop()
    for watch in (hub, room):
        assert not list(watch.places.run_dir.glob("**/*")), "something was left in a run folder"
