"""How the watch of the simulated room itself did over the last half day: cameras, processes, database, disk."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from painwatch.config.models import Config
from painwatch.config.processes import processes_of
from painwatch.core.alarms import AlarmLive, Reading
from painwatch.core.live import CageLive, CameraLive, SinkLive, Snapshot, StoreLive, TargetLive
from painwatch.core.signals import SIGNALS, SITE, Of, Signal
from painwatch.core.types import CameraPhase, CameraState, Prediction, ProcessPhase, ProcessState, Status
from painwatch.hub.vitals import vitals_of

MINUTE_NS = 60_000_000_000
HOURS = 13


def vitals(
    config: Config, at_ns: int, now_ns: int, away_min: tuple[int, int], silent: set[str], alarms: tuple[AlarmLive, ...]
) -> Iterator[msgspec.Struct]:
    """What the hub sends of itself at `at_ns`. `silent`: cages of which nothing comes. `away_min`: when the camera of
    cage-7 was away, in minutes before `now_ns`.
    """
    random = np.random.default_rng((6, at_ns // MINUTE_NS))
    minutes = HOURS * 60 - (now_ns - at_ns) // MINUTE_NS
    away = now_ns - away_min[0] * MINUTE_NS <= at_ns < now_ns - away_min[1] * MINUTE_NS
    cameras = [
        _camera(random, cage.name, camera.name, at_ns, minutes, away=away and cage.name == "cage-7")
        if cage.name not in silent
        else CameraLive(camera.name, cage.name, None, None, 0.0)
        for cage in config.cages
        for camera in cage.cameras
    ]
    behind = max(0, 25 - abs(minutes - 560)) * 8
    snapshot = Snapshot(
        config.site,
        at_ns,
        at_ns - minutes * MINUTE_NS,
        tuple(_cage(random, cage.name, at_ns, silent=cage.name in silent) for cage in config.cages),
        tuple(cameras),
        tuple(_process(random, name, at_ns, minutes) for name in processes_of(config)),
        alarms=alarms,
        store=StoreLive(size_bytes=80_000_000 + minutes * 60_000, disk_free_bytes=52_000_000_000 - minutes * 60_000),
        sinks=(SinkLive("lab", waiting=behind, oldest_ns=at_ns - behind * 1_500_000_000),),
        targets=(TargetLive("vet"),),
    )
    return iter(vitals_of(snapshot))


def happened(config: Config, now_ns: int, away_min: tuple[int, int]) -> Iterator[msgspec.Struct]:
    """What befell cameras and processes, and what the technical alarms read in the last minutes."""
    away_ns, again_ns = (now_ns - minutes * MINUTE_NS for minutes in away_min)
    for phase, at_ns in ((CameraPhase.LOST, away_ns), (CameraPhase.LIVE, again_ns)):
        fault = "timeout" if phase is CameraPhase.LOST else ""
        yield CameraState("cage-7", "cage-7-left", phase, at_ns, at_ns, fault=fault, detail=fault, reconnects=3)
    for up, at_ns in ((ProcessPhase.RESTARTING, again_ns), (ProcessPhase.RUNNING, again_ns + 2_000_000_000)):
        yield ProcessState("capture-cage-7-left", up, at_ns, at_ns, restarts=1, reason="made no progress for 31 s")
    for minutes in range(HOURS * 60, 0, -1):
        yield Reading(Signal.DISK_FREE_FRACTION, SITE, now_ns - minutes * MINUTE_NS, 0.21 + 0.0000012 * minutes)
    sources = {Of.SINK: "lab", Of.TARGET: "vet", Of.SITE: SITE, Of.PROCESS: "hub"}
    for signal, about in SIGNALS.items():
        if about.of in sources and signal is not Signal.DISK_FREE_FRACTION:
            yield Reading(signal, sources[about.of], now_ns - 20_000_000_000, 0.0)


def _camera(random: np.random.Generator, cage: str, camera: str, at_ns: int, minutes: int, *, away: bool) -> CameraLive:
    phase = CameraPhase.LOST if away else CameraPhase.LIVE
    rate = 0.0 if away else float(random.normal(15, 0.15))
    dropped = minutes // (40 + 7 * int(cage[-1]))
    state = CameraState(
        cage, camera, phase, at_ns, at_ns, frames=minutes * 900, dropped=dropped, frames_per_s=max(0.0, rate)
    )
    looks = 0.0 if away else float(random.normal(4, 0.05))
    return CameraLive(camera, cage, state, None if away else _look(cage, camera, at_ns), looks)


def _cage(random: np.random.Generator, cage: str, at_ns: int, *, silent: bool) -> CageLive:
    half = None if silent else float(random.normal(82, 4))
    late = None if half is None else half + float(random.gamma(4, 14))
    rate = 0.0 if silent else 4.0
    return CageLive(cage, "rat", "rendered", "white", Status.OK, at_ns, at_ns, None, None, None, half, late, rate)


def _look(cage: str, camera: str, at_ns: int) -> Prediction:
    return Prediction(
        cage=cage,
        camera=camera,
        seq=1,
        time_ns=at_ns,
        mono_ns=at_ns,
        age_ms=40.0,
        status=Status.OK,
        pain_probability=0.2,
        model="simulated cage-nights 1 (00000000)",
        engine="onnxruntime-cpu",
    )


def _process(random: np.random.Generator, name: str, at_ns: int, minutes: int) -> ProcessState:
    heavy = name.startswith("infer")
    load = float(random.normal(140 if heavy else 6, 4 if heavy else 1))
    memory = (620 if heavy else 95) * 1_000_000 + minutes * (2000 if heavy else 200)
    return ProcessState(name, ProcessPhase.RUNNING, at_ns, at_ns, cpu_percent=max(0.1, load), rss_bytes=memory)
