"""The web process: where it listens, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.core.errors import PainwatchError
from painwatch.web.server import run_web


def configured(port: int) -> dict[str, object]:
    camera = {"name": "left", "source": {"kind": "virtual", "view": "left"}}
    cage = {"name": "cage-1", "species": "rat", "strain": "rendered", "coat": "white", "cameras": [camera]}
    return {"version": 1, "site": "Room", "cages": [cage], "page": {"port": port}}


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, Callable[[], tuple[int, str]]]]:
    """The page's address, and what ends it and gives its exit code and log."""
    (folder / "config.yaml").write_text(yaml.safe_dump(configured(0)))
    (folder / "run").mkdir()
    arguments = [sys.executable, "-m", "fixtures.serve_page", *(folder / n for n in ("config.yaml", "run", "data"))]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None

        def end() -> tuple[int, str]:
            process.send_signal(signal.SIGTERM)
            log = process.communicate(timeout=60)[1]
            return process.returncode, log

        try:
            yield process.stdout.readline().strip(), end
        finally:
            if process.poll() is None:
                process.kill()


def test_it_answers_without_a_hub_or_a_history_and_ends_when_told(tmp_path: Path) -> None:
    with served(tmp_path) as (address, end):
        with urllib.request.urlopen(address, timeout=60) as answer:
            page = answer.read().decode()
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "has not been heard yet" in page
        for path, what in (("healthz", "reasons"), ("api/snapshot", "what"), ("api/cages/cage-1/minutes", "what")):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(address + path, timeout=60)
            with refused.value as error:
                assert error.code == 503
                assert json.load(error)[what]
        code, log = end()
    assert code == 0
    assert "Traceback" not in log


def test_an_address_in_use_is_told_with_how_to_mend_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = Config.model_validate(configured(taken.getsockname()[1]))
        with pytest.raises(PainwatchError, match="cannot listen") as refused:
            run_web(config, Places(tmp_path, tmp_path), config_dir=tmp_path, stop=threading.Event())
    assert "port" in refused.value.mend
    assert refused.value.where.startswith("127.0.0.1 port ")


def test_a_host_that_is_not_ours_is_told(tmp_path: Path) -> None:
    settings = configured(0)
    settings["page"] = {"host": "203.0.113.7", "port": 0, "proxy": {"addresses": ["203.0.113.1"]}}
    config = Config.model_validate(settings)
    with pytest.raises(PainwatchError, match="cannot listen"):
        run_web(config, Places(tmp_path, tmp_path), config_dir=tmp_path, stop=threading.Event())
