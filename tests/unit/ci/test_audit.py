"""The audit of dependencies says what it found, and also when it found out nothing."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

LOCK = Path("requirements.lock")


@pytest.fixture
def audit() -> Iterator[Any]:
    path = Path(__file__).parents[3] / ".ci" / "audit.py"
    spec = importlib.util.spec_from_file_location("ci_audit", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["ci_audit"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["ci_audit"]


def told(*packages: dict[str, object]) -> str:
    return json.dumps({"dependencies": list(packages), "fixes": []})


SOUND = {"name": "sound", "version": "1", "vulns": []}
BAD = {"name": "bad", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"], "aliases": []}]}
UNKNOWN = {"name": "odd", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("answers", "code", "words"),
    [
        ((told(SOUND), told(SOUND)), 0, "0 known vulnerabilities"),
        ((told(SOUND, UNKNOWN), ""), 0, "audit by pypi: 1 of 2 packages looked up"),
        ((told(SOUND, BAD), told(SOUND)), 1, "bad 2: CVE-1; mended in: 3"),
        (("", told(BAD)), 1, "1 known vulnerabilities"),
        ((told(UNKNOWN), ""), 0, "NOT AUDITED"),
        (("", "Traceback"), 0, "NOT AUDITED"),
        ((told(), "[]"), 0, "NOT AUDITED"),
    ],
)
def test_findings_fail_and_silence_is_not_taken_for_health(
    audit: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answers: tuple[str, str],
    code: int,
    words: str,
) -> None:
    replies = dict(zip(audit.SERVICES, answers, strict=True))

    class Ended:
        def __init__(self, stdout: str) -> None:
            self.stdout, self.stderr = stdout, "no such host"

    monkeypatch.setattr(audit.subprocess, "run", lambda command, **_: Ended(replies[command[2]]))
    assert audit.main(LOCK) == code
    said = capsys.readouterr().out
    assert words in said
    assert ("NOT AUDITED" in said) == ("looked up" not in said)


def test_an_accepted_vulnerability_is_told_with_its_reason_and_passes(
    audit: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "accepted").write_text("# ids\nCVE-1 only on Windows\n")
    monkeypatch.setattr(audit, "ACCEPTED", tmp_path / "accepted")
    monkeypatch.setattr(audit, "_asked", lambda *_: audit.read_answer(told(BAD)))
    assert audit.main(LOCK) == 0
    assert "bad 2: CVE-1; accepted: only on Windows" in capsys.readouterr().out


def test_no_pip_audit_is_told(
    audit: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(audit.sys, "executable", str(tmp_path / "python"))
    assert audit.main(LOCK) == 0
    assert "pip-audit is not installed" in capsys.readouterr().out
