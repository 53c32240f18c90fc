"""The supervisor: starts the children, starts dead and stuck ones again, tells the hub, and stops them in order."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.core.clock import Clock, SystemClock
from painwatch.core.errors import PainwatchError
from painwatch.curve.way import HubWay, way_to_hub
from painwatch.hub_line import HubLine, hub_line
from painwatch.one_instance import Instance, only_instance
from painwatch.progress import Progress
from painwatch.service_manager import STOPPING, status, tell
from painwatch.supervise import life
from painwatch.supervise.caretaker import cared_for
from painwatch.supervise.kept import Kept, ask_to_stop, await_end, look_after, measure, note_end, state_of
from painwatch.supervise.last_word import LastWord, last_word_of
from painwatch.supervise.leftovers import make_room, tidy
from painwatch.supervise.roster import ONE_THREAD, Child, Duty, children_of
from painwatch.supervise.verdicts import Limits, limits_of

log = logging.getLogger(__name__)

LOOK_S = 0.1
"""How often the children are looked after: a death is answered within this time."""

TELL_S = 2.0
"""How often the hub is told of every child, and its progress and its use of the processor and memory are measured."""

STOP_S = 4.0
"""How long all children together may take to stop before they are killed: all is over within 5 s."""

HUBS_SHARE = 0.4
"""Of that time, what is left to the hub alone, so that it stores the others' last words."""

QUEUE_LENGTH = 200
"""Messages kept while the hub is away."""


def run_supervisor(
    config: Config,
    places: Places,
    *,
    config_path: Path,
    stop: threading.Event,
    shown: AbstractContextManager[None] | None = None,
) -> None:
    """Keep every process of `config` alive until `stop` is set, then stop them in order and tidy up.

    `shown` is entered once it is certain that no other supervisor runs here, and left when all children have ended.

    Must run in a thread that lives as long as the process: children end when the thread that started them does.

    Raises:
        PainwatchError: another supervisor runs in the same run_dir, or the folder cannot be used; or the hub is on
            another host, and this one has no keys.
    """
    children = children_of(config, config_path.absolute(), sys.executable)
    keep_alive(
        children,
        places,
        stop=stop,
        limits=limits_of(config.runtime),
        last_word=last_word_of(config, config_path.absolute(), sys.executable),
        shown=shown,
        way=way_to_hub(config, places, config_dir=config_path.absolute().parent),
    )


def keep_alive(
    children: Sequence[Child],
    places: Places,
    *,
    stop: threading.Event,
    environment: Mapping[str, str] = ONE_THREAD,
    limits: Limits | None = None,
    stop_s: float = STOP_S,
    last_word: Callable[[str], Sequence[str]] | None = None,
    clock: Clock | None = None,
    shown: AbstractContextManager[None] | None = None,
    way: HubWay | None = None,
) -> None:
    """As `run_supervisor`, for any children; `environment` is added to the supervisor's own.

    Args:
        limits: what ends a child though it lives; the usual ones if None.
        stop_s: how long the children may take to stop, all together.
        last_word: the command that tells people that the hub is down, for the reason it is given; None: nobody is told.
        way: where the hub is; None: on this host.
    """
    ticking, allowed = clock or SystemClock(), limits or Limits()
    with (
        only_instance(places.lock) as room,
        shown or contextlib.nullcontext(),
        hub_line(way or places.results, kept=QUEUE_LENGTH) as line,
        cared_for(places.run_dir),
        Progress(None) as progress,
        contextlib.closing(LastWord(last_word, places.log("last-word"), environment)) as word,
    ):
        make_room(places.run_dir)
        kept = [
            Kept(child, places.log(child.name), places.progress(child.name), life.unborn(ticking.now()))
            for child in children
        ]
        try:
            told_at, has_room = time.monotonic() - TELL_S, True
            while not stop.is_set():
                changed = [one for one in kept if look_after(one, ticking, environment)] if has_room else []
                if time.monotonic() - told_at >= TELL_S:
                    told_at, had_room = time.monotonic(), has_room
                    has_room = _watch_over(kept, room, places, allowed, stop_s, ticking, had_room=had_room)
                    changed = kept if has_room else []
                    word.look(next((one for one in kept if one.child.duty is Duty.HUB), None), ticking)
                    tell(status(_summary(kept) if has_room else f"{places.run_dir} cannot be used"))
                for one in changed:
                    line.send(state_of(one, ticking))
                progress.step()
                stop.wait(LOOK_S)
        finally:
            tell(STOPPING)
            _stop_all(kept, stop_s, lambda one: _tell_stopped(one, ticking, line))
            tidy(places.run_dir)


def _watch_over(
    kept: Sequence[Kept],
    room: Instance,
    places: Places,
    limits: Limits,
    stop_s: float,
    clock: Clock,
    *,
    had_room: bool,
) -> bool:
    """Whether there is a folder that children can work in; to be asked again, and no child started until it is True."""
    for one in kept:
        measure(one, limits, clock)
    if had_room and not room.lost():
        return True
    if had_room:
        # Sockets and frames are reached by name: who holds them open and who comes anew would never meet again.
        reason = f"was stopped because {places.run_dir} was removed while it ran"
        log.error("%s was removed: everything is started anew", places.run_dir)
        _stop_all(kept, stop_s, lambda one: note_end(one, reason, clock))
    try:
        if room.lost():
            room.renew()
        make_room(places.run_dir)
    except (PainwatchError, OSError) as error:
        if had_room:
            log.error("nothing can be started, and it is tried again and again: %s", error)
        return False
    if not had_room:
        log.warning("%s can be used again: everything is started anew", places.run_dir)
    return True


def _stop_all(kept: Sequence[Kept], stop_s: float, ended: Callable[[Kept], None]) -> None:
    began = time.monotonic()
    for duty_is_hub, share in ((False, 1.0 - HUBS_SHARE), (True, 1.0)):
        wave = sorted((k for k in kept if (k.child.duty is Duty.HUB) == duty_is_hub), key=lambda k: k.child.duty)
        for one in wave:
            ask_to_stop(one)
        for one in wave:
            await_end(one, began + share * stop_s)
            ended(one)


def _tell_stopped(one: Kept, clock: Clock, line: HubLine) -> None:
    one.life = life.stopped(one.life, clock.now())
    line.send(state_of(one, clock))


def _summary(kept: Sequence[Kept]) -> str:
    down = [f"{one.child.name} {one.life.reason}" for one in kept if one.process is None]
    return "; ".join((f"{len(kept) - len(down)} of {len(kept)} processes are up", *down))
