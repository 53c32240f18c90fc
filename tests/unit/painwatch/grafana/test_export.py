"""`painwatch grafana export`: files for Grafana's provisioning folder, and nothing else in it touched."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from fixtures.grafana_push import SECRETS, settings_for, small_boards
from painwatch.cli import app
from painwatch.grafana.names import data_source_uid, rule_uid
from painwatch.grafana.strict import check_files

WRITTEN = {
    "alerting/painwatch-contact-points.yaml",
    "alerting/painwatch-policies.yaml",
    "alerting/painwatch-rules.yaml",
    "dashboards/painwatch.yaml",
    "dashboards/painwatch/cage.json",
    "dashboards/painwatch/overview.json",
    "datasources/painwatch.yaml",
}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("painwatch.grafana.export.dashboards", small_boards)
    return written(tmp_path / "config.yaml")


def written(file: Path, site: str = "Lab $1", **grafana: object) -> Path:
    file.write_text(yaml.safe_dump(settings_for("http://g:3000", **grafana) | {"site": site}))
    return file


def export(folder: Path, config: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["grafana", "export", str(folder), "--config", str(config), *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.output.split())


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_everything_is_written_and_then_nothing(tmp_path: Path, config: Path) -> None:
    folder = tmp_path / "provisioning"
    code, said = export(folder, config)
    assert code == 0
    assert files_in(folder) == WRITTEN
    assert said.count("wrote ") == len(WRITTEN)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert export(folder, config) == (0, f"{folder}: nothing to change")
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_the_files_belong_together_and_hold_no_secret(tmp_path: Path, config: Path) -> None:
    folder = tmp_path / "provisioning"
    export(folder, config, "--seen-as", "/etc/grafana/provisioning/")
    (source,) = yaml.safe_load((folder / "datasources/painwatch.yaml").read_text())["datasources"]
    assert source["uid"] == data_source_uid("Lab $1")
    (provider,) = yaml.safe_load((folder / "dashboards/painwatch.yaml").read_text())["providers"]
    assert provider["options"] == {"path": "/etc/grafana/provisioning/dashboards/painwatch"}
    # Grafana makes the rules' folder first, under a uid of its own: another uid here would be a second folder.
    rules = yaml.safe_load((folder / "alerting/painwatch-rules.yaml").read_text())
    assert {group["folder"] for group in rules["groups"]} == {provider["folder"]}
    assert "folderUid" not in provider
    assert provider["name"] == "painwatch Lab $$1"
    assert json.loads((folder / "dashboards/painwatch/cage.json").read_text())["uid"] == "painwatch-board-cage"
    for name in WRITTEN:
        text = (folder / name).read_text()
        assert not [secret for secret in SECRETS.values() if secret in text]
        # Grafana runs as a user of its own.
        assert stat.S_IMODE((folder / name).stat().st_mode) & 0o444 == 0o444


def test_what_is_in_the_folder_besides_stays(tmp_path: Path, config: Path) -> None:
    folder = tmp_path / "provisioning"
    others = {"datasources/other.yaml": "a: 1\n", "alerting/painwatch-mine.yaml": "b: 2\n", "dashboards/x.json": "{}"}
    for name, text in others.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    export(folder, config)
    assert files_in(folder) == WRITTEN | others.keys()
    assert {name: (folder / name).read_text() for name in others} == others


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("datasources/painwatch.yaml", b"apiVersion: 1\n"),
        ("alerting/painwatch-policies.yaml", b"\xff\xfe"),
        ("dashboards/painwatch/cage.json", b'{"uid": "another"}'),
        ("dashboards/painwatch/cage.json", b"not json"),
    ],
)
def test_files_of_others_are_not_written_over(tmp_path: Path, config: Path, name: str, text: bytes) -> None:
    folder = tmp_path / "provisioning"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_bytes(text)
    code, said = export(folder, config)
    assert code == 1
    assert f"{folder / name}: was not written for this site by painwatch" in said
    assert files_in(folder) == {name}
    assert (folder / name).read_bytes() == text


def test_another_site_does_not_write_over_the_first(tmp_path: Path, config: Path) -> None:
    folder = tmp_path / "provisioning"
    export(folder, config)
    code, said = export(folder, written(tmp_path / "other.yaml", site="Lab 2"))
    assert code == 1
    assert "was not written for this site" in said


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path, config: Path) -> None:
    folder = tmp_path / "provisioning"
    (folder / "alerting" / "painwatch-rules.yaml").mkdir(parents=True)
    assert export(folder, config)[0] == 1
    assert files_in(folder) == set()


def test_a_file_that_is_no_longer_needed_is_removed(tmp_path: Path, config: Path) -> None:
    folder = tmp_path / "provisioning"
    export(folder, config)
    code, said = export(folder, written(config, contact_points=[]))
    assert code == 0
    assert said.count("removed ") == 2
    assert files_in(folder) == {name for name in WRITTEN if "contact" not in name and "policies" not in name}


def test_rules_that_are_gone_are_deleted_until_they_come_back(tmp_path: Path, config: Path) -> None:
    folder, text = tmp_path / "provisioning", config.read_text()
    deleted = {"orgId": 1, "uid": rule_uid("Lab $1", "cannot-judge")}

    def delete_rules() -> object:
        return yaml.safe_load((folder / "alerting/painwatch-rules.yaml").read_text()).get("deleteRules")

    export(folder, config)
    assert delete_rules() is None
    settings = yaml.safe_load(text)
    settings["alarms"]["off"] = ["cannot-judge"]
    config.write_text(yaml.safe_dump(settings))
    for _ in range(2):
        assert export(folder, config)[0] == 0
        assert delete_rules() == [deleted]
    assert export(folder, config)[1] == f"{folder}: nothing to change"
    assert check_files([folder / "alerting/painwatch-rules.yaml"]) == ()
    config.write_text(text)
    export(folder, config)
    assert delete_rules() is None


@pytest.mark.parametrize("broken", ["groups: [", "groups: 3", "[]", "groups: [{rules: [{}]}]"])
def test_a_file_of_ours_that_somebody_broke_is_written_anew(tmp_path: Path, config: Path, broken: str) -> None:
    folder = tmp_path / "provisioning"
    export(folder, config)
    file = folder / "alerting/painwatch-rules.yaml"
    whole = file.read_text()
    file.write_text(f"{whole.splitlines()[0]}\n{broken}\n")
    assert export(folder, config) == (0, f"wrote {file}")
    assert file.read_text() == whole


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "provisioning"
    export(folder, config)
    before = {name: (folder / name).read_text() for name in WRITTEN}

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    code, said = export(folder, written(config, folder="Rats"))
    assert code == 1
    assert "Make room on the disk" in said
    assert {name: (folder / name).read_text() for name in files_in(folder)} == before
