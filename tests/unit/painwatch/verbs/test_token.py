"""`painwatch token`: strong tokens, and what to do with them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from painwatch.cli import app
from painwatch.config.page import PageConfig
from painwatch.config.page import Role as SettingsRole
from painwatch.verbs.token import Role
from painwatch.web.access.users import why_weak


def token(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["token", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_it_knows_every_role() -> None:
    assert list(Role) == list(SettingsRole)


def test_each_is_another_strong_one_and_alone_on_stdout() -> None:
    made = [token("anna")[1] for _ in range(3)]
    assert len(set(made)) == 3
    for line in made:
        assert line.count("\n") == 1
        assert len(line.strip()) == 43
        assert why_weak(line.strip()) == ""


def test_it_says_how_to_store_and_name_it() -> None:
    code, made, how = token("anna", "--role", "administer")
    assert code == 0
    assert "umask 077; cat > anna.token" in how
    assert made.strip() not in how
    page = yaml.safe_load(how.partition("that file:\n")[2].partition("Then start")[0])
    (user,) = PageConfig.model_validate(page["page"]).users
    assert (user.name, user.role, user.token.file) == ("anna", "administer", Path("anna.token"))


def test_stored_in_a_file_it_is_shown_to_nobody(tmp_path: Path) -> None:
    path = tmp_path / "wall.token"
    code, shown, how = token("wall", "--file", path)
    assert (code, shown) == (0, "")
    made = path.read_text()
    assert why_weak(made.removesuffix("\n")) == ""
    assert made.strip() not in how
    assert f"{{name: wall, role: view, token: {{file: {path}}}}}" in how
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_file_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "wall.token"
    path.write_text("kept")
    code, shown, said = token("wall", "--file", path)
    assert (code, shown) == (1, "")
    assert "is there already" in said
    assert path.read_text() == "kept"


@pytest.mark.parametrize("name", ["Anna", "a b", "", "a/b", "-a-", "x" * 60])
def test_a_name_that_the_configuration_would_refuse_is_refused_here(name: str) -> None:
    code, shown, said = token("--", name)
    assert (code, shown) == (1, "")
    assert "no name for a user" in said


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    code, _, said = token("wall", "--file", tmp_path / "none" / "wall.token")
    assert code == 1
    assert "Check the path" in said
