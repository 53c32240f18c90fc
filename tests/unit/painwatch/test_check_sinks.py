"""`painwatch check` finds that a sink's token or password is not where the settings say."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from fixtures.model_folders import write_classifier_folder, write_keypoint_folder
from painwatch.check.whole import check

CAMERA = {"name": "left", "source": {"kind": "virtual", "view": "left"}}
CAGE = {"name": "cage-1", "species": "rat", "strain": "rendered", "coat": "white", "cameras": [CAMERA]}
SETTINGS = {
    "version": 1,
    "site": "Room 1",
    "cages": [CAGE],
    "keypoints": {"model": "keypoints"},
    "classifier": {"model": "classifier"},
    "runtime": {"run_dir": "run", "data_dir": "data"},
    "page": {"port": 0},
}
URL = "http://127.0.0.1:8086"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    write_keypoint_folder(tmp_path / "keypoints")
    write_classifier_folder(tmp_path / "classifier")
    return tmp_path


def found(room: Path, *sinks: dict[str, object]) -> list[tuple[str, bool]]:
    (room / "config.yaml").write_text(yaml.safe_dump(SETTINGS | {"sinks": list(sinks)}))
    return [(str(finding), finding.fatal) for finding in check(room / "config.yaml", devices=False)]


def test_a_token_that_is_not_set_is_told_where_it_is_asked_for(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFLUX_TOKEN", raising=False)
    ((words, fatal),) = found(room, {"url": URL, "token": {"env": "INFLUX_TOKEN"}})
    assert not fatal
    assert "sink influxdb would get no records: $INFLUX_TOKEN is not set" in words
    assert "Set it to the login of sink influxdb" in words
    monkeypatch.setenv("INFLUX_TOKEN", "s3cret")
    assert found(room, {"url": URL, "token": {"env": "INFLUX_TOKEN"}}) == []


def test_a_password_file_that_is_not_there_is_told(room: Path) -> None:
    login = {"username": "vet", "password": {"file": "influx-password"}}
    ((words, _),) = found(room, {"url": URL} | login)
    assert "influx-password" in words
    (room / "influx-password").write_text("s3cret\n")
    (room / "influx-password").chmod(0o600)
    assert found(room, {"url": URL} | login) == []


@pytest.mark.parametrize("annotations", [True, False])
def test_a_token_of_grafana_is_asked_for_where_the_hub_needs_it(
    room: Path, monkeypatch: pytest.MonkeyPatch, annotations: bool
) -> None:
    monkeypatch.delenv("GRAFANA_TOKEN", raising=False)
    grafana = {"token": {"env": "GRAFANA_TOKEN"}, "annotations": annotations}
    (room / "config.yaml").write_text(yaml.safe_dump(SETTINGS | {"grafana": grafana}))
    findings = [(str(finding), finding.fatal) for finding in check(room / "config.yaml", devices=False)]
    assert len(findings) == annotations
    for words, fatal in findings:
        assert not fatal
        assert "Grafana would get no annotations: $GRAFANA_TOKEN is not set" in words


def test_a_sink_without_a_login_needs_none(room: Path) -> None:
    assert found(room, {"url": URL}) == []
