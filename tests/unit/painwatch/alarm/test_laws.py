"""What must hold for any minutes, in any order that can be, and wherever the hub is started anew."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.alarming import (
    MINUTE,
    NOON,
    SECOND,
    asks,
    at,
    config_of,
    feed,
    looks,
    minute,
    pain_rule,
    remembered,
    told_minutes,
)
from painwatch.alarm.book import AlarmBook
from painwatch.alarm.taken import AlarmInput
from painwatch.core.alarms import AlarmPhase, Cause, Mark, Reading, Request, Transition
from painwatch.core.signals import AlarmKind, Signal
from painwatch.core.types import MinuteSummary, Tick

BUSY = config_of(
    pain_rule(for_min=2, longest_gap_min=3, cooldown_min=4, escalation=[{"after_min": 2}, {"after_min": 5}]),
    pain_rule("own", above=0.3, clear=0.1, for_min=1, baseline={"first_minutes": 3}),
    pain_rule("marked", above=0.3, clear=0.1, for_min=2, baseline={"marked": True}),
    pain_rule("both", scope="all", for_min=2),
    pain_rule("treated", scope="group", for_min=1, latched=False),
    {"name": "dark", "signal": "coverage", "below": 0.6, "for_min": 2},
    {"name": "blind", "signal": "blind_rules", "above": 1, "for_min": 2},
    {"name": "lost", "signal": "camera_age_s", "above": 30, "clear": 5, "for_min": 1, "clear_for_min": 0.5},
    {"name": "down", "signal": "process_down_s", "above": 10, "longest_gap_min": 1, "for_min": 0.2},
    cages=("a", "b"),
    groups={"a": "g", "b": "g"},
    targets=[{"name": "vet"}, {"name": "boss", "cleared": False, "kinds": ["welfare"]}],
)


@st.composite
def histories(draw: st.DrawFn) -> list[AlarmInput]:
    """Two cages, a camera and a process over some minutes as a hub takes them, and people who do this and that."""
    inputs: list[AlarmInput] = []
    length = draw(st.integers(1, 14))
    for i in range(length):
        for cage in "ab":
            one = draw(looks)
            inputs += [] if one is None else [minute(i, *one, cage=cage)]
        for second in draw(st.lists(st.integers(0, 59), max_size=4, unique=True).map(sorted)):
            time_ns = at(i + 1) + second * SECOND
            value = draw(st.sampled_from([None, 0.0, 20.0, 60.0]))
            inputs.append(Reading(Signal.CAMERA_AGE_S, "a-cam", time_ns, value))
            inputs.append(Reading(Signal.PROCESS_DOWN_S, "infer-cpu", time_ns, value))
            inputs.append(Tick(time_ns))
        action = draw(st.sampled_from(["", "", "acknowledge", "silence", "unsilence", "mark"]))
        name = draw(st.sampled_from(["pain", "own", "marked", "dark", "both"]))
        when, more = i + 2.0, dict[str, Any]()
        if action == "silence":
            more = {"until_ns": at(when + draw(st.sampled_from([1.0, 3.5, 60.0])))}
        if action == "mark":
            kind = draw(st.sampled_from(["baseline", "new animal", "surgery"]))
            from_min = draw(st.integers(-1, length))
            more = {"mark": Mark("a", kind, at(from_min), at(from_min + draw(st.integers(1, 4))))}
        if action:
            inputs.append(asks(action, when, rule=name, subject="site" if name == "both" else "a", **more))
    return inputs


def all_told(book: AlarmBook, inputs: list[AlarmInput]) -> list[Transition]:
    return [t for message in inputs for t in book.take(message).transitions]


def without_refused(inputs: list[AlarmInput]) -> list[AlarmInput]:
    """What a person asked in vain is not kept, and may make sense later."""
    book = AlarmBook(BUSY)
    return [message for message in inputs if not book.take(message).refused]


@settings(max_examples=60)
@given(histories(), st.data())
def test_a_hub_that_is_started_anew_goes_on_as_if_nothing_had_been(
    inputs: list[AlarmInput], data: st.DataObject
) -> None:
    inputs = without_refused(inputs)
    cut = data.draw(st.integers(0, len(inputs)))
    whole, first, second = AlarmBook(BUSY), AlarmBook(BUSY), AlarmBook(BUSY)
    uninterrupted = all_told(whole, inputs)
    before, memories = remembered(first, inputs[:cut])
    assert second.resume(memories).transitions == ()
    after = all_told(second, inputs)
    assert [*before, *after] == uninterrupted
    assert second.live() == whole.live()


@settings(max_examples=40)
@given(histories())
def test_what_is_told_again_changes_nothing(inputs: list[AlarmInput]) -> None:
    book = AlarmBook(BUSY)
    inputs = without_refused(inputs)
    all_told(book, inputs)
    shown = book.live()
    again = [book.take(message) for message in inputs if isinstance(message, MinuteSummary | Request | Mark)]
    assert all(taken.transitions == taken.memories == () for taken in again)
    assert book.live() == shown


LEGAL: dict[Cause, set[tuple[str, str]]] = {
    Cause.CONDITION: {
        ("inactive", "pending"),
        ("inactive", "active"),
        ("pending", "inactive"),
        ("pending", "active"),
        ("active", "inactive"),
        ("active", "cleared"),
        ("acknowledged", "inactive"),
        ("cleared", "active"),
    },
    Cause.TIME: {
        ("pending", "inactive"),
        ("active", "active"),
        ("silenced", "inactive"),
        ("silenced", "pending"),
        ("silenced", "active"),
        ("silenced", "acknowledged"),
        ("silenced", "cleared"),
    },
    Cause.PERSON: {
        ("active", "acknowledged"),
        ("cleared", "inactive"),
        ("cleared", "pending"),
        *((phase.value, "silenced") for phase in AlarmPhase),
        *(("silenced", phase.value) for phase in AlarmPhase),
    },
    Cause.RULES: set(),
}


@settings(max_examples=80)
@given(histories())
def test_every_transition_is_legal_and_follows_from_the_one_before(inputs: list[AlarmInput]) -> None:
    phases: dict[tuple[str, str], AlarmPhase] = defaultdict(lambda: AlarmPhase.INACTIVE)
    times: dict[tuple[str, str], int] = {}
    book = AlarmBook(BUSY)
    told = all_told(book, inputs)
    for t in told:
        key = (t.rule, t.subject)
        assert (t.before.value, t.after.value) in LEGAL[t.cause], t
        assert t.before is phases[key]
        assert t.time_ns > times.get(key, -1)
        assert (t.who != "") == (t.request != "") == (t.cause is Cause.PERSON)
        assert t.kind is AlarmKind.WELFARE or AlarmPhase.PENDING not in (t.before, t.after)
        if t.after in (AlarmPhase.PENDING, AlarmPhase.ACKNOWLEDGED, AlarmPhase.SILENCED):
            assert t.notify == ()
        if t.before is AlarmPhase.ACTIVE is t.after:
            assert t.notify != ()
        phases[key], times[key] = t.after, t.time_ns
    shown = {(alarm.rule, alarm.subject): alarm.phase for alarm in book.live()}
    technical = {alarm.rule for alarm in book.live() if alarm.kind is AlarmKind.TECHNICAL}
    for key, phase in phases.items():
        stands = shown.get(key, AlarmPhase.INACTIVE)
        assert phase is (AlarmPhase.INACTIVE if key[0] in technical and stands is AlarmPhase.PENDING else stands)
    assert len({t.key for t in told}) == len(told)


@settings(max_examples=60)
@given(st.lists(st.tuples(looks, looks), max_size=15), st.data())
def test_the_order_in_which_cages_arrive_does_not_matter(seen: list[tuple[Any, Any]], data: st.DataObject) -> None:
    """Each cage's minutes in order, each within the watermark after its end, and Ticks all the while."""

    def arriving(*, delayed: bool) -> list[AlarmInput]:
        arrivals: list[tuple[int, int, AlarmInput]] = []
        for rank, cage in enumerate("ab"):
            last_ns = 0
            for told in told_minutes([pair[rank] for pair in seen], cage):
                delay_ns = data.draw(st.integers(0, 119)) * SECOND if delayed else 0
                last_ns = max(last_ns, told.start_ns + MINUTE + delay_ns)
                arrivals.append((last_ns, rank, told))
        ticks = data.draw(st.lists(st.integers(0, 20 * 60), max_size=25)) if delayed else []
        arrivals += [(NOON + tick * SECOND, 2, Tick(NOON + tick * SECOND)) for tick in ticks]
        return [message for *_, message in sorted(arrivals, key=lambda arrival: arrival[:2])]

    def by_alarm(inputs: list[AlarmInput]) -> dict[tuple[str, str], list[Transition]]:
        told = defaultdict(list)
        for transition in feed(AlarmBook(BUSY), [*inputs, Tick(at(60))]):
            told[transition.rule, transition.subject].append(transition)
        return told

    assert by_alarm(arriving(delayed=True)) == by_alarm(arriving(delayed=False))


@settings(max_examples=40)
@given(histories())
def test_memories_and_transitions_survive_being_stored(inputs: list[AlarmInput]) -> None:
    told, memories = remembered(AlarmBook(BUSY), inputs)
    for record in [*told, *memories]:
        assert msgspec.json.decode(msgspec.json.encode(record), type=type(record)) == record
    assert all(t.evidence.value is None or math.isfinite(t.evidence.value) for t in told)
    assert sum(len(memory.body) for memory in memories) < 40_000
