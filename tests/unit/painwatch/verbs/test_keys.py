"""`painwatch keys`, as a person uses it on two hosts."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from painwatch.cli import app

SHIPPED = (Path(__file__).parents[4] / "config.yaml").read_text("utf-8")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(SHIPPED)
    return path


def keys(config: Path, *words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["keys", *words, "--config", str(config)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_keys_are_made_once_and_shown(config: Path) -> None:
    code, _, said = keys(config, "show")
    assert code == 1
    assert "painwatch keys make" in said
    code, made, said = keys(config, "make")
    assert (code, len(made)) == (0, 41)
    assert "On each host with cameras" in said
    assert keys(config, "show")[1] == made
    code, _, said = keys(config, "make")
    assert code == 1
    assert "--renew" in said
    code, renewed, _ = keys(config, "make", "--renew")
    assert code == 0
    assert renewed != made
    secret = (config.parent / "keys" / "secret.key").read_text().strip()
    assert secret not in made + renewed + said


def test_a_camera_host_is_told_what_to_type_at_the_hub(config: Path) -> None:
    config.write_text(SHIPPED + f"network: {{name: room-2, hub: {{host: desk, public_key: '{'0' * 40}'}}}}\n")
    _, key, said = keys(config, "make")
    assert f"painwatch keys allow room-2 '{key.strip()}'" in said


def test_hosts_are_allowed_listed_and_revoked(config: Path) -> None:
    key = keys(config, "make")[1].strip()
    assert keys(config, "list")[1] == ""
    assert keys(config, "allow", "room-2", key)[0] == 0
    assert keys(config, "list")[1] == f"room-2  {key}\n"
    assert keys(config, "revoke", "room-2")[0] == 0
    assert keys(config, "list")[1] == ""
    for words in (("revoke", "room-2"), ("allow", "Room 2", key), ("allow", "room-2", "junk")):
        code, _, said = keys(config, *words)
        assert code == 1
        assert "Traceback" not in said


@pytest.mark.parametrize("verb", ["hub", "web"])
def test_the_hub_does_not_run_on_a_host_that_sends_to_another(config: Path, verb: str) -> None:
    config.write_text(SHIPPED + f"network: {{name: room-2, hub: {{host: desk, public_key: '{'0' * 40}'}}}}\n")
    result = CliRunner().invoke(app, [verb, "--config", str(config)])
    assert result.exit_code == 1
    assert "on another host" in result.stderr


def test_cameras_of_another_host_are_listed_with_it_and_not_captured_here(config: Path) -> None:
    here = "{kind: virtual, scenario: demo, view: right}"
    assert here in SHIPPED
    far = SHIPPED.replace(here, "{kind: remote, host: room-2}").replace("view: left", "view: none-such")
    config.write_text(far + "network: {listen: {host: 127.0.0.1}}\n")
    listed = CliRunner().invoke(app, ["cameras", "--config", str(config)])
    assert "cage-1-right, looks at cage-1: on the host room-2" in listed.output
    captured = CliRunner().invoke(app, ["capture", "cage-1-right", "--config", str(config)])
    assert captured.exit_code == 1
    assert "the camera is on the host room-2" in captured.stderr
