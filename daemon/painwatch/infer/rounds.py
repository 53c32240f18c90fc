"""One round of a worker: who waits, whose turn it is, and what is said of each."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from painwatch.core.clock import Clock, Stamp
from painwatch.core.types import Frame, Prediction, Status
from painwatch.infer import schedule
from painwatch.infer.batches import look_many
from painwatch.infer.eye import Eye, done_with, overrun, take, waits
from painwatch.infer.pipeline import Settings, Tools, look
from painwatch.infer.turns import Turns

IDLE_S = 0.004
"""Pause when no camera has anything new: what polling adds to the latency at most."""

LONGEST_IDLE_S = 0.1


class Send(Protocol):
    """Takes a prediction to the hub. `patient`: waits for room until this is set; None: at once or never."""

    def __call__(self, prediction: Prediction, *, patient: threading.Event | None) -> None: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """The models, or why there are none."""

    tools: Tools | None
    settings: Settings | None
    out_of_domain: dict[str, str]
    fault: str = ""


def turns_of(eyes: Sequence[Eye]) -> Turns:
    """Turns for these cameras, each as its sample rate asks."""
    return Turns([eye.sampling.period_ns / 1e9 for eye in eyes])


def go_round(
    eyes: Sequence[Eye], turns: Turns, opened: Opened, send: Send, clock: Clock, stop: threading.Event
) -> bool:
    """Look through those whose turn it is, as many as can be computed together; whether there was anything to do.

    The others keep waiting: with their newest frame when their turn comes, and for no longer than is fair.
    """
    now = clock.now()
    waiting, had_work = [], False
    for index, eye in enumerate(eyes):
        if not eye.recording and schedule.shut(eye.sampling, now.wall_ns):
            continue
        if waits(eye, clock):
            waiting.append(index)
        elif not eye.recording:
            had_work |= _say_missing(eye, opened, send, clock)
    if not waiting:
        return had_work
    seen: list[tuple[Eye, Frame]] = []
    for index in turns.next(waiting, _together(opened)):
        frame = take(eyes[index], clock)
        if frame is not None:
            turns.looked(index)
            seen.append((eyes[index], frame))
        # Frames of a recording that were only passed over, too.
        had_work |= frame is not None or (eyes[index].recording and not eyes[index].ring_fault)
    _look_through(seen, opened, send, clock, stop)
    return had_work


def idle_s(eyes: Sequence[Eye], now: Stamp) -> float:
    """How long nothing can be wanted of any camera, s; or, if a frame may come at any moment, the usual pause."""
    if any(eye.recording or not schedule.shut(eye.sampling, now.wall_ns) for eye in eyes):
        return IDLE_S
    opens_ns = min((schedule.opens_ns(eye.sampling) for eye in eyes), default=now.wall_ns)
    return min(LONGEST_IDLE_S, max(0.001, (opens_ns - now.wall_ns) / 1e9))


def _together(opened: Opened) -> int | None:
    if opened.tools is None:
        return None
    # Where faces gain nothing by it, frames would only grow old while they wait to be looked at.
    return max(1, opened.tools.classifier.most_batched)


def _look_through(
    seen: Sequence[tuple[Eye, Frame]], opened: Opened, send: Send, clock: Clock, stop: threading.Event
) -> None:
    tools, settings = opened.tools, opened.settings
    if tools is None or settings is None:
        for eye, frame in seen:
            _say(eye, frame, _without_models(eye, frame, opened.fault), send, clock, stop)
        return
    looks = [
        look(
            frame,
            cage=eye.cage,
            out_of_domain=opened.out_of_domain[eye.cage],
            tools=tools,
            settings=settings,
            memory=eye.memory,
        )
        for eye, frame in seen
    ]
    for place, prediction in look_many(looks, tools):
        _say(*seen[place], prediction, send, clock, stop)


def _say(eye: Eye, frame: Frame, prediction: Prediction, send: Send, clock: Clock, stop: threading.Event) -> None:
    now = clock.now()
    said = replace(prediction, age_ms=(now.mono_ns - frame.mono_ns) / 1e6, overrun=overrun(eye, now))
    send(said, patient=stop if eye.recording else None)
    if eye.recording:
        done_with(eye, frame)


def _say_missing(eye: Eye, opened: Opened, send: Send, clock: Clock) -> bool:
    now = clock.now()
    eye.sampling, missed_ns = schedule.missed(eye.sampling, now.wall_ns)
    if missed_ns is None:
        return False
    outside = opened.out_of_domain.get(eye.cage, "")
    prediction = Prediction(
        cage=eye.cage,
        camera=eye.camera,
        seq=eye.last_seq,
        time_ns=missed_ns,
        mono_ns=now.mono_ns,
        age_ms=max(0.0, (now.wall_ns - missed_ns) / 1e6),
        status=Status.NO_FRAME,
        detail="; ".join(part for part in (eye.ring_fault or "no new frame", outside) if part),
        overrun=overrun(eye, now),
    )
    send(prediction, patient=None)
    return True


def _without_models(eye: Eye, frame: Frame, fault: str) -> Prediction:
    return Prediction(
        cage=eye.cage,
        camera=eye.camera,
        seq=frame.seq,
        time_ns=frame.wall_ns,
        mono_ns=frame.mono_ns,
        age_ms=0.0,
        status=Status.ENGINE_ERROR,
        detail=fault,
    )
