"""An alarm's transition in a person's words. Pure.

A notice asks a person to look; it never says what an animal has. That an alarm ended is told together with what it
ended by: a score that stayed low for some minutes is no finding, and a rule that was changed says nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from painwatch.config.models import CageConfig, Config
from painwatch.core.alarms import AlarmPhase, Cause, Evidence, Notice, Transition
from painwatch.core.signals import SIGNALS, AlarmKind
from painwatch.notify.headlines import Subject, headline, subject_of
from painwatch.notify.messages import utc
from painwatch.validation import NO_DIAGNOSIS

_LAST_VALUES = 10
_MOST_CAGES = 12


def notices_of(transition: Transition, config: Config, validation: str = "", zone: tzinfo = UTC) -> tuple[Notice, ...]:
    """What each target in `transition.notify` is to be told; targets that `config` no longer has are left out.

    Args:
        validation: what the model's card says of its validation (`validation.notice`), told wherever a score is.
        zone: the reader's; times are told in UTC besides.
    """
    known = {target.name for target in config.notify.targets}
    subject = subject_of(transition, config)
    title = f"{config.site}: {_title(transition, subject)}"
    body = "\n".join(_lines(transition, config, subject, validation, zone))
    return tuple(
        Notice(target, transition.key, transition.time_ns, transition.kind, transition.priority, title, body)
        for target in dict.fromkeys(transition.notify)
        if target in known
    )


def gist_of(transition: Transition, config: Config) -> tuple[str, str, str]:
    """It in short: a title without the site, what a person is asked or told, and the alarm's own words."""
    subject = subject_of(transition, config)
    return _title(transition, subject), _asked(transition, subject), transition.words


def reserve(validation: str) -> str:
    """What is said wherever a score is told: `validation` (of the model's card), and that this is no diagnosis."""
    return validation if NO_DIAGNOSIS in validation else " ".join(filter(None, (validation, NO_DIAGNOSIS)))


def _title(transition: Transition, subject: Subject) -> str:
    welfare = transition.kind is AlarmKind.WELFARE
    ended = f"{transition.rule} at {subject.words}" if welfare else headline(subject)
    if transition.after is AlarmPhase.INACTIVE and transition.cause is Cause.PERSON:
        return f"seen by {transition.who or 'a person'}: {ended}"
    match transition.after:
        case AlarmPhase.ACTIVE | AlarmPhase.PENDING:
            asked = f"please review {subject.animals}" if welfare else headline(subject)
            again = "nobody has answered: " if transition.escalation else ""
            return f"{again}{asked} ({transition.priority.value} priority)"
        case AlarmPhase.ACKNOWLEDGED:
            return f"seen by {transition.who or 'a person'}: {transition.rule} at {subject.words}"
        case AlarmPhase.SILENCED:
            return f"silenced by {transition.who or 'a person'}: {transition.rule} at {subject.words}"
        case AlarmPhase.CLEARED:
            return f"ended, and nobody has reviewed it: {ended}"
        case AlarmPhase.INACTIVE:
            return f"ended: {ended}"


def _lines(transition: Transition, config: Config, subject: Subject, validation: str, zone: tzinfo) -> Iterator[str]:
    """The body. Its second line holds the alarm's own words."""
    yield _asked(transition, subject)
    yield transition.words
    if subject.cages:
        more = f"; and {len(subject.cages) - _MOST_CAGES} more" if len(subject.cages) > _MOST_CAGES else ""
        yield f"Where: {'; '.join(_cage(cage) for cage in subject.cages[:_MOST_CAGES])}{more}."
    yield f"When: {_when(transition, zone)}."
    yield from _numbers(transition.evidence, SIGNALS[subject.signal].unit if subject.signal else "")
    yield from _history(transition)
    if transition.kind is AlarmKind.TECHNICAL and subject.blinds and _lasts(transition):
        unseen = "the animals here are" if len(subject.cages) != 1 else f"{subject.animals} is"
        yield (
            f"While this lasts, silence is not comfort: {unseen} not being watched properly,"
            " and pain may raise no alarm."
        )
    if transition.runbook:
        yield f"What to do: {transition.runbook}"
    if config.notify.page:
        yield f"Page: {config.notify.page}"
    if transition.kind is AlarmKind.WELFARE:
        if transition.evidence.models:
            yield f"Model: {', '.join(transition.evidence.models)}."
        yield reserve(validation)
    yield f"Rule: {transition.rule} ({transition.kind.value}, {transition.priority.value} priority)."


