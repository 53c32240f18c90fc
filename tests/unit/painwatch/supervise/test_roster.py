"""The processes of a configuration."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from painwatch.config.loader import load_config
from painwatch.config.models import Config
from painwatch.supervise.roster import Duty, children_of

SHIPPED = load_config(Path(__file__).parents[4] / "config.yaml")


def test_the_shipped_configuration_needs_a_process_per_camera_and_device() -> None:
    children = children_of(SHIPPED, Path("/etc/c.yaml"), "py")
    assert [child.name for child in children] == [
        "hub",
        "capture-cage-1-left",
        "capture-cage-1-right",
        "infer-cpu",
        "web",
    ]
    assert children[1].command == ("py", "-P", "-m", "painwatch", "capture", "cage-1-left", "--config", "/etc/c.yaml")


def test_a_host_runs_what_it_sees_itself() -> None:
    def names(cameras: dict[str, dict[str, str]], network: dict[str, object]) -> list[str]:
        facts = {"name": "cage-1", "species": "rat", "strain": "rendered", "coat": "white"}
        sources = [{"name": name, "source": source} for name, source in cameras.items()]
        whole = {"version": 1, "site": "s", "cages": [facts | {"cameras": sources}], "network": network}
        return [child.name for child in children_of(Config.model_validate(whole), Path("c.yaml"), "py")]

    here, there = {"kind": "virtual", "view": "left"}, {"kind": "remote", "host": "room-2"}
    listen = {"listen": {"host": "192.0.2.1"}}
    assert names({"near": here, "far": there}, listen) == ["hub", "capture-near", "infer-cpu", "web"]
    assert names({"far": there}, listen) == ["hub", "web"]
    to_hub = {"name": "room-2", "hub": {"host": "192.0.2.1", "public_key": "0" * 40}}
    assert names({"far": here}, to_hub) == ["capture-far", "infer-cpu"]


def test_the_hub_stops_last() -> None:
    assert max(Duty) is Duty.HUB


def test_a_child_runs_nothing_from_the_folder_it_is_started_in(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise SystemExit('a stranger was run')\n")
    command = children_of(SHIPPED, Path("absent.yaml"), sys.executable)[0].command
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "there is no such file" in done.stderr
