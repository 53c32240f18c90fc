"""Looks every locked dependency up in the public lists of known vulnerabilities: LOCK, beside pip-audit.

Fails on what is found, unless .ci/accepted-vulnerabilities.txt gives a reason to live with it. Where no list can be
reached, or a list knows none of the packages, that is said, and is no failure: nothing was found because nothing was
looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SERVICES = ("pypi", "osv")
WITHIN_S = 120

ACCEPTED = Path(__file__).with_name("accepted-vulnerabilities.txt")
"""Lines of an id and why it does no harm here."""


@dataclass(frozen=True)
class Answer:
    """What one service knows. `why_not`: why it was of no use; else `known` of `asked` packages were looked up."""

    why_not: str = ""
    known: int = 0
    asked: int = 0
    findings: frozenset[tuple[str, str, str]] = frozenset()
    """Package with version, id of the vulnerability, versions that mend it."""


def main(lock: Path) -> int:
    accepted = _accepted(ACCEPTED.read_text("utf-8") if ACCEPTED.exists() else "")
    answers = {service: _asked(service, lock) for service in SERVICES}
    for service, answer in answers.items():
        used = f"{answer.known} of {answer.asked} packages looked up" if not answer.why_not else answer.why_not
        _say(f"audit by {service}: {used}")
    useful = [answer for answer in answers.values() if not answer.why_not]
    if not useful:
        _say(f"{lock.name} was NOT AUDITED: no service could be used. Nothing is known of its vulnerabilities.")
        return 0
    found = sorted(set().union(*(answer.findings for answer in useful)))
    fatal = [finding for finding in found if finding[1] not in accepted]
    for package, name, mended in found:
        judged = f"accepted: {accepted[name]}" if name in accepted else f"mended in: {mended or 'no version yet'}"
        _say(f"{package}: {name}; {judged}")
    _say(f"{lock.name}: {len(fatal)} known vulnerabilities, {len(found) - len(fatal)} accepted")
    return 1 if fatal else 0


def read_answer(text: str) -> Answer:
    """The answer in pip-audit's JSON. Packages that a service does not know count as not looked up."""
    packages = json.loads(text)["dependencies"]
    known = [package for package in packages if "skip_reason" not in package]
    if not known:
        reason = packages[0]["skip_reason"] if packages else "the lock names no package"
        return Answer(f"it knows none of the packages ({reason})")
    findings = frozenset(
        (f"{package['name']} {package['version']}", vulnerability["id"], ", ".join(vulnerability["fix_versions"]))
        for package in known
        for vulnerability in package["vulns"]
    )
    return Answer("", len(known), len(packages), findings)


def _asked(service: str, lock: Path) -> Answer:
    program = str(Path(sys.executable).with_name("pip-audit"))
    command = [program, "--vulnerability-service", service, "--requirement", str(lock), "--disable-pip"]
    command += ["--require-hashes", "--format", "json", "--progress-spinner", "off"]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S, check=False)
        return read_answer(ended.stdout)
    except FileNotFoundError:
        return Answer("pip-audit is not installed")
    except subprocess.TimeoutExpired:
        return Answer(f"it did not answer within {WITHIN_S} s")
    except (ValueError, KeyError, TypeError):
        last = ended.stderr.strip().splitlines()
        return Answer(f"it cannot be reached ({last[-1][:200] if last else 'no answer'})")


def _accepted(text: str) -> dict[str, str]:
    lines = (line.split(maxsplit=1) for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return dict(lines)  # a line without a reason is none: it fails here


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
