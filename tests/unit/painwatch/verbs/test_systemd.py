"""`painwatch systemd`: writing units, and leaving alone what others wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from painwatch.cli import app

CAMERA = {
    "name": "left",
    "source": {"kind": "rtsp", "url": "rtsp://192.0.2.7/1", "username": "me", "password": {"file": "left.password"}},
}
SINK = {"url": "http://192.0.2.9:8086", "token": {"env": "PAINWATCH_TEST_TOKEN"}}
CAGE = {"name": "cage-1", "species": "rat", "strain": "rendered", "coat": "white", "cameras": [CAMERA]}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write(tmp_path)


def write(folder: Path, **settings: object) -> Path:
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "site": "Room", "cages": [CAGE], "sinks": [SINK]} | settings))
    return path


def invoke(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["systemd", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_nothing_is_written_unless_a_folder_is_named(config: Path) -> None:
    before = set(config.parent.iterdir())
    code, said = invoke("install", "--config", config)
    assert code == 0
    assert "/etc/systemd/system/painwatch.service: would be written" in said
    assert "Nothing was written" in said
    assert set(config.parent.iterdir()) == before


def test_units_are_written_once(config: Path, tmp_path: Path) -> None:
    units = tmp_path / "units"
    units.mkdir()
    code, said = invoke("install", "--config", config, "--to", units)
    assert code == 0
    assert f"{units / 'painwatch.service'}: written" in said
    assert "systemctl enable --now painwatch.service" in said
    text = (units / "painwatch.service").read_text()
    assert f"--config {config}" in text
    assert "bin/painwatch run" in text
    assert "LoadCredential=painwatch.file.left.password-" in text
    stamp = (units / "painwatch.service").stat().st_mtime_ns
    code, said = invoke("install", "--config", config, "--to", units)
    assert f"{units / 'painwatch.service'}: is up to date" in said
    assert (units / "painwatch.service").stat().st_mtime_ns == stamp
    assert [path.name for path in units.iterdir()] == ["painwatch.service"]


def test_what_services_will_miss_is_told(config: Path, tmp_path: Path) -> None:
    (tmp_path / "left.password").write_text("secret")
    _, said = invoke("install", "--config", config)
    assert "left.password" not in said
    (tmp_path / "left.password").unlink()
    config.chmod(0o600)
    _, said = invoke("install", "--config", config)
    assert f"{tmp_path / 'left.password'}: there is no such file" in said
    assert "/etc/credstore/painwatch.env.PAINWATCH_TEST_TOKEN" in said
    assert "chmod o+r" in said


def test_what_others_wrote_is_left_alone_and_nothing_else_written(config: Path, tmp_path: Path) -> None:
    units = tmp_path / "units"
    units.mkdir()
    (units / "painwatch-web.service").write_text("[Unit]\nDescription=mine\n")
    code, said = invoke("install", "--config", config, "--to", units, "--templates")
    assert code == 1
    assert "somebody else wrote this" in said
    assert [path.name for path in units.iterdir()] == ["painwatch-web.service"]


def test_units_of_the_other_layout_are_named(config: Path, tmp_path: Path) -> None:
    units = tmp_path / "units"
    units.mkdir()
    invoke("install", "--config", config, "--to", units)
    _, said = invoke("install", "--config", config, "--to", units, "--templates")
    assert f"{units / 'painwatch.service'} is of an earlier installation" in said
    assert "systemctl enable --now painwatch.target" in said


def test_only_what_systemd_reads_is_enabled(config: Path, tmp_path: Path) -> None:
    code, said = invoke("install", "--config", config, "--to", tmp_path, "--enable")
    assert code == 1
    assert "add --to /etc/systemd/system" in said


def test_a_user_of_its_own_is_made_where_keys_must_be_its(tmp_path: Path) -> None:
    config = write(tmp_path, network={"listen": {"host": "192.0.2.1"}}, runtime={"data_dir": "/data/pain"})
    _, said = invoke("install", "--config", config)
    steps = [line.strip() for line in said.partition("Then:")[2].splitlines() if line.strip()]
    assert steps == [
        "systemd-sysusers /etc/systemd/system/painwatch.sysusers",
        "systemd-tmpfiles --create /etc/systemd/system/painwatch.tmpfiles",
        f"chown --recursive painwatch:painwatch {tmp_path / 'keys'}",
        "systemctl daemon-reload",
        "systemctl enable --now painwatch.service",
    ]


def test_units_can_be_looked_at(config: Path) -> None:
    code, said = invoke("show", "--config", config, "--templates")
    assert code == 0
    assert "# /etc/systemd/system/painwatch-hub.service" in said
    assert said.count("[Service]") == 5
