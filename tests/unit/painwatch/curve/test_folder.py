"""The folder of keys: made, read, and refused when it cannot be trusted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import zmq

from painwatch.core.errors import PainwatchError
from painwatch.curve.folder import AUTHORISED, PUBLIC, SECRET, allow, allowed, is_key, make_pair, own_pair, revoke


def public() -> str:
    return zmq.curve_keypair()[0].decode()


def test_a_pair_comes_back_as_it_was_made_and_its_secret_is_for_its_user_alone(tmp_path: Path) -> None:
    made = make_pair(tmp_path / "keys")
    assert own_pair(tmp_path / "keys") == made
    assert (tmp_path / "keys" / PUBLIC).read_text() == f"{made.public}\n"
    assert (tmp_path / "keys" / SECRET).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert made.secret not in repr(made)
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == [PUBLIC, SECRET]


def test_a_pair_is_overwritten_only_when_asked_for(tmp_path: Path) -> None:
    first = make_pair(tmp_path)
    with pytest.raises(PainwatchError, match="has its keys already") as caught:
        make_pair(tmp_path)
    assert "--renew" in caught.value.mend
    assert own_pair(tmp_path) == first
    assert make_pair(tmp_path, renew=True) == own_pair(tmp_path) != first


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_secret_that_others_can_read_is_none(tmp_path: Path, mode: int) -> None:
    make_pair(tmp_path)
    (tmp_path / SECRET).chmod(mode)
    with pytest.raises(PainwatchError, match="read by others") as caught:
        own_pair(tmp_path)
    assert "chmod 600" in caught.value.mend


@pytest.mark.parametrize("words", ["", "short", "x" * 41, "\x00" * 40, "~" * 40, "é" * 40, "#" * 10_000])
def test_what_is_no_key_is_told_with_its_file_and_never_shown(tmp_path: Path, words: str) -> None:
    make_pair(tmp_path)
    (tmp_path / SECRET).write_text(words, encoding="utf-8")
    with pytest.raises(PainwatchError, match="does not hold a key") as caught:
        own_pair(tmp_path)
    assert caught.value.where == str(tmp_path / SECRET)
    assert not words or words not in str(caught.value)
    with pytest.raises(PainwatchError, match="not a public key"):
        allow(tmp_path, "room-2", words)


def test_without_keys_it_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(PainwatchError, match="no such key") as caught:
        own_pair(tmp_path / "nowhere")
    assert "painwatch keys make" in caught.value.mend


def test_hosts_are_let_in_and_shut_out_by_name(tmp_path: Path) -> None:
    assert allowed(tmp_path) == {}
    one, two = public(), public()
    allow(tmp_path, "room-2", one)
    allow(tmp_path, "room-2", one)
    allow(tmp_path, "room-3", two)
    assert allowed(tmp_path) == {"room-2": one, "room-3": two}
    revoke(tmp_path, "room-2")
    assert allowed(tmp_path) == {"room-3": two}
    with pytest.raises(PainwatchError, match="not listed") as caught:
        revoke(tmp_path, "room-2")
    assert "room-3" in caught.value.mend


def test_a_name_has_one_key_and_a_key_one_name(tmp_path: Path) -> None:
    one = public()
    allow(tmp_path, "room-2", one)
    with pytest.raises(PainwatchError, match="listed with another key"):
        allow(tmp_path, "room-2", public())
    with pytest.raises(PainwatchError, match="listed as host room-2"):
        allow(tmp_path, "room-3", one)
    (tmp_path / AUTHORISED / "room-4.key").write_text(one)
    with pytest.raises(PainwatchError, match="room-2 and room-4 have one key"):
        allowed(tmp_path)


def test_a_list_that_cannot_be_looked_at_is_not_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / AUTHORISED).write_text("")
    with pytest.raises(PainwatchError, match="cannot be read"):
        allowed(tmp_path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files to another user")
def test_what_root_puts_into_the_folder_of_a_services_user_is_for_that_user_to_read(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    make_pair(folder)
    os.chown(folder, 4711, 4712)
    allow(folder, "room-2", public())
    make_pair(folder, renew=True)
    for path in (folder / AUTHORISED, folder / AUTHORISED / "room-2.key", folder / SECRET, folder / PUBLIC):
        assert (path.stat().st_uid, path.stat().st_gid) == (4711, 4712), path


@pytest.mark.parametrize("name", ["", "..", "../x", "Room", "a/b", "a b", "-a", "a-", "a" * 49, "a\n"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    for act in (lambda: allow(tmp_path, name, public()), lambda: revoke(tmp_path, name)):
        with pytest.raises(PainwatchError, match="cannot be the name"):
            act()
    assert not list(tmp_path.rglob("*.key"))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("")
    for act in (lambda: make_pair(tmp_path / "keys"), lambda: allow(tmp_path / "keys", "room-2", public())):
        with pytest.raises(PainwatchError, match=r"cannot be (written|read) \(Not a directory\)"):
            act()


def test_a_public_key_can_be_typed_on_a_command_line(tmp_path: Path) -> None:
    assert not any(make_pair(tmp_path, renew=True).public.startswith("-") for _ in range(200))


def test_keys_of_libzmq_are_keys_and_noise_is_not() -> None:
    assert all(is_key(public()) for _ in range(20))
    assert not is_key(os.urandom(20).hex().upper()[:39])
    assert not is_key(" " * 40)
