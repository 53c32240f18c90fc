"""The processes of a configuration."""

from __future__ import annotations

from pathlib import Path

from painwatch.config.loader import load_config
from painwatch.supervise.roster import Duty, children_of


def test_the_shipped_configuration_needs_a_process_per_camera_and_device() -> None:
    children = children_of(load_config(Path(__file__).parents[4] / "config.yaml"), Path("/etc/c.yaml"), "py")
    assert [child.name for child in children] == [
        "hub",
        "capture-cage-1-left",
        "capture-cage-1-right",
        "infer-cpu",
        "web",
    ]
    assert children[1].command == ("py", "-m", "painwatch", "capture", "cage-1-left", "--config", "/etc/c.yaml")


def test_the_hub_stops_last() -> None:
    assert max(Duty) is Duty.HUB
