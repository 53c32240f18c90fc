"""`painwatch check` finds what would keep people from the page, or let in more than were meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.certificates import make_certificate
from fixtures.model_folders import write_classifier_folder, write_keypoint_folder
from painwatch.check.findings import Finding
from painwatch.check.whole import check
from painwatch.core.errors import ConfigError

TEXT = """\
version: 1
site: Room 1
cages:
  - name: cage-1
    species: rat
    strain: rendered
    coat: white
    cameras:
      - name: left
        source: {kind: virtual, view: left}
keypoints: {model: keypoints}
classifier: {model: classifier}
runtime: {run_dir: run, data_dir: data}
page:
  port: 0
"""

USERS = """\
  users:
    - {name: anna, token: {file: anna.token}}
    - {name: bert, token: {file: bert.token}}
"""

ANNA, BERT = "anna-0123456789-abcdefgh", "bert-0123456789-abcdefgh"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    write_keypoint_folder(tmp_path / "keypoints")
    write_classifier_folder(tmp_path / "classifier")
    for name, token in (("anna", ANNA), ("bert", BERT)):
        (tmp_path / f"{name}.token").write_text(f"{token}\n")
        (tmp_path / f"{name}.token").chmod(0o600)
    return tmp_path


def found(room: Path, page: str) -> list[Finding]:
    (room / "config.yaml").write_text(TEXT + page)
    return check(room / "config.yaml", devices=False)


def test_good_tokens_have_no_findings(room: Path) -> None:
    assert found(room, USERS) == []


@pytest.mark.parametrize(
    ("token", "what"),
    [
        (None, "No such file"),
        ("short", "5 characters"),
        (ANNA, "bert has the same token as anna"),
        ("bert 0123456789 abcdefgh", "spaces"),
    ],
)
def test_a_token_that_will_not_do_is_told_at_its_line(room: Path, token: str | None, what: str) -> None:
    (room / "bert.token").unlink()
    if token is not None:
        (room / "bert.token").write_text(token)
        (room / "bert.token").chmod(0o600)
    (finding,) = found(room, USERS)
    assert finding.fatal
    assert (finding.problem.line, finding.problem.column) == (18, 20)
    assert what in finding.problem.what
    assert "painwatch token" in finding.problem.mend
    assert not token or token not in str(finding)


def test_a_token_that_everyone_can_read_is_warned_of(room: Path) -> None:
    (room / "anna.token").chmod(0o644)
    (finding,) = found(room, USERS)
    assert not finding.fatal
    assert "everyone on this host can read the token" in finding.problem.what
    assert "chmod 600 " in finding.problem.mend


def test_two_users_of_one_name_are_refused(room: Path) -> None:
    with pytest.raises(ConfigError, match='a second user named "anna"'):
        found(room, USERS.replace("bert", "anna"))


def tls(names: str = "lab.example", certificate: str = "page.crt", key: str = "page.key") -> str:
    return f"{USERS}  names: [{names}]\n  tls:\n    certificate: {certificate}\n    key: {key}\n"


def test_a_good_certificate_has_no_findings(room: Path) -> None:
    make_certificate(room, days=90)
    assert found(room, tls()) == []


def test_a_certificate_that_has_ended_is_told(room: Path) -> None:
    make_certificate(room, days=0)
    (finding,) = found(room, tls())
    assert finding.fatal
    assert (finding.problem.line, finding.problem.column) == (21, 5)
    assert "expired" in finding.problem.what


def test_a_certificate_that_ends_soon_or_does_not_hold_for_a_name_is_warned_of(room: Path) -> None:
    make_certificate(room, days=5)
    soon, other = found(room, tls("lab.example, other.example"))
    assert not soon.fatal
    assert "the certificate ends in " in soon.problem.what
    assert not other.fatal
    assert "does not hold for other.example" in other.problem.what
    assert "it holds for 127.0.0.1, lab.example" in str(other).lower()


def test_a_key_that_is_anothers_or_open_to_everyone_is_told(room: Path) -> None:
    make_certificate(room, days=90)
    make_certificate(room, name="other", days=90)
    (finding,) = found(room, tls(key="other.key"))
    assert (finding.fatal, finding.problem.line) == (True, 22)
    assert "other.key is not the key of the certificate" in finding.problem.what
    (room / "page.key").chmod(0o604)
    (finding,) = found(room, tls())
    assert not finding.fatal
    assert "everyone on this host can read the key" in finding.problem.what


def test_a_proxy_that_could_be_anybody_is_warned_of(room: Path) -> None:
    local, wide = found(room, "  proxy: {addresses: [127.0.0.1, 10.0.0.0/8]}\n")
    assert not local.fatal
    assert "every program on this host" in local.problem.what
    assert not wide.fatal
    assert "whoever connects from 10.0.0.0/8" in wide.problem.what
    assert found(room, "  host: 0.0.0.0\n  proxy: {addresses: [10.0.0.7]}\n") == []
