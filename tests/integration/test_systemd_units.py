"""The units of both examples before systemd itself: it knows every line, and finds no more exposure than promised."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from painwatch.config.loader import load_config
from painwatch.unit_files.folders import Install
from painwatch.unit_files.units import units_for

SHOWN = Path(__file__).parents[2] / "systemd"
EXPOSURE = {"cameras-and-gpu": 17, "network-cameras": 13}
"""The most that `systemd-analyze security` may find, in tenths: 1.7 with cameras and a GPU, 1.3 without."""

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")


def written(folder: Path, example: str, *, supervised: bool, program: Path = Path(sys.executable)) -> list[Path]:
    """The units on disk; templates also as an instance, since systemd judges what it can start."""
    config = load_config(SHOWN / example / "config.yaml")
    files = units_for(
        config,
        config_path=Path("/etc/painwatch/config.yaml"),
        install=Install(program, (Path("/opt/painwatch"),)),
        supervised=supervised,
    )
    for name, text in files.items():
        (folder / name).write_text(text)
        if "@." in name:
            (folder / name.replace("@.", "@one.")).write_text(text)
    return sorted(path for path in folder.iterdir() if "@." not in path.name)


def analyzed(*arguments: str, units: Path) -> subprocess.CompletedProcess[str]:
    # The colon at the end adds systemd's own units.
    environment = os.environ | {"SYSTEMD_UNIT_PATH": f"{units}:", "SYSTEMD_COLORS": "0"}
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, env=environment)


@pytest.mark.parametrize("supervised", [True, False], ids=["supervised", "templates"])
@pytest.mark.parametrize("example", EXPOSURE)
def test_systemd_takes_every_line(tmp_path: Path, example: str, supervised: bool) -> None:
    units = written(tmp_path, example, supervised=supervised)
    done = analyzed("verify", "--man=no", *map(str, units), units=tmp_path)
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize("supervised", [True, False], ids=["supervised", "templates"])
@pytest.mark.parametrize("example", EXPOSURE)
def test_no_service_is_exposed_more_than_promised(tmp_path: Path, example: str, supervised: bool) -> None:
    services = [unit for unit in written(tmp_path, example, supervised=supervised) if unit.suffix == ".service"]
    assert services
    for service in services:
        limit = f"--threshold={EXPOSURE[example]}"
        done = analyzed("security", "--offline=true", "--no-pager", limit, str(service), units=tmp_path)
        assert done.returncode == 0, f"{service.name}\n{done.stdout}{done.stderr}"


def test_a_mistake_would_be_found(tmp_path: Path) -> None:
    (service,) = written(tmp_path, "network-cameras", supervised=True)
    service.write_text(service.read_text().replace("PrivateTmp=", "PrivatTmp="))
    assert "PrivatTmp" in analyzed("verify", "--man=no", str(service), units=tmp_path).stderr
    open_wide = "\n".join(line for line in service.read_text().splitlines() if not line.startswith("Protect"))
    service.write_text(open_wide)
    assert analyzed("security", "--offline=true", "--threshold=13", str(service), units=tmp_path).returncode != 0
