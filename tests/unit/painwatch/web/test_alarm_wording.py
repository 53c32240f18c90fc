"""Alarms in words, for page and terminal."""

from __future__ import annotations

import io

import pytest
from msgspec.structs import replace
from rich.console import Console, RenderableType

from fixtures.fake_hub import Story, snapshot
from fixtures.standing_alarms import NOW_NS, alarm
from painwatch.config.models import Config
from painwatch.core.alarms import AlarmPhase, Priority
from painwatch.core.live import SinkLive, StoreLive, TargetLive
from painwatch.core.signals import AlarmKind, Signal
from painwatch.web.alarm_panel import SIGNS, icon_of
from painwatch.web.alarm_terminal import alarm_lines
from painwatch.web.alarm_wording import (
    PHASE_WORDS,
    about_off,
    asks,
    delivery_lines,
    nothing_raised,
    rules_in_force,
    since,
    state_of,
    summary,
)
from painwatch.web.feed import Heard
from painwatch.web.terminal import ALL_WELL, ATTENTION, exit_code, render_status

SECOND = 1_000_000_000


def shown(what: RenderableType) -> str:
    console = Console(width=100, file=io.StringIO(), record=True)
    console.print(what)
    return console.export_text()


def test_how_many_wait_for_a_person_is_told_by_kind() -> None:
    lost = alarm(signal=Signal.CAMERA_AGE_S)
    assert summary([]) == "No alarm waits for a person"
    assert summary([alarm(AlarmPhase.ACKNOWLEDGED), alarm(AlarmPhase.PENDING)]) == "No alarm waits for a person"
    assert summary([alarm()]) == "1 welfare alarm asks for a person"
    both = [alarm(), alarm(AlarmPhase.CLEARED), lost]
    assert summary(both) == "2 welfare alarms and 1 technical alarm ask for a person"


def test_states_say_who_and_until_when() -> None:
    assert state_of(alarm(AlarmPhase.ACKNOWLEDGED, acknowledged_by="anna")) == "Acknowledged by anna"
    silenced = alarm(AlarmPhase.SILENCED, silenced_until_ns=NOW_NS)
    assert state_of(silenced) == "Silenced until 2023-11-14 22:13 UTC"
    assert state_of(alarm(AlarmPhase.CLEARED)) == "Ended, nobody has seen it"
    assert since(alarm(), NOW_NS) == "for 10 min, since 2023-11-14 22:03 UTC"
    assert since(alarm(), NOW_NS - 3600 * SECOND) == "since an unknown time", "the clock was set back"
    assert [phase for phase in AlarmPhase if asks(alarm(phase))] == [AlarmPhase.ACTIVE, AlarmPhase.CLEARED]


def test_priorities_and_phases_have_a_sign_each() -> None:
    raised = {icon_of(alarm(priority=priority)) for priority in Priority}
    assert len(raised | set(SIGNS.values())) == len(Priority) + len(AlarmPhase) - 1
    assert set(PHASE_WORDS) == set(AlarmPhase)


def test_no_alarm_is_no_finding_and_no_rule_is_told(config: Config) -> None:
    assert "no finding on any animal" in nothing_raised(AlarmKind.WELFARE, rules=1)
    assert nothing_raised(AlarmKind.WELFARE, rules=0) == ("No welfare rule is in force: no such alarm can be raised.")
    assert rules_in_force(config, AlarmKind.WELFARE) == 1
    off = config.alarms.model_copy(update={"off": ("sustained-pain",)})
    assert rules_in_force(config.model_copy(update={"alarms": off}), AlarmKind.WELFARE) == 0
    assert about_off(off.off) == "Switched off in the configuration: sustained-pain"
    assert about_off(()) == ""


def test_history_sinks_and_targets_say_what_waits_and_why(config: Config) -> None:
    hub = snapshot(config, Story())
    ago_ns = hub.time_ns - 120 * SECOND
    full = replace(
        hub,
        store=StoreLive(size_bytes=2_500_000_000, limit_bytes=3_000_000_000, pruned=4, pruned_ns=ago_ns),
        sinks=(
            SinkLive("lab", waiting=3, oldest_ns=ago_ns, sent=9, refused=1, fault="401: unauthorized", held=True),
            SinkLive("spare", sent=9, last_sent_ns=ago_ns),
        ),
        targets=(TargetLive("vet", waiting=1, oldest_ns=ago_ns, fault="the server refuses the connection"),),
    )
    assert [tuple(line) for line in delivery_lines(full)] == [
        ("History", "2.5 GB of at most 3.0 GB · 4 moments deleted before their time, last 2 min ago", True),
        (
            "Sink lab",
            "3 wait, the oldest for 2 min · 9 sent · 1 refused for good · everything is held until this is mended"
            " · 401: unauthorized",
            True,
        ),
        ("Sink spare", "nothing waits · 9 sent · last 2 min ago", False),
        (
            "Notices to vet",
            "1 wait, the oldest for 2 min · 0 delivered · the server refuses the connection",
            True,
        ),
    ]
    broken = replace(hub, store_fault="disk full", store=StoreLive(fault="disk full", fault_since_ns=ago_ns))
    assert delivery_lines(broken) == (("History", "cannot be written for 2 min: disk full", True),)
    other = replace(hub, store=StoreLive(conflicts=1))
    said = "1 records not stored: another value was there before (see the audit log)"
    assert delivery_lines(other) == (("History", said, True),)
    assert delivery_lines(hub) == ()


@pytest.mark.parametrize(("phase", "code"), [(AlarmPhase.ACTIVE, ATTENTION), (AlarmPhase.ACKNOWLEDGED, ALL_WELL)])
def test_status_shows_alarms_and_ends_with_1_while_one_waits(config: Config, phase: AlarmPhase, code: int) -> None:
    hub = snapshot(config, Story())
    hub = replace(hub, alarms=(alarm(phase, now_ns=hub.time_ns, acknowledged_by="anna"),))
    assert exit_code(Heard(hub, 0.1)) == code
    text = shown(render_status(hub, 0.1, 100, "notice"))
    assert summary(hub.alarms) in text
    assert "sustained-pain cage-1" in text
    assert "sustained-pain" not in shown(render_status(hub, 60.0, 100, "notice")), "nothing old is told as now"


def test_a_terminal_tells_what_to_type() -> None:
    lines = [line.plain for line in alarm_lines([alarm()], NOW_NS, ["low-coverage"])]
    assert lines == [
        "!! Welfare: Raised  high priority, for 10 min, since 2023-11-14 22:03 UTC",
        "   cage-1: pain probability 0.81 for 10 min (threshold 0.60, coverage 0.74)",
        "   sustained-pain cage-1",
        "   Switched off in the configuration: low-coverage",
    ]
