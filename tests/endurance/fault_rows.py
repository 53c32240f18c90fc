"""One fault: how it is brought about, what is to come of it, and what did."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from endurance.fault_watch import AlarmKey, FaultWatch, Raised
from painwatch.web.wording import about_cage, about_camera, about_process, one_line

CONTROL = "nothing (control)"

MORE_S = 30.0
"""What an alarm may take beyond the time of its rule."""


@dataclass(frozen=True)
class Fault:
    """What is done, and what is to come of it.

    Attributes:
        what: for the table.
        harm: entering it does the harm, leaving it mends it.
        rule, subject: of the alarm that is to be raised; an empty rule: none is, since the watch mends it by itself,
            and `back` says within how many seconds.
        rule_s: the rule's time.
        cages: whose judging is concerned. `blind`: none of them may be scored while the fault lasts.
        settles_s: how long what came before the harm may still be scored.
        says: what the page says meanwhile.
        mine: which further alarms belong to this fault; unset: those of its subject and cages.
        clears_s: within how long the alarm is to end after the mending; None: that is not waited for, as `note` says.
        told: what people were told since a time, where that goes by another way than an alarm; None: nothing yet.
        back_s: within how long all is judged again after the mending.
        stays_s: the least that the fault lasts.
        mends_itself: the watch mends it before the harm is left: what is scored after the alarm was seen again.
        from_start: it was there before the watch began, and is counted from then.
    """

    what: str
    harm: Callable[[], AbstractContextManager[object]]
    rule: str
    subject: str
    rule_s: float
    cages: tuple[str, ...] = ()
    blind: bool = True
    settles_s: float = 4.0
    says: Callable[[FaultWatch], str] | None = None
    mine: Callable[[AlarmKey], bool] | None = None
    clears_s: float | None = 180.0
    told: Callable[[float], str | None] | None = None
    back_s: float | None = None
    note: str = ""
    stays_s: float = 0.0
    from_start: bool = False
    mends_itself: bool = False


@dataclass(frozen=True)
class Row:
    """What came of a fault. Seconds from the harm, and from its mending."""

    fault: Fault
    raised_s: float | None
    priority: str
    words: str
    page: str
    others: tuple[str, ...]
    welfare: tuple[str, ...]
    scored: int
    cleared_s: float | None
    faults: tuple[str, ...]


def carry_out(fault: Fault, watch: FaultWatch, tell: Callable[[str], None]) -> Row:
    """Does the harm, waits for the alarm, mends, and waits for its end."""
    try:
        return _carry_out(fault, watch, tell)
    except Exception as error:
        # What goes wrong with one must not take the others' rows along.
        tell(f"{fault.what}: {error!r}")
        return undone(fault, error)


def _carry_out(fault: Fault, watch: FaultWatch, tell: Callable[[str], None]) -> Row:
    began_s = watch.began_s if fault.from_start else time.monotonic()
    tell(f"{fault.what}: waiting for {fault.rule or 'nothing'}")
    words: str | None = ""
    with fault.harm():
        # What takes long to do has been done by now.
        done_s = time.monotonic()
        raised = _wait(fault, watch, began_s)
        page = (fault.says or _usual_words(fault))(watch)
        if fault.told is not None:
            words = fault.told(began_s)
        if fault.stays_s:
            time.sleep(max(0.0, done_s + fault.stays_s - time.monotonic()))
        mended_s = time.monotonic()
        ends_s = began_s + raised[0] if raised and fault.mends_itself else mended_s
        scored = sum(watch.scored_between(cage, done_s + fault.settles_s, ends_s) for cage in fault.cages)
    tell(f"{fault.what}: mended")
    mended_s = time.monotonic()
    cleared_s = _cleared(fault, watch, raised, mended_s)
    # A false alarm may come with the first minutes after.
    mine = fault.mine or (lambda key: key[1] == fault.subject or key[1] in fault.cages)
    others = [(key, one) for key, one in watch.raised_since(began_s, mine) if key != (fault.rule, fault.subject)]
    welfare = watch.welfare_since(began_s, lambda subject: subject in fault.cages)
    problems = _problems(fault, watch, raised, words, scored, cleared_s, bool(welfare))
    row = Row(
        fault=fault,
        raised_s=None if raised is None else raised[0],
        priority="" if raised is None or raised[1] is None else raised[1].alarm.priority.value,
        words=words or ("" if raised is None or raised[1] is None else raised[1].alarm.words),
        page=page,
        others=tuple(f"{key[0]}/{key[1]} after {one.at_s - began_s:.0f} s" for key, one in others),
        welfare=tuple("/".join(key) for key in welfare),
        scored=scored if fault.blind and fault.cages else -1,
        cleared_s=cleared_s,
        faults=problems,
    )
    after = "never" if row.raised_s is None else f"after {row.raised_s:.0f} s"
    tell(f"{fault.what}: done; {fault.rule or 'no alarm'} {after}; page: {page}; {'; '.join(problems) or 'as it must'}")
    return row


def undone(fault: Fault, error: Exception) -> Row:
    """The row of a fault that could not be put in."""
    why = f"could not be done ({type(error).__name__}: {error})"
    return Row(fault, None, "", "", "", (), (), -1, None, (why,))


def _wait(fault: Fault, watch: FaultWatch, began_s: float) -> tuple[float, Raised | None] | None:
    """After how long the alarm came, and the alarm where it is one."""
    if not fault.rule:
        return None
    within_s = fault.rule_s + MORE_S
    if fault.told is not None:
        told = fault.told
        took_s = _until(lambda: told(began_s) is not None, began_s + within_s)
        return None if took_s is None else (time.monotonic() - began_s, None)
    key = (fault.rule, fault.subject)

    def found() -> list[tuple[AlarmKey, Raised]]:
        return watch.raised_since(began_s, lambda one: one == key)

    _until(found, began_s + within_s)
    came = found()
    return (came[0][1].at_s - began_s, came[0][1]) if came else None


def _cleared(
    fault: Fault, watch: FaultWatch, raised: tuple[float, Raised | None] | None, mended_s: float
) -> float | None:
    if fault.back_s is not None:
        return watch.until(lambda: all(map(watch.judges, fault.cages)), fault.back_s)
    if raised is None or raised[1] is None or fault.clears_s is None:
        return None
    key = (fault.rule, fault.subject)

    def ended() -> bool:
        return bool(watch.heard.raised[key][-1].ended_s)

    if _until(ended, mended_s + fault.clears_s) is None:
        return None
    return max(0.0, (watch.heard.raised[key][-1].ended_s or mended_s) - mended_s)


def _problems(
    fault: Fault,
    watch: FaultWatch,
    raised: object,
    words: str | None,
    scored: int,
    cleared_s: float | None,
    welfare: bool,
) -> tuple[str, ...]:
    found = []
    if fault.rule and raised is None:
        found.append(f"no {fault.rule} within {fault.rule_s + MORE_S:.0f} s")
    if welfare:
        found.append("a welfare alarm came of it")
    if fault.blind and fault.cages and scored:
        found.append(f"{scored} points were scored meanwhile")
    if fault.back_s is not None and cleared_s is None:
        found.append(f"not judging again within {fault.back_s:.0f} s")
    elif raised is not None and fault.told is None and fault.clears_s is not None and cleared_s is None:
        found.append(f"not over within {fault.clears_s:.0f} s after the mending")
    return tuple(found)


def _until(holds: Callable[[], object], deadline_s: float) -> float | None:
    began_s = time.monotonic()
    while not holds():
        if time.monotonic() > deadline_s:
            return None
        time.sleep(0.1)
    return time.monotonic() - began_s


def _usual_words(fault: Fault) -> Callable[[FaultWatch], str]:
    return lambda watch: cage_words(watch, *fault.cages)


def cage_words(watch: FaultWatch, *cages: str) -> str:
    """What the page says of the cages and their cameras."""
    snapshot, age_s, said = watch.snapshot, watch.silent_s, list[str]()
    for name in cages:
        said.append(one_line(about_cage(watch.cage(name), 1, snapshot.time_ns, age_s)))
        for camera in snapshot.cameras:
            if camera.cage == name:
                said.append(f"camera: {one_line(about_camera(camera, snapshot.time_ns, age_s))}")
    return "; ".join(said)


def process_words(watch: FaultWatch, name: str) -> str:
    """What the page says of a process."""
    state = watch.process(name)
    if state is None:
        return "nothing"
    said = one_line(about_process(state, watch.snapshot.time_ns, watch.silent_s))
    return f"{name}: {said}; {state.reason}" if state.reason else f"{name}: {said}"
