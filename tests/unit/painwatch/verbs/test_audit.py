"""`painwatch audit`: what a person sees, and what a person's mistakes look like."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fixtures.looks import NOON
from fixtures.stored import mark, note, transition, write
from painwatch.cli import app
from painwatch.store.history import open_history

CONFIG = """
version: 1
site: test
cages:
  - name: cage
    species: rat
    strain: rendered
    coat: white
    cameras: [{name: left, source: {kind: virtual, view: left}}]
"""


def audit(*arguments: object, config: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["audit", *map(str, arguments), "--config", str(config)], env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result.exit_code, result.output


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path / "config.yaml"


@pytest.fixture
def database(config: Path) -> Path:
    path = config.parent / "data" / "painwatch.sqlite"
    write(path, note(rules="3", cage="other"), transition(words="[bold]look[/]"), mark(NOON, cage="other"))
    return path


def head(database: Path) -> str:
    with open_history(database) as history:
        return str(history.audit_head())


def edit(database: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DROP TRIGGER audit_is_not_edited")
        connection.execute("DROP TRIGGER audit_is_not_deleted")
        connection.execute(statement)


def test_a_whole_log_is_said_to_be_whole(config: Path, database: Path) -> None:
    code, output = audit("verify", config=config)
    assert (code, output.strip()) == (0, f"3 entries are whole; head {head(database)}")
    assert audit("verify", "--head", head(database), config=config)[0] == 0


def test_a_changed_log_ends_with_1_and_says_where(config: Path, database: Path) -> None:
    known = head(database)
    edit(database, "UPDATE audit SET body = '{}' WHERE seq = 2")
    code, output = audit("verify", config=config)
    assert code == 1
    assert f"{database}: entry 2 was edited" in output
    assert "audit_is_not_edited" in output
    assert "BROKEN: 1 entries are whole" in output
    edit_again = "DELETE FROM audit WHERE seq > 1"
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(edit_again)
    code, output = audit("verify", "--head", known, config=config)
    assert code == 1
    assert "entry 3 is missing" in output


def test_the_log_is_shown_and_words_of_people_are_no_markup(config: Path, database: Path) -> None:
    code, output = audit("show", config=config)
    assert code == 0
    lines = output.splitlines()
    assert len(lines) == 4
    assert "rules in force; cage: other; rules: 3" in lines[1]
    assert "pain: pending → active. [bold]look[/]" in lines[2]
    assert "marked surgery. left flank" in lines[3]
    assert lines[3].rstrip().endswith("Ada")
    assert len(audit("show", "--cage", "other", config=config)[1].splitlines()) == 3
    assert len(audit("show", "--to", "2001-01-01", config=config)[1].splitlines()) == 1
    assert len(audit("show", "--from", "2001-01-01T00:00+01:00", config=config)[1].splitlines()) == 4
    code, output = audit("show", "--from", "yesterday", config=config)
    assert code == 2
    assert "2026-01-31T08:00" in output


def test_an_exported_log_is_checked_without_the_history(config: Path, database: Path, tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    code, output = audit("export", file, config=config)
    assert (code, output) == (0, f"{file}: 3 entries; head {head(database)}\n")
    entries = [json.loads(line) for line in file.read_text().splitlines()]
    assert [json.loads(entry["body"])["type"] for entry in entries] == ["audit_note", "transition", "mark"]
    database.unlink()
    assert audit("verify", "--file", file, config=config)[0] == 0
    file.write_text(file.read_text().replace("Ada", "Eve"))
    code, output = audit("verify", "--file", file, config=config)
    assert code == 1
    assert f"{file}: entry 3 was edited" in output


def test_an_export_overwrites_nothing(config: Path, database: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    code, output = audit("export", tmp_path / "mine", config=config)
    assert code == 1
    assert "exists" in output
    assert (tmp_path / "mine").read_text() == "mine"


@pytest.mark.parametrize("verb", [["verify"], ["show"], ["export", "nowhere.jsonl"]])
def test_before_the_first_run_there_is_no_log(
    config: Path, verb: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, output = audit(*verb, config=config)
    assert code == 1
    assert "no history yet" in output
    assert not (tmp_path / "nowhere.jsonl").exists()


def test_a_head_that_is_none_is_told(config: Path, database: Path) -> None:
    code, output = audit("verify", "--head", "abc", config=config)
    assert code == 1
    assert "NUMBER:HASH" in output
