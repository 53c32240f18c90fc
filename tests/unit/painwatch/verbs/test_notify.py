"""`painwatch notify`: what a person sees, and what its exit status tells the supervisor."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from painwatch.cli import app
from servers.web_hook import WebHook

TOKEN = "t0ken-s3cret"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    camera = {"name": "left", "source": {"kind": "rtsp", "url": "rtsp://h/1"}}
    cage = {"name": "cage-1", "species": "rat", "strain": "any", "coat": "white", "cameras": [camera]}
    targets = [
        {"name": "vet", "url": {"env": "VET_URL"}, "kinds": ["welfare"], "minimum_priority": "medium"},
        {"name": "it", "url": {"file": "it.url"}, "cleared": False},
    ]
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "site": "Lab", "cages": [cage], "notify": {"targets": targets}}))
    monkeypatch.delenv("VET_URL", raising=False)
    return file


def notify(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["notify", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    assert TOKEN not in result.output
    return result.exit_code, result.output


def test_targets_are_listed_with_what_keeps_them_from_being_told(config: Path) -> None:
    (config.parent / "it.url").write_text(f"json://127.0.0.1/{TOKEN}\n")
    code, output = notify("list", "--config", config)
    assert code == 0
    vet, it, heartbeat = output.splitlines()
    assert vet.startswith("vet: welfare alarms of medium priority or more; at most 30 messages an hour. Its address")
    assert "$VET_URL: is not set" in vet
    assert it.endswith("of low priority or more, not of their end; at most 30 messages an hour")
    assert heartbeat == "Heartbeat: none"


def test_a_test_reaches_each_target_or_says_why_not(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with WebHook() as hook:
        monkeypatch.setenv("VET_URL", hook.address(path=TOKEN))
        (config.parent / "it.url").write_text(hook.address(path=f"status/404/{TOKEN}") + "\n")
        code, output = notify("test", "--config", config)
        assert code == 1
        assert output.splitlines() == [
            "vet: delivered.",
            "it: not delivered: the server answers HTTP 404 Not Found. See that the address is right and still exists.",
        ]
        code, output = notify("test", "vet", "--config", config)
        assert (code, output) == (0, "vet: delivered.\n")
    assert [taken.message["title"] for taken in hook.taken] == ["Lab: a test of notifications"] * 2


def test_the_last_word_counts_whom_it_reached(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with WebHook() as hook:
        (config.parent / "it.url").write_text(hook.address(path=TOKEN))
        code, output = notify("last-word", "--about", "the hub is down", "--config", config)
        assert (code, output) == (0, "it: delivered.\n")
        assert "the hub is down" in hook.taken[0].message["message"]
        hook.fault = "status/500"
        code, output = notify("last-word", "--about", "the hub is down", "--config", config)
        assert code == 1
        assert "it: not delivered" in output


def test_mistakes_are_told(config: Path) -> None:
    code, output = notify("test", "nobody", "--config", config)
    assert code == 1
    assert 'there is no target "nobody"; Targets: vet, it' in output
    config.write_text(config.read_text().partition("notify:")[0] + yaml.safe_dump({"version": 1, "site": "Lab"}))
    code, output = notify("test", "--config", config)
    assert code == 1
    assert "nobody is told of alarms" in output
    code, output = notify("list", "--config", config)
    assert "Nobody is told of alarms" in output
    code, output = notify("last-word", "--about", "x", "--config", config)
    assert code == 1
    assert "nobody was told" in output
