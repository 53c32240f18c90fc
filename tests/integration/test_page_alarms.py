"""Acknowledging, silencing and marking over HTTP, by a real web process on a real hub."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from fixtures.hubs import clock_at, hub_thread, places_in, sender
from fixtures.looks import MINUTE, NOON, SECOND, look
from fixtures.waiting import wait_until
from painwatch.cli import app
from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.store.audit_check import verify
from painwatch.store.history import END_OF_TIME_NS, open_history

NOW = NOON + 4 * MINUTE + 3 * SECOND
ALARM = "api/alarms/pain-at-last/cage"
PEOPLE = {"anna": "acknowledge", "wall": "view"}


class Page:
    """A web process, asked by people with tokens."""

    def __init__(self, address: str) -> None:
        self.address = address

    def ask(self, path: str, body: dict[str, object] | None = None, *, who: str = "anna") -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {who}-token-0123456789", "Content-Type": "application/json"}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.address + path, data, headers), timeout=60) as said:
                return said.status, json.load(said)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def phase(self) -> str:
        _, said = self.ask("api/alarms")
        return next((alarm["phase"] for alarm in said.get("alarms", ()) if alarm["rule"] == "pain-at-last"), "")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = places_in(tmp_path)
    made.run_dir.mkdir(mode=0o700)
    return made


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    users = [{"name": name, "role": role, "token": {"file": f"{name}.token"}} for name, role in PEOPLE.items()]
    for name in PEOPLE:
        (tmp_path / f"{name}.token").write_text(f"{name}-token-0123456789\n")
    left = {"name": "left", "source": {"kind": "virtual", "view": "left"}}
    cage = {"name": "cage", "species": "rat", "strain": "rendered", "coat": "white", "sample_rate_hz": 1}
    rule = {"name": "pain-at-last", "signal": "pain_probability", "above": 0.6, "clear": 0.4, "for_min": 2}
    return {
        "version": 1,
        "site": "test",
        "cages": [{**cage, "cameras": [left]}],
        "page": {"port": 0, "users": users},
        "alarms": {"rules": [rule], "off": ["clock-offset"]},
    }


@pytest.fixture
def page(settings: dict[str, Any], places: Places, tmp_path: Path) -> Iterator[Page]:
    with served(settings, places, tmp_path) as made:
        yield made


@contextmanager
def served(settings: dict[str, Any], places: Places, folder: Path) -> Iterator[Page]:
    file = folder / "config.yaml"
    file.write_text(yaml.safe_dump(settings))
    arguments = [sys.executable, "-m", "fixtures.serve_page", file, places.run_dir, places.data_dir]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with (
        (folder / "web.log").open("w") as log,
        subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=log, text=True, env=environment) as process,
    ):
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            assert address, (folder / "web.log").read_text()
            yield Page(address)
        finally:
            process.terminate()
            assert process.wait(60) == 0


def test_an_alarm_is_seen_acknowledged_silenced_and_told_of(
    page: Page, settings: dict[str, Any], places: Places
) -> None:
    assert page.ask("api/alarms")[0] == 503
    status, refusal = page.ask(f"{ALARM}/acknowledge", {})
    assert status == 503
    assert "has not been heard yet" in refusal["what"]
    with sender(places) as send, hub_thread(Config.model_validate(settings), places, clock=clock_at(NOW)):
        send(*(look("left", NOON + s * SECOND, 0.9) for s in range(240)))
        wait_until(lambda: page.phase() == "active", what="the alarm")
        assert page.ask("api/alarms")[1]["off"] == ["clock-offset"]
        status, refusal = page.ask(f"{ALARM}/acknowledge", {}, who="wall")
        assert (status, page.phase()) == (403, "active")
        assert "wall may view only" in refusal["what"]

        seen = {"words": "on my way", "request": "phone-0001"}
        status, done = page.ask(f"{ALARM}/acknowledge", seen)
        assert (status, done["request"], done["alarm"]["phase"]) == (200, "phone-0001", "acknowledged")
        assert done["alarm"]["acknowledged_by"] == "anna"
        assert page.ask(f"{ALARM}/acknowledge", seen)[0] == 200, "the same request is done already"
        status, refusal = page.ask(f"{ALARM}/acknowledge", {})
        assert status == 409
        assert "anna has already acknowledged it" in refusal["what"]

        silenced = page.ask(f"{ALARM}/silence", {"minutes": 15})[1]["alarm"]
        assert silenced["phase"] == "silenced"
        assert abs(silenced["silenced_until_ns"] - NOW - 15 * MINUTE) < 10 * MINUTE
        assert page.ask(f"{ALARM}/silence", {"minutes": 1441})[0] == 400
        assert page.ask(f"{ALARM}/unsilence", {"request": "phone-0001"})[1]["alarm"]["phase"] == "acknowledged"
        status, refusal = page.ask("api/alarms/no-such-rule/cage/acknowledge", {})
        assert status == 409
        assert "no alarm no-such-rule on cage" in refusal["what"]

        around = f"from={iso(NOON - MINUTE)}&to={iso(NOON + 60 * MINUTE)}"
        told = page.ask(f"api/alarms/history?{around}&cage=cage", who="wall")[1]
        mine = [one for one in told["transitions"] if one["rule"] == "pain-at-last"]
        after = [one["after"] for one in mine]
        assert after == ["pending", "active", "acknowledged", "silenced", "acknowledged"]
        assert mine[2]["words"].endswith("acknowledged by anna: on my way")
        assert mine[1]["evidence"]["faces"] == 120
        less = page.ask(f"api/alarms/history?{around}&cage=cage&limit=1")[1]
        assert (len(less["transitions"]), less["more"]) == (1, True)

        given = {"name": "carprofen", "time": "2026-01-31T08:00:00Z", "words": "5 mg/kg"}
        assert page.ask("api/cages/cage/marks", given, who="wall")[0] == 403
        assert page.ask("api/cages/cage/marks", given)[0] == 200
        status, kept = page.ask("api/cages/cage/marks", {"name": "new bedding"})
        assert status == 200
        assert NOW <= kept["mark"]["time_ns"] < NOW + 10 * MINUTE, "now, by the hub's clock"
        assert page.ask("api/cages/cage/marks", {"name": "baseline"})[0] == 409
        assert page.ask("api/cages/no-cage/marks", given)[0] == 404
        marks = page.ask("api/cages/cage/marks?from=2026-01-31T07:00:00Z&to=2026-01-31T09:00:00Z", who="wall")[1]
        assert [(one["name"], one["words"], one["who"]) for one in marks["marks"]] == [("carprofen", "5 mg/kg", "anna")]

        audit = page.ask("api/audit?from_seq=2&limit=3")[1]
        assert [entry["seq"] for entry in audit["entries"]] == [2, 3, 4]
        assert audit["head_seq"] > 5
        audited = page.ask("api/audit?limit=1000")[1]["entries"]
        assert audited[-1]["hash"] == page.ask("api/audit")[1]["head_hash"]
        assert any("new bedding" in entry["body"] for entry in audited)
    assert verify(places.database).faults == ()


def test_what_is_written_for_others_is_one_line_of_signs_that_can_be_shown(page: Page) -> None:
    for words in ("two\nlines", "a \x1b[2J terminal", "x" * 501):
        status, refusal = page.ask(f"{ALARM}/acknowledge", {"words": words})
        assert status == 400
        assert "words" in refusal["what"]
    for body in ({"who": "somebody else"}, {"request": "short"}):
        assert page.ask(f"{ALARM}/acknowledge", body)[0] == 400


def iso(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns / 1e9, UTC).isoformat().replace("+00:00", "Z")


def test_the_same_from_a_terminal(settings: dict[str, Any], places: Places, tmp_path: Path) -> None:
    stored = {"runtime": {"run_dir": str(places.run_dir), "data_dir": str(places.data_dir)}}
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(settings | stored))
    me = pwd.getpwuid(os.getuid()).pw_name

    def painwatch(*words: str) -> tuple[int, str]:
        said = CliRunner().invoke(app, [*words, "--config", str(file)])
        assert "Traceback" not in said.output
        return said.exit_code, " ".join(said.output.split())

    code, told = painwatch("alarms")
    assert code == 1
    assert "the hub has not been heard for 3 s: nothing was asked; is it running?" in told
    with sender(places) as send, hub_thread(Config.model_validate(settings), places, clock=clock_at(NOW)):
        send(*(look("left", NOON + s * SECOND, 0.9) for s in range(240)))
        wait_until(lambda: "Welfare: Raised" in painwatch("alarms")[1], what="the alarm")
        code, told = painwatch("alarms")
        assert code == 1
        assert "pain-at-last cage" in told
        assert "Switched off in the configuration: clock-offset" in told
        code, told = painwatch("alarms", "acknowledge", "pain-at-last", "cage", "--words", "on my way")
        assert (code, told) == (0, f"pain-at-last cage: Acknowledged by {me}. It is stored, under the name {me}.")
        code, told = painwatch("alarms", "acknowledge", "pain-at-last", "cage")
        assert code == 1
        assert f"not done: cage: {me} has already acknowledged it" in told
        code, told = painwatch("alarms", "silence", "pain-at-last", "cage", "--minutes", "15")
        assert code == 0
        assert "pain-at-last cage: Silenced until 2023-11-14" in told
        assert painwatch("alarms", "unsilence", "pain-at-last", "cage")[0] == 0
        code, told = painwatch("mark", "cage", "carprofen", "--at", "2026-01-31T08:00Z", "--words", "5 mg/kg")
        assert (code, told) == (
            0,
            f"cage: carprofen, 2026-01-31 08:00 UTC. It is stored, under the name {me}.",
        )
        for wrong in (("--at", "yesterday"), ("--words", "two\nlines"), ("--until", "2020-01-31T08:00Z")):
            assert painwatch("mark", "cage", "carprofen", *wrong)[0] == 1
        assert "there is no cage 'kage'" in painwatch("mark", "kage", "carprofen")[1]
    assert verify(places.database).faults == ()
    with open_history(places.database) as past:
        (mark,) = past.marks("cage", 0, END_OF_TIME_NS)
        assert (mark.name, mark.who, mark.words) == ("carprofen", me, "5 mg/kg")
    assert CliRunner().invoke(app, ["alarms", "--config", str(file), "unsilence", "r", "s"]).exit_code == 2
