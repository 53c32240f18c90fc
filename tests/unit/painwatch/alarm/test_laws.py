"""What must hold for any minutes, in any order that can be, and wherever the hub is started anew."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.alarming import MINUTE, NOON, SECOND, asks, at, config_of, feed, minute, pain_rule, remembered
from painwatch.alarm.book import AlarmBook
from painwatch.alarm.taken import AlarmInput
from painwatch.config.models import Config
from painwatch.core.alarms import AlarmPhase, Cause, Mark, Reading, Request, Transition
from painwatch.core.signals import Signal
from painwatch.core.types import MinuteSummary, Tick

HIGH, CLEAR, COVERED, GAP = 0.6, 0.4, 0.5, 6
pains = st.sampled_from([None, 0.0, 0.2, 0.5, 0.7, 1.0])
coverages = st.sampled_from([0.2, 0.5, 1.0])
looks = st.one_of(st.none(), st.tuples(pains, coverages))
"""None: the minute is not told at all."""


def told_minutes(seen: list[tuple[float | None, float] | None], cage: str = "a") -> list[MinuteSummary]:
    return [minute(i, *one, cage=cage) for i, one in enumerate(seen) if one is not None]


def judged(told: MinuteSummary) -> bool:
    return told.coverage >= COVERED and told.pain_probability is not None


def hurts(told: MinuteSummary) -> bool:
    return judged(told) and (told.pain_probability or 0.0) >= HIGH


def rule(for_min: float, clear_for_min: float = 1, **more: Any) -> Config:
    given = {"for_min": for_min, "clear_for_min": clear_for_min, "longest_gap_min": GAP} | more
    return config_of(pain_rule(**given))


def raised(told: list[Transition]) -> list[Transition]:
    up = (AlarmPhase.ACTIVE, AlarmPhase.ACKNOWLEDGED)
    return [t for t in told if t.after is AlarmPhase.ACTIVE and t.before not in up]


@settings(max_examples=120)
@given(st.lists(looks, max_size=40), st.integers(0, 5))
def test_a_welfare_alarm_rests_on_judged_minutes_alone(seen: list[Any], for_min: int) -> None:
    minutes = told_minutes(seen)
    of_judged = [m.start_ns for m in minutes if judged(m)]
    pain_at = {m.start_ns: m.pain_probability for m in minutes if judged(m)}
    needed = max(1, for_min)
    for transition in raised(feed(AlarmBook(rule(for_min)), minutes)):
        row = transition.evidence.minutes[-needed:]
        last = of_judged.index(row[-1])
        assert row == tuple(of_judged[last - needed + 1 : last + 1])
        assert all((pain_at[start_ns] or 0.0) >= HIGH for start_ns in row)
        assert all(later - earlier <= (GAP + 1) * MINUTE for earlier, later in pairwise(row))


@settings(max_examples=120)
@given(st.lists(looks, max_size=40), st.integers(0, 5))
def test_sustained_pain_always_alarms_in_the_minute_that_completes_it(seen: list[Any], for_min: int) -> None:
    book, row = AlarmBook(rule(for_min)), list[int]()
    for told in told_minutes(seen):
        book.take(told)
        if judged(told):
            if not hurts(told) or (row and told.start_ns - row[-1] > (GAP + 1) * MINUTE):
                row = []
            row += [told.start_ns] if hurts(told) else []
            if len(row) >= max(1, for_min):
                assert [alarm.phase for alarm in book.live()] == [AlarmPhase.ACTIVE]


@settings(max_examples=80)
@given(st.lists(looks, max_size=30), st.integers(0, 4), st.sets(st.integers(0, 29)), st.booleans())
def test_painful_minutes_that_go_missing_never_raise(
    seen: list[Any], for_min: int, missing: set[int], blanked: bool
) -> None:
    """Minutes that do not hurt are another matter: what broke a row is then not known."""
    minutes = told_minutes(seen)
    before = raised(feed(AlarmBook(rule(for_min)), minutes))
    left: list[MinuteSummary] = []
    for index, told in enumerate(minutes):
        if index not in missing or not hurts(told):
            left.append(told)
        elif blanked:
            left.append(minute((told.start_ns - NOON) // MINUTE, None))
    if not before:
        assert raised(feed(AlarmBook(rule(for_min)), left)) == []


@settings(max_examples=80)
@given(st.lists(looks, max_size=40), st.integers(0, 3), st.integers(0, 5), st.booleans())
def test_a_welfare_alarm_ends_by_judged_minutes_alone(
    seen: list[Any], for_min: int, clear_for_min: int, stays: bool
) -> None:
    minutes = told_minutes(seen)
    of_judged = [m for m in minutes if judged(m)]
    told = feed(AlarmBook(rule(for_min, clear_for_min, latched=stays)), [*minutes, Tick(at(500))])
    for transition in told:
        if transition.before is AlarmPhase.ACTIVE and transition.after is not AlarmPhase.ACTIVE:
            assert transition.cause is Cause.CONDITION
            by = [m for m in of_judged if m.start_ns < transition.time_ns][-max(1, clear_for_min) :]
            assert by[-1].start_ns == transition.time_ns - MINUTE
            assert all((m.pain_probability or 0.0) < CLEAR for m in by)


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
        if t.after in (AlarmPhase.PENDING, AlarmPhase.ACKNOWLEDGED, AlarmPhase.SILENCED):
            assert t.notify == ()
        if t.before is AlarmPhase.ACTIVE is t.after:
            assert t.notify != ()
        phases[key], times[key] = t.after, t.time_ns
    shown = {(alarm.rule, alarm.subject): alarm.phase for alarm in book.live()}
    assert all(shown.get(key, AlarmPhase.INACTIVE) is phase for key, phase in phases.items())
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
