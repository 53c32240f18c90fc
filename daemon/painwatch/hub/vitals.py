"""A snapshot as numbers for the databases. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from painwatch.core.alarms import RAISED, AlarmLive, AlarmPhase
from painwatch.core.live import CageLive, CameraLive, SinkLive, Snapshot, TargetLive
from painwatch.core.signals import SITE, AlarmKind, Of
from painwatch.core.types import ProcessState
from painwatch.core.vitals import Vitals

EVERY_NS = 15_000_000_000
"""How often they are taken."""


def vitals_of(snapshot: Snapshot) -> tuple[Vitals, ...]:
    """Everything measured in `snapshot`, each with its time."""
    now_ns = snapshot.time_ns
    return (
        *(_camera(camera, now_ns) for camera in snapshot.cameras),
        *(_cage(cage, snapshot.alarms, now_ns) for cage in snapshot.cages),
        *(_process(process, now_ns) for process in snapshot.processes),
        *(_waiting(Of.SINK, sink, now_ns) for sink in snapshot.sinks),
        *(_waiting(Of.TARGET, target, now_ns) for target in snapshot.targets),
        _site(snapshot),
    )


def _camera(camera: CameraLive, now_ns: int) -> Vitals:
    state, look = camera.state, camera.prediction
    values = {"looks_per_s": camera.predictions_per_s}
    words: dict[str, str] = {}
    if state is not None:
        values |= {
            "frames_per_s": state.frames_per_s,
            "frames": float(state.frames),
            "dropped": float(state.dropped),
            "reconnects": float(state.reconnects),
        }
        words |= {"phase": state.phase.value, "fault": state.fault}
    if look is not None:
        values |= {"age_ms": look.age_ms, "overrun": look.overrun}
        words |= {"engine": look.engine, "model": look.model, "status": look.status.value}
    return Vitals(Of.CAMERA, camera.name, now_ns, camera.cage, values, _said(words))


def _cage(cage: CageLive, alarms: Iterable[AlarmLive], now_ns: int) -> Vitals:
    numbers = {
        **_standing(cage.name, alarms),
        "latency_ms_p50": cage.latency_ms_p50,
        "latency_ms_p95": cage.latency_ms_p95,
        "points_per_s": cage.points_per_s,
    }
    return Vitals(Of.CAGE, cage.name, now_ns, cage.name, _known(numbers), {"status": cage.status.value})


def _standing(cage: str, alarms: Iterable[AlarmLive]) -> dict[str, float | None]:
    """What stands of alarms about the cage, 0 if nothing does: only who is told that can show that all is calm.

    `alarm_level`: 2 if a welfare alarm stands, 1 if only technical ones do. An alarm of a group is one of each of its
    cages, a welfare alarm without cages one of all.
    """
    phases: dict[AlarmKind, list[AlarmPhase]] = {AlarmKind.WELFARE: [], AlarmKind.TECHNICAL: []}
    for alarm in alarms:
        about = cage in alarm.cages or (alarm.kind is AlarmKind.WELFARE and not alarm.cages)
        if about and alarm.phase in RAISED:
            phases[alarm.kind].append(alarm.phase)
    welfare, technical = phases[AlarmKind.WELFARE], phases[AlarmKind.TECHNICAL]
    return {
        "welfare_alarms": float(len(welfare)),
        "technical_alarms": float(len(technical)),
        "welfare_unseen": float(AlarmPhase.ACTIVE in welfare),
        "alarm_level": 2.0 if welfare else float(bool(technical)),
    }


def _process(process: ProcessState, now_ns: int) -> Vitals:
    numbers = {
        "cpu_percent": process.cpu_percent,
        "rss_bytes": None if process.rss_bytes is None else float(process.rss_bytes),
        "restarts": float(process.restarts),
    }
    words = {"phase": process.phase.value, "reason": process.reason}
    return Vitals(Of.PROCESS, process.name, now_ns, "", _known(numbers), _said(words))


def _waiting(of: Of, one: SinkLive | TargetLive, now_ns: int) -> Vitals:
    values = {
        "waiting": float(one.waiting),
        "oldest_s": 0.0 if one.oldest_ns is None else max(0.0, (now_ns - one.oldest_ns) / 1e9),
    }
    if isinstance(one, SinkLive):
        values |= {"sent": float(one.sent), "refused": float(one.refused)}
    else:
        values |= {"delivered": float(one.delivered)}
    return Vitals(of, one.name, now_ns, "", values, _said({"fault": one.fault}))


def _site(snapshot: Snapshot) -> Vitals:
    store = snapshot.store
    numbers: dict[str, float | None] = {
        "refused_messages": float(snapshot.malformed_messages),
        "late_looks": float(snapshot.late_predictions),
        "history_waiting": float(store.waiting),
        "history_lost": float(store.lost),
        "history_conflicts": float(store.conflicts),
        "history_pruned": float(store.pruned),
        "history_bytes": None if store.size_bytes is None else float(store.size_bytes),
        "disk_free_bytes": None if store.disk_free_bytes is None else float(store.disk_free_bytes),
        "uptime_s": (snapshot.time_ns - snapshot.started_ns) / 1e9,
    }
    return Vitals(Of.SITE, SITE, snapshot.time_ns, "", _known(numbers), _said({"store_fault": store.fault}))


def _known(numbers: dict[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in numbers.items() if value is not None}


def _said(words: dict[str, str]) -> dict[str, str]:
    return {name: word for name, word in words.items() if word}
