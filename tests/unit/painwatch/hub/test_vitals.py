from __future__ import annotations

import msgspec
import pytest

from fixtures.looks import look
from painwatch.core.alarms import AlarmLive, AlarmPhase, Priority
from painwatch.core.live import CageLive, CameraLive, SinkLive, Snapshot, StoreLive, TargetLive
from painwatch.core.signals import SIGNALS, Of, Signal
from painwatch.core.types import CameraPhase, CameraState, ProcessPhase, ProcessState, Status
from painwatch.hub.vitals import vitals_of

NOW = 1_800_000_000_000_000_000


def test_an_empty_site_has_its_own_vitals_only() -> None:
    (site,) = vitals_of(Snapshot("lab", NOW, NOW - 60_000_000_000, (), (), ()))
    assert (site.of, site.time_ns, site.values["uptime_s"]) == (Of.SITE, NOW, 60.0)
    assert "history_bytes" not in site.values, "what is not known is left out"


def test_everything_of_a_site_is_measured_and_the_unknown_left_out() -> None:
    state = CameraState("cage", "left", CameraPhase.LOST, NOW, NOW, fault="timeout", frames=7, dropped=2)
    cage = CageLive(
        "cage", "rat", "rendered", "white", Status.STALE, NOW, None, None, None, None, None, None, points_per_s=0.0
    )
    snapshot = Snapshot(
        "lab",
        NOW,
        NOW,
        (cage,),
        (CameraLive("left", "cage", state, None, 0.0),),
        (ProcessState("hub", ProcessPhase.RUNNING, NOW, NOW, rss_bytes=10),),
        store=StoreLive(fault="the disk is full"),
        sinks=(SinkLive("lab", waiting=3, oldest_ns=NOW - 2_000_000_000, fault="away"),),
        targets=(TargetLive("vet"),),
    )
    found = {(one.of, one.subject): one for one in vitals_of(snapshot)}
    camera = found[Of.CAMERA, "left"]
    assert camera.values == {"looks_per_s": 0.0, "frames_per_s": 0.0, "frames": 7.0, "dropped": 2.0, "reconnects": 0.0}
    assert camera.words == {"phase": "lost", "fault": "timeout"}
    calm = dict.fromkeys(("welfare_alarms", "technical_alarms", "welfare_unseen", "alarm_level"), 0.0)
    assert found[Of.CAGE, "cage"].values == {"points_per_s": 0.0} | calm
    assert found[Of.PROCESS, "hub"].values == {"rss_bytes": 10.0, "restarts": 0.0}
    assert found[Of.SINK, "lab"].values == {"waiting": 3.0, "oldest_s": 2.0, "sent": 0.0, "refused": 0.0}
    assert found[Of.TARGET, "vet"].values == {"waiting": 0.0, "oldest_s": 0.0, "delivered": 0.0}
    assert found[Of.SITE, "site"].words == {"store_fault": "the disk is full"}


def _alarm(signal: Signal, phase: AlarmPhase, *cages: str) -> AlarmLive:
    return AlarmLive("rule", "subject", SIGNALS[signal].kind, Priority.HIGH, signal, phase, NOW, "", cages)


PAIN, DARK = Signal.PAIN_PROBABILITY, Signal.COVERAGE
ACTIVE, KNOWN = AlarmPhase.ACTIVE, AlarmPhase.ACKNOWLEDGED
ENDED, WAITS = AlarmPhase.CLEARED, AlarmPhase.PENDING


@pytest.mark.parametrize(
    ("alarms", "told"),
    [
        ((), (0, 0, 0, 0)),
        (
            (_alarm(PAIN, ACTIVE, "other"), _alarm(PAIN, ENDED, "cage"), _alarm(PAIN, WAITS, "cage")),
            (0,) * 4,
        ),
        ((_alarm(DARK, ACTIVE, "cage"), _alarm(DARK, AlarmPhase.SILENCED, "cage")), (0, 2, 0, 1)),
        ((_alarm(DARK, ACTIVE),), (0, 0, 0, 0)),
        ((_alarm(PAIN, KNOWN, "cage"), _alarm(DARK, ACTIVE, "cage")), (1, 1, 0, 2)),
        ((_alarm(PAIN, KNOWN, "cage"), _alarm(PAIN, ACTIVE, "other", "cage")), (2, 0, 1, 2)),
        ((_alarm(PAIN, ACTIVE),), (1, 0, 1, 2)),
    ],
)
def test_of_each_cage_it_is_told_what_stands_of_its_alarms(
    alarms: tuple[AlarmLive, ...], told: tuple[float, float, float, float]
) -> None:
    cage = CageLive(
        "cage", "rat", "rendered", "white", Status.OK, NOW, None, None, None, None, None, None, points_per_s=0.0
    )
    (vitals, _) = vitals_of(Snapshot("lab", NOW, NOW, (cage,), (), (), alarms=alarms))
    names = ("welfare_alarms", "technical_alarms", "welfare_unseen", "alarm_level")
    assert tuple(vitals.values[name] for name in names) == told


def test_a_name_is_always_a_number_or_always_a_text() -> None:
    seen = msgspec.structs.replace(look("left", NOW, 0.5), engine="onnxruntime-cpu", model="m")
    live = CameraLive("left", "cage", None, seen, 4.0)
    vitals = vitals_of(Snapshot("lab", NOW, NOW, (), (live,), ()))
    numbers = {name for one in vitals for name in one.values}
    texts = {name for one in vitals for name in one.words}
    assert not numbers & texts
    assert {"engine", "model", "status"} <= texts


def test_of_a_camera_it_is_told_how_much_there_was_no_time_for() -> None:
    live = CameraLive("left", "cage", None, msgspec.structs.replace(look("left", NOW, 0.5), overrun=0.25), 4.0)
    (camera, _) = vitals_of(Snapshot("lab", NOW, NOW, (), (live,), ()))
    assert camera.values["overrun"] == 0.25
