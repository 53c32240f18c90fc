"""Where secrets are read: the environment, a file, or the credential that systemd made of either."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch.config.sources import Secret
from painwatch.core.errors import PainwatchError
from painwatch.secrets import credential_of_file, credential_of_variable, held_file, read_secret


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def test_a_file_is_read_from_the_configurations_folder(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("abc\n")
    assert read_secret(Secret(file=Path("token")), config_dir=tmp_path) == "abc"


def test_the_credential_of_a_file_goes_before_the_file(tmp_path: Path, store: Path) -> None:
    (tmp_path / "token").write_text("the file's")
    (store / credential_of_file(tmp_path / "token")).write_text("the credential's\n")
    assert read_secret(Secret(file=tmp_path / "token"), config_dir=Path("/elsewhere")) == "the credential's"
    assert held_file(tmp_path / "other") == tmp_path / "other"


def test_an_empty_credential_stands_for_a_file_that_was_not_there(tmp_path: Path, store: Path) -> None:
    (store / credential_of_file(tmp_path / "token")).write_text("")
    with pytest.raises(PainwatchError, match="when the service started") as caught:
        read_secret(Secret(file=tmp_path / "token"), config_dir=tmp_path)
    assert caught.value.where == str(tmp_path / "token")
    assert "restart" in caught.value.mend


def test_a_variable_goes_before_its_credential(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Secret(env="PAINWATCH_TEST_TOKEN")
    with pytest.raises(PainwatchError, match="is not set") as caught:
        read_secret(secret, config_dir=store)
    assert "/etc/credstore/painwatch.env.PAINWATCH_TEST_TOKEN" in caught.value.mend
    (store / credential_of_variable("PAINWATCH_TEST_TOKEN")).write_text("kept\n")
    assert read_secret(secret, config_dir=store) == "kept"
    monkeypatch.setenv("PAINWATCH_TEST_TOKEN", "set")
    assert read_secret(secret, config_dir=store) == "set"


@given(st.text(min_size=1).filter(lambda name: "\0" not in name))
def test_a_credentials_name_is_one_that_systemd_takes(name: str) -> None:
    assert re.fullmatch(
        r"[A-Za-z0-9._-]{1,255}", credential_of_file(Path("/etc") / name.encode().decode("utf-8", "replace"))
    )


def test_files_of_one_name_have_credentials_of_their_own() -> None:
    assert credential_of_file(Path("/a/token")) != credential_of_file(Path("/b/token"))
    assert credential_of_file(Path("/a/b/../token")) == credential_of_file(Path("/a/token"))
    assert credential_of_file(Path("/a/token")).startswith("painwatch.file.token-")