def _asked(transition: Transition, subject: Subject) -> str:
    if transition.kind is AlarmKind.TECHNICAL:
        seen = f"Please see to the watch: {headline(subject)}."
        return seen if _lasts(transition) else f"Ended ({_ended_by(transition)}): {headline(subject)}."
    if _lasts(transition):
        return f"Please go and review {subject.animals}."
    if transition.after in (AlarmPhase.ACKNOWLEDGED, AlarmPhase.SILENCED) or transition.cause is Cause.PERSON:
        return f"{transition.who or 'A person'} has answered the request to review {subject.animals}."
    said = "this is a score, no finding" if transition.cause is Cause.CONDITION else "no animal was judged better"
    asked = f" Please still review {subject.animals}." if transition.after is AlarmPhase.CLEARED else ""
    return f"The alarm ended {_ended_by(transition)}; {said}: it does not say that there is no pain.{asked}"


def _lasts(transition: Transition) -> bool:
    return transition.after in (AlarmPhase.ACTIVE, AlarmPhase.PENDING)


def _ended_by(transition: Transition) -> str:
    if transition.cause is Cause.CONDITION and transition.kind is AlarmKind.WELFARE:
        return "by minutes that could be judged"
    return {
        Cause.CONDITION: "its condition no longer holds",
        Cause.PERSON: f"by {transition.who or 'a person'}",
        Cause.TIME: "because its time ran out",
        Cause.RULES: "because the rules were changed",
    }[transition.cause]


def _history(transition: Transition) -> Iterator[str]:
    if transition.escalation:
        yield f"Nobody has acknowledged this so far: escalation step {transition.escalation}."
    if transition.after is AlarmPhase.ACTIVE and transition.before is AlarmPhase.SILENCED:
        yield "It was silenced; that is over, and it lasts."
    if transition.after is AlarmPhase.ACTIVE and transition.before is AlarmPhase.CLEARED:
        yield "It had ended, and is back before anybody has reviewed it."


def _numbers(evidence: Evidence, unit: str) -> Iterator[str]:
    unit = f" {unit}" if unit == "s" else ""
    if evidence.values:
        of = f"{len(evidence.values)} judged" + (f" with {evidence.faces} faces" if evidence.faces else "")
        not_judged = f", {evidence.unjudged} between them not judged" if evidence.unjudged else ""
        last = ", ".join(_number(value) for value in evidence.values[-_LAST_VALUES:])
        yield f"Last values: {last} (of {of}{not_judged})."
    elif evidence.value is not None:
        yield f"Value: {_number(evidence.value)}{unit}."
    limits = [f"threshold {_number(evidence.threshold)}{unit}"]
    if evidence.clear != evidence.threshold:
        limits.append(f"ends beyond {_number(evidence.clear)}{unit}")
    if evidence.baseline is not None:
        limits.append(f"held against the animal's own mean of {_number(evidence.baseline)}")
    if evidence.coverage is not None:
        needed = f" (needs {_number(evidence.minimum_coverage)})" if evidence.minimum_coverage is not None else ""
        limits.append(f"coverage {_number(evidence.coverage)}{needed}")
    yield f"Limits: {', '.join(limits)}."


def _when(transition: Transition, zone: tzinfo) -> str:
    since = transition.evidence.minutes[:1]
    return _local(transition.time_ns, zone) + (f", judged since {_local(since[0], zone)}" if since else "")


def _local(time_ns: int, zone: tzinfo) -> str:
    there = datetime.fromtimestamp(time_ns // 1_000_000_000, zone)
    if there.utcoffset() == timedelta(0):
        return utc(time_ns)
    offset = f"{there:%z}"
    return f"{there:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:]} ({utc(time_ns)})"


def _cage(cage: CageConfig) -> str:
    room = f", room {cage.room}" if cage.room else ""
    group = f", group {cage.group}" if cage.group else ""
    return f"{cage.name} ({cage.species}, {cage.strain}{room}{group})"


def _number(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 10 and value != int(value) else f"{value:,.0f}"
