"""The containers' file as docker-compose reads it, and its configuration against the shipped one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from painwatch.config.loader import load_config

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "dashboards" / "compose"
SECRETS = ("INFLUX_PASSWORD", "INFLUX_TOKEN", "GRAFANA_PASSWORD")


def read_by_compose(**secrets: str) -> subprocess.CompletedProcess[str]:
    command = [shutil.which("docker-compose") or "", "-f", str(ROOT / "compose.yaml"), "config"]
    environment = {name: value for name, value in os.environ.items() if name not in SECRETS} | secrets
    return subprocess.run(command, cwd=FOLDER, env=environment, capture_output=True, text=True, timeout=120)


needs_compose = pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose is not installed")


@needs_compose
def test_compose_understands_the_file() -> None:
    read = read_by_compose(**dict.fromkeys(SECRETS, "x"))
    assert read.returncode == 0, read.stderr
    services = yaml.safe_load(read.stdout)["services"]
    assert set(services) == {"influxdb", "database", "provisioning", "grafana", "painwatch"}


@needs_compose
@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_is_not_set_is_asked_for(name: str) -> None:
    read = read_by_compose(**{other: "x" for other in SECRETS if other != name})
    assert read.returncode != 0
    assert "set it in .env" in read.stderr


def test_what_is_published_is_published_to_this_machine_only() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
    published = [port for service in services.values() for port in service.get("ports", ())]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_example_names_every_secret_and_holds_none() -> None:
    lines = (FOLDER / "example.env").read_text("utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == [f"{name}=" for name in SECRETS]


def test_its_configuration_is_the_shipped_one_but_for_where_results_go() -> None:
    shipped, contained = (load_config(path) for path in (ROOT / "config.yaml", FOLDER / "config.yaml"))
    assert contained.sinks[0].url == "http://127.0.0.1:8086"
    same = {"sinks": shipped.sinks, "grafana": shipped.grafana, "runtime": shipped.runtime}
    assert contained.model_copy(update=same) == shipped


def test_the_image_holds_all_that_it_copies() -> None:
    copied = [
        part
        for line in (FOLDER / "Dockerfile").read_text("utf-8").splitlines()
        if line.startswith("COPY ")
        for part in line.split()[1:-1]
    ]
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    assert copied
    assert set(copied) <= set(kept)
    assert all((ROOT / part).exists() for part in copied)
