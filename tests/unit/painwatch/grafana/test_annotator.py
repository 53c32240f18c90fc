"""Annotations over real HTTP, into what does with them what Grafana does: at least once, and never twice."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from fixtures.kinds_of_record import T0, config_with, mark, transition
from fixtures.outboxes import MemoryOutbox
from fixtures.waiting import wait_until
from painwatch.config.grafana import ANNOTATIONS, GrafanaConfig
from painwatch.config.sources import Secret
from painwatch.core.errors import PainwatchError, StoreError
from painwatch.grafana.annotations import annotations_for
from painwatch.grafana.annotator import Doubts, into_grafana
from painwatch.sinks.answers import Answer, Meaning
from painwatch.sinks.drainer import Drainer, Pauses
from servers.grafana_annotations import Fault, GrafanaOfAnnotations

TOKEN = Secret(env="GRAFANA_TOKEN")
line_of = annotations_for(config_with())


def lines(count: int) -> list[bytes]:
    made = (line_of(replace(mark(), time_ns=T0 + n * 10**9, end_ns=None)) for n in range(count))
    return [line for line in made if line is not None]


@contextlib.contextmanager
def annotating(
    url: str,
    outbox: MemoryOutbox,
    *,
    read: Callable[[Secret], str] | None = None,
    settle_s: float = 0.0,
    waited: list[Answer] | None = None,
    **settings: Any,
) -> Iterator[Drainer]:
    def after(answer: Answer, failures: int) -> float:
        if waited is not None:
            waited.append(answer)
        return 0.01

    grafana = GrafanaConfig.model_validate({"url": url, "token": TOKEN, "annotations": True} | settings)
    connect = into_grafana(grafana, read or (lambda secret: "glsa_s3cr3t"), Doubts(settle_s))
    drainer = Drainer(ANNOTATIONS, outbox, connect, records=1, pauses=Pauses(look_s=0.01, after=after))
    try:
        yield drainer
    finally:
        drainer.stop()
        ours = f"sink {ANNOTATIONS}"
        wait_until(lambda: not any(each.name == ours for each in threading.enumerate()), what="the thread to end")


def times(grafana: GrafanaOfAnnotations) -> list[int]:
    return [one["time"] for one in grafana.annotations.kept]


def test_what_waits_is_written_once_in_order() -> None:
    alarm = line_of(transition())
    assert alarm is not None
    outbox = MemoryOutbox([*lines(20), alarm])
    with GrafanaOfAnnotations() as grafana, annotating(grafana.url, outbox) as drainer:
        wait_until(lambda: drainer.state.sent == 21 and drainer.state.waiting == 0, what="all to be written")
        assert (drainer.state.fault, drainer.state.held) == ("", False)
    assert times(grafana) == [T0 // 10**6 + n * 1000 for n in range(20)] + [T0 // 10**6]
    assert grafana.asked.count("POST") == 21
    assert not grafana.annotations.complaints


def test_an_answer_that_was_lost_makes_no_second_annotation() -> None:
    outbox, waited = MemoryOutbox(lines(3)), list[Answer]()
    with GrafanaOfAnnotations() as grafana:
        grafana.faults["POST"] += [Fault(takes=True), Fault(takes=True, close=True)]
        with annotating(grafana.url, outbox, waited=waited) as drainer:
            wait_until(lambda: drainer.state.sent == 3, what="all to be written")
    assert len(times(grafana)) == len(set(times(grafana))) == 3
    assert [answer.meaning for answer in waited] == [Meaning.LATER]
    assert grafana.asked.count("POST") == 3


def test_what_was_never_taken_is_sent_again() -> None:
    outbox = MemoryOutbox(lines(2))
    with GrafanaOfAnnotations() as grafana:
        grafana.faults["POST"] += [Fault(close=True), Fault(status=503), Fault(status=502, body="<html>bad gateway")]
        grafana.faults["GET"] += [Fault(status=500), Fault(close=True)]
        with annotating(grafana.url, outbox) as drainer:
            wait_until(lambda: drainer.state.sent == 2 and not drainer.state.fault, what="all to be written")
    assert len(times(grafana)) == len(set(times(grafana))) == 2


def test_a_history_that_could_not_note_it_makes_no_second_annotation() -> None:
    class Forgetful(MemoryOutbox):
        failed = False

        def done(self, ids: Any) -> None:
            if not self.failed:
                self.failed = True
                raise StoreError("the disk is full", where="history.sqlite", mend="make room")
            super().done(ids)

    outbox = Forgetful(lines(1))
    with GrafanaOfAnnotations() as grafana, annotating(grafana.url, outbox) as drainer:
        wait_until(lambda: drainer.state.sent == 1, what="it to be done")
    assert len(times(grafana)) == 1


def test_a_request_that_hangs_is_looked_for_before_it_is_sent_again() -> None:
    outbox, waited = MemoryOutbox(lines(1)), list[Answer]()
    with GrafanaOfAnnotations() as grafana:
        grafana.faults["POST"].append(Fault(takes=True, hangs=True))
        with annotating(grafana.url, outbox, settle_s=600, waited=waited, timeout_s=0.2) as drainer:
            wait_until(lambda: len(waited) >= 5, what="it to be looked for some times")
            assert grafana.asked.count("POST") == 1
            assert "looked for" in drainer.state.fault
            grafana.released.set()
            wait_until(lambda: drainer.state.sent == 1, what="it to be found")
    assert len(times(grafana)) == 1
    assert waited[0].words == "does not answer in time"


def test_what_has_had_its_time_is_sent_again() -> None:
    clock = [0.0]
    doubts = Doubts(60.0, lambda: clock[0])
    doubts.add("key:1")
    assert doubts.lasts("key:1")
    assert not doubts.lasts("key:2")
    clock[0] = 60.0
    assert not doubts.lasts("key:1")
    doubts.add("key:1")
    doubts.remove("key:1")
    assert not doubts.lasts("key:1")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault(status=403, body='{"message": "Permissions needed: annotations:create"}'), "annotations:create"),
        (Fault(status=404, body="<html><title>404</title></html>"), "not Grafana's API"),
        (Fault(status=200, body="<html>hello"), "not Grafana's API"),
        (Fault(status=200, body='{"ok": true}'), "not Grafana's API"),
        (Fault(status=413, body="{}"), "so much at once"),
    ],
)
def test_what_a_person_must_mend_holds_everything(fault: Fault, told: str) -> None:
    outbox, waited = MemoryOutbox(lines(3)), list[Answer]()
    with GrafanaOfAnnotations() as grafana:
        grafana.always = fault
        with annotating(grafana.url, outbox, waited=waited) as drainer:
            wait_until(lambda: len(waited) >= 3, what="a few tries")
            assert drainer.state.held
            assert told in drainer.state.fault
            assert len(outbox.waiting) == 3
            grafana.always = None
            wait_until(lambda: drainer.state.sent == 3 and not drainer.state.fault, what="all to be written")
    assert len(times(grafana)) == 3
    assert not outbox.buried


def test_a_new_token_is_taken_up_without_a_restart() -> None:
    outbox, token = MemoryOutbox(lines(2)), ["glsa_old"]
    with (
        GrafanaOfAnnotations("glsa_new") as grafana,
        annotating(grafana.url, outbox, read=lambda secret: token[0]) as drainer,
    ):
        wait_until(lambda: drainer.state.held, what="the token to be refused")
        assert "401" in drainer.state.fault
        token[0] = "glsa_new\n"
        wait_until(lambda: drainer.state.sent == 2 and not drainer.state.fault, what="all to be written")
    assert len(times(grafana)) == 2


def test_a_token_that_cannot_be_read_is_a_fault_and_not_the_end() -> None:
    outbox, found = MemoryOutbox(lines(1)), list[str]()

    def read(secret: Secret) -> str:
        if not found:
            raise PainwatchError("is not set", where="$GRAFANA_TOKEN", mend="set it")
        return found[0]

    with GrafanaOfAnnotations() as grafana, annotating(grafana.url, outbox, read=read) as drainer:
        wait_until(lambda: "$GRAFANA_TOKEN: is not set" in drainer.state.fault, what="the fault to be told")
        assert drainer.state.held
        found.append("glsa_s3cr3t")
        wait_until(lambda: drainer.state.sent == 1, what="it to be written")


def test_without_a_token_it_says_so() -> None:
    outbox = MemoryOutbox(lines(1))
    with annotating("http://127.0.0.1:1", outbox, token=None) as drainer:
        wait_until(lambda: "no token" in drainer.state.fault, what="the fault to be told")
        assert drainer.state.held


def test_what_grafana_will_never_take_is_set_aside_only_beside_another_that_it_takes() -> None:
    good = lines(2)
    bad = good[0].replace(b'"text":"', b'"text":"","data":"')
    outbox, waited = MemoryOutbox([bad]), list[Answer]()
    with GrafanaOfAnnotations() as grafana, annotating(grafana.url, outbox, waited=waited) as drainer:
        wait_until(lambda: waited, what="it to be refused")
        assert drainer.state.held
        assert "takes nothing at all" in drainer.state.fault
        assert not outbox.buried
        outbox.put(good[1])
        wait_until(lambda: not outbox.waiting and drainer.state.refused == 1, what="the outbox to be empty")
    assert list(outbox.buried) == [bad]
    assert len(times(grafana)) == 1


def test_stop_breaks_off_a_request_that_hangs() -> None:
    outbox = MemoryOutbox(lines(1))
    with GrafanaOfAnnotations() as grafana:
        grafana.faults["POST"].append(Fault(hangs=True))
        with annotating(grafana.url, outbox, timeout_s=120) as drainer:
            wait_until(lambda: grafana.waiting, what="the request to be in flight")
            drainer.stop()
            assert not any(each.name == f"sink {ANNOTATIONS}" for each in threading.enumerate())
    assert list(outbox.waiting.values()) == lines(1)


def test_no_log_and_no_fault_holds_the_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    outbox, waited = MemoryOutbox(lines(1)), list[Answer]()
    echoes = [Fault(status=status, body='{"message": "no: Bearer glsa_s3cr3t"}') for status in (401, 500, 403)]
    with GrafanaOfAnnotations() as grafana:
        grafana.faults["GET"] += echoes
        grafana.faults["POST"] += echoes
        with annotating(grafana.url, outbox, waited=waited) as drainer:
            wait_until(lambda: drainer.state.sent == 1, what="it to be written")
    assert len(waited) == 6
    assert "sink grafana-annotations" in caplog.text
    assert "glsa_s3cr3t" not in caplog.text
    assert not any("glsa_s3cr3t" in answer.words for answer in waited)
