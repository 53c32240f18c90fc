"""A hub that writes marks and alarms into a Grafana: killed, refused and hung up on, it writes each of them once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.hubs import clock_at, hub_process, hub_thread, listener, places_in, sender
from fixtures.looks import NOON
from fixtures.standing_pain import (
    NOW,
    answer_to,
    config_with_rules,
    minutes_of,
    remembers_alarms,
    request,
    watched_before,
)
from fixtures.waiting import wait_until
from painwatch.config.grafana import ANNOTATIONS, GrafanaConfig
from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.core.alarms import AlarmPhase, Mark, Priority, RequestAction
from painwatch.core.live import SinkLive, Snapshot
from servers.grafana_annotations import Fault, GrafanaOfAnnotations

TOKEN = "glsa_s3cr3t"


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)
    return places_in(tmp_path)


def annotating(url: str, *rules: dict[str, Any], **settings: Any) -> Config:
    config = config_with_rules()
    written = {"url": url, "token": {"env": "GRAFANA_TOKEN"}, "annotations": True} | settings
    alarms = {"rules": [*(rule.model_dump(mode="json") for rule in config.alarms.rules), *rules]}
    return Config.model_validate(
        config.model_dump(mode="json")
        | {"grafana": GrafanaConfig.model_validate(written).model_dump(mode="json"), "alarms": alarms}
    )


def of_grafana(snapshot: Snapshot) -> SinkLive:
    (sink,) = (sink for sink in snapshot.sinks if sink.name == ANNOTATIONS)
    return sink


def a_mark(name: str = "carprofen") -> Any:
    return request(RequestAction.MARK, mark=Mark("cage", name, NOON, NOON + 10**9, words="5 mg/kg"))


def test_a_mark_and_an_alarm_are_annotated(places: Places) -> None:
    with GrafanaOfAnnotations(TOKEN) as grafana:
        config = annotating(grafana.url)
        watched_before(config, places)
        kept = grafana.annotations
        with (
            sender(places) as send,
            hub_thread(config, places, clock=clock_at(NOW)),
            listener(places) as heard,
        ):
            asked = a_mark()
            send(*minutes_of(0.9), asked)
            assert answer_to(heard, asked).done
            wait_until(lambda: kept.bearing("mark:carprofen"), what="the mark")
            wait_until(lambda: kept.bearing("rule:pain-at-last"), what="the alarm")
            wait_until(lambda: of_grafana(heard.snapshot()).waiting == 0, what="nothing to wait")
        (raised,) = kept.bearing("rule:pain-at-last")
        assert {"painwatch", "site:test", "cage:cage", "kind:welfare", "phase:active"} <= set(raised["tags"])
        assert "please review the animal in cage" in raised["text"]
        assert "not validated" in raised["text"]
        assert not kept.bearing("phase:pending")
        (marked,) = kept.bearing("mark:carprofen")
        assert (marked["time"], marked["timeEnd"]) == (NOON // 10**6, NOON // 10**6 + 1000)
        assert "vera" in marked["text"]
        assert not kept.complaints


def test_a_hub_killed_between_sending_and_noting_it_annotates_once(places: Places, tmp_path: Path) -> None:
    with GrafanaOfAnnotations(TOKEN) as grafana:
        # Grafana has it, and the hub never hears so.
        grafana.faults["POST"].append(Fault(takes=True, hangs=True))
        config = annotating(grafana.url, timeout_s=120)
        with hub_process(config, tmp_path, wall_ns=NOW) as child, sender(places) as send:
            wait_until(lambda: remembers_alarms(places), what="the hub")
            send(a_mark())
            wait_until(lambda: grafana.waiting, what="the annotation to be on its way")
            child.kill()
            child.wait()
        grafana.released.set()
        wait_until(lambda: len(grafana.annotations.kept) == 1, what="Grafana to have it")
        with (
            hub_thread(config, places, clock=clock_at(NOW)),
            sender(places) as send,
            listener(places) as heard,
        ):
            send(a_mark("buprenorphine"))
            wait_until(lambda: grafana.annotations.bearing("mark:buprenorphine"), what="the next mark")
            heard.snapshot(lambda snapshot: of_grafana(snapshot).waiting == 0)
        assert len(grafana.annotations.bearing("mark:carprofen")) == 1
        assert len(grafana.annotations.kept) == 2


def test_a_grafana_that_refuses_the_token_is_told_of_alarmed_and_loses_nothing(places: Places, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("glsa_old\n")
    backlog = {"name": "backlog", "signal": "sink_backlog_s", "above": 1, "clear": 0.5, "priority": "low"}
    with GrafanaOfAnnotations(TOKEN) as grafana:
        config = annotating(grafana.url, backlog, token={"file": str(token)})
        with (
            sender(places) as send,
            # By the true clock: how long a record waits is measured by it.
            hub_thread(config, places),
            listener(places) as heard,
        ):
            send(a_mark())
            raised = heard.snapshot(
                lambda snapshot: any(
                    (alarm.rule, alarm.subject, alarm.phase) == ("backlog", ANNOTATIONS, AlarmPhase.ACTIVE)
                    for alarm in snapshot.alarms
                )
            )
            sink = of_grafana(raised)
            assert sink.held
            assert "401" in sink.fault
            assert sink.waiting >= 1
            assert raised.alarms[0].priority is Priority.LOW
            token.write_text(f"{TOKEN}\n")
            wait_until(lambda: grafana.annotations.bearing("phase:active"), what="word of the alarm")
            heard.snapshot(lambda snapshot: not of_grafana(snapshot).fault)
        assert len(grafana.annotations.bearing("mark:carprofen")) == 1
        (told,) = grafana.annotations.bearing("phase:active")
        assert {"rule:backlog", f"subject:{ANNOTATIONS}", "kind:technical"} <= set(told["tags"])


def test_without_annotations_grafana_hears_nothing(places: Places) -> None:
    with GrafanaOfAnnotations(TOKEN) as grafana:
        config = annotating(grafana.url, annotations=False)
        with (
            sender(places) as send,
            hub_thread(config, places, clock=clock_at(NOW)),
            listener(places) as heard,
        ):
            asked = a_mark()
            send(asked)
            assert answer_to(heard, asked).done
            assert heard.snapshot().sinks == ()
        assert grafana.asked == []
