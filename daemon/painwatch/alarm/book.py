"""All alarms of a site: takes inputs in the order they came, gives what became of the alarms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from painwatch.alarm.alarm import Alarm, Heard
from painwatch.alarm.asked import LONGEST_ID, LONGEST_TEXT, Asked
from painwatch.alarm.baseline import NEW_ANIMAL
from painwatch.alarm.condition import by_minutes
from painwatch.alarm.memory import from_body, what_of
from painwatch.alarm.people import done
from painwatch.alarm.pooling import WATERMARK_NS
from painwatch.alarm.resuming import close, go_on, rewind
from painwatch.alarm.roll import Roll
from painwatch.alarm.rules import Rule, rules_of
from painwatch.alarm.samples import of_minute, of_reading
from painwatch.alarm.sight import Sight
from painwatch.alarm.taken import AlarmInput, Taken
from painwatch.alarm.telling import shown, worst_first
from painwatch.config.alarms import RuleConfig
from painwatch.config.models import Config
from painwatch.core.alarms import (
    AlarmLive,
    AlarmMemory,
    AlarmPhase,
    Mark,
    Reading,
    Request,
    RequestAction,
    Transition,
)
from painwatch.core.signals import AlarmKind
from painwatch.core.types import MinuteSummary, Tick

CLOCK_STEP_NS = 10_000_000_000
"""A Tick this far before the last one means that the clock was set back."""

AHEAD_NS = 60_000_000_000
"""A request may come from this far ahead of the last Tick."""


class AlarmBook:
    """The alarms of one site. The same inputs in the same order give the same transitions, live or not.

    The minutes and readings that a Tick brought about must be given before the Tick itself.

    Every alarm lives in the time of what it watches. For the minutes of cages that are watched live, that is the
    hub's clock; of recordings that are read as fast as they can be scored, the time in the recording, which Ticks do
    not move: a silence of an hour is then an hour of the recording. Readings are of the hub's clock.
    """

    def __init__(self, config: Config, rules: Sequence[Rule] | None = None, heard: Heard | None = None) -> None:
        """`rules`: instead of those of the configuration, such as for a trial over the past, each of another name.
        `heard`: told of every sample as the rules judge it.
        """
        self._config = config
        self._roll = Roll(config, rules_of(config) if rules is None else rules, heard)
        self._asked = Asked(tuple(cage.name for cage in config.cages))
        self._tick_ns: int | None = None
        # Every alarm has a memory from the first input on: one without is of a new rule.
        self._known = False

    def resume(self, memories: Iterable[AlarmMemory], now_ns: int | None = None, marks: Iterable[Mark] = ()) -> Taken:
        """Goes on from what was stored; to be called once, before anything is taken.

        Then the minutes, marks and requests since then are to be taken, and for marks that are yet to be made those of
        `baseline.REACH_MINUTES` before: what was evaluated already changes nothing. A rule without a memory begins
        where the others of the cage stand, or else now, so that what is past raises nothing by a new rule.

        Args:
            now_ns: the hub's clock; what was evaluated under a clock that was ahead of it goes on from there.
            marks: all that were stored; what they did to baselines is remembered already.
        """
        for mark in marks:
            self._asked.marked(mark)
        told: tuple[Transition, ...] = ()
        kept: list[AlarmMemory] = []
        known: set[tuple[str, str]] = set()
        unreadable = 0
        for stored in memories:
            if self._asked.resumes(stored):
                continue
            memory, alarm = from_body(stored.body), self._roll.heard_of(stored.rule, stored.subject)
            if memory is None:
                unreadable += 1
            elif alarm is not None and memory.what == what_of(alarm.rule.config):
                told += go_on(alarm, memory)
                known.add((stored.rule, stored.subject))
            else:
                ended, closed = close(stored, memory, self._config)
                told += ended
                if alarm is not None:
                    alarm.begin_after(memory)
                    known.add((stored.rule, stored.subject))
                elif memory.phase is not AlarmPhase.INACTIVE:
                    kept.append(closed)
        self._begin_new(known, now_ns)
        for alarm in self._roll.all() if now_ns is not None else ():
            rewind(alarm, now_ns or 0)
        refused = f"{unreadable} memories of alarms cannot be read: these alarms begin anew" if unreadable else ""
        given = self._given(told, self._roll.all())
        return Taken(told, (*kept, *given.memories), refused=refused)

    def take(self, message: AlarmInput) -> Taken:
        """One input; what was evaluated before (a minute told again, a request done already) changes nothing."""
        match message:
            case MinuteSummary():
                return self._minute(message)
            case Reading():
                alarms = self._roll.of_reading(message.signal, message.subject)
                return self._given(tuple(t for alarm in alarms for t in alarm.take(of_reading(message))), alarms)
            case Tick():
                return self._tick(message.time_ns)
            case Mark():
                return Taken() if self._asked.refuses(message) else self._mark(message)
            case Request():
                return self._request(message)

    def live(self) -> tuple[AlarmLive, ...]:
        """Every alarm that is not inactive, and those that wait for their baseline; worst first."""
        seen = (shown(a.rule.config, a.subject, a.memory, a.priority) for a in self._roll.all())
        return tuple(sorted((alarm for alarm in seen if alarm is not None), key=worst_first))

    def _minute(self, minute: MinuteSummary) -> Taken:
        if minute.cage not in self._roll.by_cage:
            return Taken()
        alarms, pools = self._roll.by_cage[minute.cage], self._roll.pools_of(minute.cage)
        in_pools = [alarm.rule.config for pooled in pools for alarm in pooled.alarms]
        told = _judge(alarms, minute, self._roll.sights[minute.cage], in_pools)
        for pooled in pools:
            told += tuple(t for one in pooled.pool.minute(minute) for t in _judge(pooled.alarms, one, pooled.sight))
        return self._given(told, (*alarms, *(alarm for pooled in pools for alarm in pooled.alarms)))

    def _tick(self, time_ns: int) -> Taken:
        told: tuple[Transition, ...] = ()
        if self._tick_ns is not None and time_ns < self._tick_ns - CLOCK_STEP_NS:
            self._set_back(self._tick_ns - time_ns)
        self._tick_ns = time_ns
        for pooled in self._roll.pools:
            told += tuple(t for one in pooled.pool.tick(time_ns) for t in _judge(pooled.alarms, one, pooled.sight))
        for alarm in self._roll.all():
            if alarm.live:
                told += alarm.tick(time_ns - WATERMARK_NS if by_minutes(alarm.rule.config) else time_ns)
        return self._given(told, self._roll.all())

    def _set_back(self, by_ns: int) -> None:
        for pooled in self._roll.pools:
            pooled.pool.forget()
        for alarm in self._roll.all():
            if alarm.live:
                alarm.set_back(by_ns)

    def _mark(self, mark: Mark) -> Taken:
        self._asked.marked(mark)
        alarms = self._roll.by_cage[mark.cage]
        return self._given(tuple(t for alarm in alarms for t in alarm.mark(mark)), alarms)

    def _request(self, request: Request) -> Taken:
        if not request.id or len(request.id) > LONGEST_ID or len(request.words) > LONGEST_TEXT:
            return Taken(refused="the request has no id, or its id or words are too long")
        if self._asked.knows(request.id):
            return Taken()
        if self._tick_ns is not None and request.time_ns > self._tick_ns + AHEAD_NS:
            return Taken(refused="the request comes from a clock that is ahead of the hub's")
        if request.action is RequestAction.MARK:
            return self._asked_mark(request)
        alarm = self._roll.known(request.rule, request.subject)
        if alarm is None:
            return Taken(refused=f"there is no alarm {request.rule} on {request.subject}")
        if not alarm.live and alarm.memory.reached_ns < 0:
            return Taken(refused="nothing was seen of this recording yet, so there is no time to count from")
        result = done(alarm, request, request.time_ns if alarm.live else alarm.memory.reached_ns)
        if isinstance(result, str):
            return Taken(refused=f"{request.subject}: {result}")
        given = self._given(result, (alarm,))
        return Taken(result, (*given.memories, self._asked.did(request.id, request.time_ns)))

    def _asked_mark(self, request: Request) -> Taken:
        mark = request.mark and msgspec.structs.replace(request.mark, who=request.who, request=request.id)
        why_not = self._asked.refuses(mark)
        if why_not or mark is None:
            return Taken(refused=why_not)
        if mark.name == NEW_ANIMAL and self._roll.live(mark.cage) and mark.time_ns > request.time_ns + AHEAD_NS:
            return Taken(refused="a new animal is marked when it is there: until then no baseline would be made")
        given = self._mark(mark)
        asked = self._asked.did(request.id, request.time_ns)
        return Taken(given.transitions, (*given.memories, asked), marks=(mark,))

    def _given(self, told: tuple[Transition, ...], alarms: Iterable[Alarm]) -> Taken:
        changed = [alarm for alarm in (alarms if self._known else self._roll.all()) if alarm.changed or not self._known]
        self._known = True
        for alarm in changed:
            alarm.changed = False
        return Taken(told, tuple(alarm.stored() for alarm in changed))

    def _begin_new(self, known: set[tuple[str, str]], now_ns: int | None) -> None:
        """What is past is past for an alarm without a memory: minutes that others have judged, or that came before."""
        all_of_them = [alarm for alarm in self._roll.all() if by_minutes(alarm.rule.config)]
        resumed = [alarm for alarm in all_of_them if alarm.key in known]
        for alarm in (alarm for alarm in resumed if alarm.live and alarm.rule.config.scope == "cage"):
            # Every minute is stored with all alarms of its cage: the rule of one that is behind was away in between.
            reached_ns = max(o.memory.reached_ns for o in resumed if o.live and o.subject == alarm.subject)
            if alarm.memory.reached_ns < reached_ns - WATERMARK_NS:
                alarm.memory.reached_ns, alarm.changed = reached_ns, True
        for alarm in (alarm for alarm in all_of_them if alarm.key not in known):
            beside = [one for one in resumed if set(one.subject.cages) & set(alarm.subject.cages)]
            if beside:
                alarm.memory.reached_ns = max(one.memory.reached_ns for one in beside)
            elif now_ns is not None and alarm.live:
                alarm.memory.reached_ns = now_ns - WATERMARK_NS
            alarm.changed = True


def _judge(
    alarms: Sequence[Alarm], minute: MinuteSummary, sight: Sight, elsewhere: Sequence[RuleConfig] = ()
) -> tuple[Transition, ...]:
    """Welfare first: how many of those rules could not judge the minute is what one of the technical signals says.

    `elsewhere`: rules that judge the minute only together with those of other cages.
    """
    in_order = sorted(alarms, key=lambda alarm: alarm.rule.config.kind is AlarmKind.TECHNICAL)
    told: tuple[Transition, ...] = ()
    blind = sum(of_minute(rule, minute).blind for rule in elsewhere)
    share = sight.share(minute, (*(alarm.rule.config for alarm in alarms), *elsewhere))
    for alarm in in_order:
        told += alarm.take(of_minute(alarm.rule.config, minute, blind, share))
        blind += alarm.blind
    return told
