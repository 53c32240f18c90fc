"""What people read: that somebody should look, what it rests on, and never more than is known."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch.config.models import Config
from painwatch.core.alarms import AlarmPhase, Cause, Evidence, Notice, Priority, Transition
from painwatch.core.signals import SIGNALS, AlarmKind, Signal
from painwatch.notify.headlines import Subject, headline
from painwatch.notify.wording import notices_of
from painwatch.validation import NO_DIAGNOSIS

NOON_NS = 1_795_003_200_000_000_000  # 2026-11-18 12:00 UTC
VALIDATION = f"Demo 1.2: trained on drawings, not validated on live animals. {NO_DIAGNOSIS}"


def camera(name: str) -> dict[str, Any]:
    return {"name": name, "source": {"kind": "rtsp", "url": "rtsp://h/1"}}


CONFIG = Config.model_validate(
    {
        "version": 1,
        "site": "Lab",
        "cages": [
            {
                "name": f"cage-{number}",
                "species": "rat",
                "strain": "Wistar",
                "coat": "white",
                "room": "B2",
                "group": "treated",
                "cameras": [camera(f"left-{number}")],
            }
            for number in (1, 2)
        ],
        "alarms": {
            "rules": [
                {"name": "pain", "signal": "pain_probability", "above": 0.6, "clear": 0.5, "for_min": 10},
                {"name": "group-pain", "signal": "pain_probability", "above": 0.6, "scope": "group"},
                {"name": "unseen", "signal": "cage_age_s", "above": 30},
                {"name": "dark", "signal": "camera_age_s", "above": 30},
                {"name": "no-sink", "signal": "sink_backlog_s", "above": 30},
            ]
        },
        "notify": {
            "targets": [{"name": "vet", "url": {"env": "A"}}, {"name": "it", "url": {"env": "B"}}],
            "page": "https://watch.lab/",
        },
    }
)

EVIDENCE = Evidence(
    rule_hash="h",
    threshold=0.6,
    clear=0.5,
    value=0.81,
    values=(0.71, 0.78, 0.81),
    minutes=(NOON_NS - 600 * 10**9,),
    faces=312,
    unjudged=2,
    coverage=0.74,
    minimum_coverage=0.5,
    models=("demo@ab12",),
)

ACTIVE = Transition(
    rule="pain",
    subject="cage-1",
    kind=AlarmKind.WELFARE,
    priority=Priority.HIGH,
    time_ns=NOON_NS,
    before=AlarmPhase.PENDING,
    after=AlarmPhase.ACTIVE,
    cause=Cause.CONDITION,
    words="cage-1: pain probability 0.81 for 10 min",
    evidence=EVIDENCE,
    notify=("vet",),
    runbook="SOP 12",
)


def told(zone: timezone | None = None, **changes: Any) -> Notice:
    transition = msgspec.structs.replace(ACTIVE, **changes)
    (notice,) = notices_of(transition, CONFIG, VALIDATION, **({"zone": zone} if zone else {}))
    return notice


def technical(rule: str, subject: str, **changes: Any) -> Notice:
    return told(rule=rule, subject=subject, kind=AlarmKind.TECHNICAL, evidence=Evidence("h", 30, 30, 77.0), **changes)


def test_a_person_is_asked_to_look_and_told_why() -> None:
    notice = told()
    assert notice.title == "Lab: please review the animal in cage-1 (high priority)"
    assert notice.body.splitlines()[:2] == [
        "Please go and review the animal in cage-1.",
        "cage-1: pain probability 0.81 for 10 min",
    ]
    for part in (
        "cage-1 (rat, Wistar, room B2, group treated)",
        "2026-11-18 12:00 UTC, judged since 2026-11-18 11:50 UTC",
        "0.71, 0.78, 0.81 (of 3 judged with 312 faces, 2 between them not judged)",
        "threshold 0.60, ends beyond 0.50, coverage 0.74 (needs 0.50)",
        "SOP 12",
        "https://watch.lab/",
        "demo@ab12",
        "Rule: pain (welfare, high priority)",
    ):
        assert part in notice.body
    assert (notice.key, notice.kind, notice.priority) == (ACTIVE.key, AlarmKind.WELFARE, Priority.HIGH)


def test_times_are_told_in_the_readers_zone_and_in_utc() -> None:
    assert "2026-11-18 13:00 +01:00 (2026-11-18 12:00 UTC)" in told(timezone(timedelta(hours=1))).body


def test_each_known_target_is_told_once() -> None:
    notices = notices_of(msgspec.structs.replace(ACTIVE, notify=("it", "gone", "vet", "it")), CONFIG)
    assert [notice.target for notice in notices] == ["it", "vet"]
    assert notices_of(msgspec.structs.replace(ACTIVE, notify=()), CONFIG) == ()


def test_a_score_never_comes_without_its_validation() -> None:
    assert told().body.count(NO_DIAGNOSIS) == 1
    assert "not validated on live animals" in told().body
    (bare,) = notices_of(ACTIVE, CONFIG)
    assert bare.body.count(NO_DIAGNOSIS) == 1
    assert NO_DIAGNOSIS not in technical("unseen", "cage-2").body


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (Cause.CONDITION, "a score, no finding"),
        (Cause.RULES, "rules were changed"),
        (Cause.TIME, "time ran out"),
    ],
)
@pytest.mark.parametrize("after", [AlarmPhase.CLEARED, AlarmPhase.INACTIVE])
def test_an_end_is_no_all_clear(cause: Cause, words: str, after: AlarmPhase) -> None:
    notice = told(after=after, cause=cause, before=AlarmPhase.ACTIVE)
    assert "ended" in notice.title
    assert words in notice.body
    assert "does not say that there is no pain" in notice.body
    assert ("Please still review" in notice.body) is (after is AlarmPhase.CLEARED)
    assert ("by minutes that could be judged" in notice.body) is (cause is Cause.CONDITION)


def test_silence_is_not_comfort() -> None:
    cage, eye, sink = (technical(*of) for of in (("unseen", "cage-2"), ("dark", "left-2"), ("no-sink", "db")))
    assert cage.title == "Lab: cage-2 is not being seen (high priority)"
    assert "camera left-2 brings no new pictures" in eye.title
    for notice in (cage, eye):
        assert "silence is not comfort: the animal in cage-2 is not being watched" in notice.body
        assert "77 s" in notice.body
    assert "silence" not in sink.body
    ended = technical("unseen", "cage-2", after=AlarmPhase.INACTIVE, before=AlarmPhase.ACTIVE)
    assert ended.title == "Lab: ended: cage-2 is not being seen"
    assert "silence" not in ended.body


def test_nobody_having_answered_is_said() -> None:
    notice = told(escalation=2, before=AlarmPhase.ACTIVE)
    assert notice.title.startswith("Lab: nobody has answered: please review")
    assert "escalation step 2" in notice.body


def test_what_comes_back_says_so() -> None:
    assert "silenced; that is over" in told(before=AlarmPhase.SILENCED, cause=Cause.TIME).body
    assert "is back before anybody" in told(before=AlarmPhase.CLEARED).body


def test_who_answered_is_said() -> None:
    seen = told(after=AlarmPhase.ACKNOWLEDGED, before=AlarmPhase.ACTIVE, cause=Cause.PERSON, who="ann")
    quiet = told(after=AlarmPhase.SILENCED, before=AlarmPhase.ACTIVE, cause=Cause.PERSON, who="bob")
    assert "seen by ann" in seen.title
    assert "silenced by bob" in quiet.title
    assert "ann has answered" in seen.body
    closed = told(after=AlarmPhase.INACTIVE, before=AlarmPhase.CLEARED, cause=Cause.PERSON, who="ann")
    assert "seen by ann" in closed.title
    assert "ann has answered" in closed.body


def test_a_group_is_told_with_its_cages() -> None:
    notice = told(rule="group-pain", subject="treated")
    assert "the animals of group treated" in notice.title
    assert "cage-1" in notice.body
    assert "cage-2" in notice.body


def test_a_rule_that_is_gone_still_gives_a_notice() -> None:
    assert "cage-2 needs somebody" in technical("no-such-rule", "cage-2").title
    assert "please review the animal in cage-1" in told(rule="no-such-rule").title


def test_a_baseline_is_said() -> None:
    evidence = msgspec.structs.replace(EVIDENCE, baseline=0.2)
    assert "held against the animal's own mean of 0.20" in told(evidence=evidence).body


@pytest.mark.parametrize("signal", [signal for signal, about in SIGNALS.items() if about.kind is AlarmKind.TECHNICAL])
def test_every_technical_signal_has_a_name(signal: Signal) -> None:
    said = headline(Subject("x", "camera x", "the animal in x", (), signal, False))
    assert "needs somebody" not in said
    assert "{" not in said


PHASES, CAUSES, KINDS, PRIORITIES = (st.sampled_from(list(kind)) for kind in (AlarmPhase, Cause, AlarmKind, Priority))


@given(PHASES, PHASES, CAUSES, KINDS, PRIORITIES, st.integers(0, 5), st.sampled_from(["cage-1", "site", "", "x"]))
def test_every_transition_can_be_told_and_none_claims_health(
    before: AlarmPhase,
    after: AlarmPhase,
    cause: Cause,
    kind: AlarmKind,
    priority: Priority,
    escalation: int,
    subject: str,
) -> None:
    notice = told(
        before=before,
        after=after,
        cause=cause,
        kind=kind,
        priority=priority,
        escalation=escalation,
        subject=subject,
    )
    lower = f"{notice.title}\n{notice.body}".lower()
    assert not any(word in lower for word in ("is well", "healthy", "no longer in pain", "is in pain", "suffers"))
    assert notice.body.splitlines()[1] == ACTIVE.words
