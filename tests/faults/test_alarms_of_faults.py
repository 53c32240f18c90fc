"""Faults that raise their alarm at once or in half a minute; `make faults` puts in all of them, and measures."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from endurance.fault_rows import Fault, Row, carry_out
from endurance.fault_stage import Cameras
from endurance.fault_watch import FaultWatch, killing, stopped
from fixtures.model_folders import write_classifier_folder, write_keypoint_folder
from painwatch.core.alarms import Mark, Priority, Request, RequestAction
from servers.faulty_influx import FaultyInflux, Reply

GENEROUS_S = 90.0
POISON = b"never-taken"


def fault(what: str, harm: Callable[[], AbstractContextManager[object]], rule: str, subject: str, *blind: str) -> Fault:
    # Restarts and refusals count for a minute and more: only what ends soon is waited for.
    clears_s = GENEROUS_S if rule == "camera-lost" else None
    return Fault(what, harm, rule, subject, GENEROUS_S, blind, clears_s=clears_s, says=lambda _: "")


@pytest.mark.timeout(400)
def test_each_fault_raises_its_own_alarm_and_no_other(tmp_path: Path) -> None:
    write_keypoint_folder(tmp_path / "keypoints")
    write_classifier_folder(tmp_path / "classifier", pain=0.1)
    with (
        Cameras(()) as cameras,
        FaultyInflux(judge=picky) as sink,
        FaultWatch(tmp_path, settings(cameras, sink)) as watch,
    ):
        watch.started(["plug", "hang", "held", "killed", "control"])
        faults = (
            fault("plug pulled", lambda: cameras.unplugged("plug"), "camera-lost", "plug-cam", "plug"),
            fault("stream hangs", lambda: cameras.broken("hang", "hang"), "camera-lost", "hang-cam", "hang"),
            fault("held still", lambda: stopped(watch, "capture", "held-cam"), "camera-lost", "held-cam", "held"),
            fault("infer killed", lambda: killing(watch, "infer", "killed"), "process-restarting", "infer-killed"),
            fault("page killed", lambda: killing(watch, "web"), "process-restarting", "web"),
            fault("garbage at the socket", lambda: garbage(watch), "refused-messages", "site"),
            fault("record refused for good", lambda: poison(watch), "sink-refused", "picky"),
        )
        with ThreadPoolExecutor(len(faults)) as pool:
            rows = list(pool.map(lambda one: carry_out(one, watch, lambda _: None), faults))
        assert not watch.raised_since(0, lambda key: key[1] in ("control", "control-cam", "hub", "seeing"))
        assert not watch.welfare_since(0, lambda _: True)
    assert [problem for row in rows for problem in row.faults] == []
    assert {row.fault.subject: row.priority for row in rows} == {
        "plug-cam": Priority.MEDIUM,
        "hang-cam": Priority.MEDIUM,
        "held-cam": Priority.MEDIUM,
        "infer-killed": Priority.MEDIUM,
        "web": Priority.MEDIUM,
        "site": Priority.LOW,
        "picky": Priority.MEDIUM,
    }
    assert "SIGKILL" in words(rows, "web")
    assert "type conflict" in words(rows, "picky") or "refused" in words(rows, "picky")


def settings(cameras: Cameras, sink: FaultyInflux) -> dict[str, object]:
    seen = ("plug", "hang", "held", "control")
    limits = {"open_timeout_s": 5, "read_timeout_s": 3}
    cages = [cameras.cage(name) for name in (*seen, "killed")]
    for cage in cages:
        cage["cameras"][0] |= limits
    return {
        "cages": cages,
        "workers": [
            {"name": "seeing", "cameras": [f"{name}-cam" for name in seen]},
            {"name": "killed", "cameras": ["killed-cam"]},
        ],
        "keypoints": {"model": "keypoints"},
        "classifier": {"model": "classifier"},
        "quality": {"sharpness_min": 0},
        "sinks": [{"name": "picky", "url": sink.url, "org": "lab"}],
    }


def words(rows: list[Row], subject: str) -> str:
    return next(row.words for row in rows if row.fault.subject == subject)


@contextlib.contextmanager
def garbage(watch: FaultWatch) -> Iterator[None]:
    watch.send(*(bytes([number]) * 40 for number in range(50)))
    yield


@contextlib.contextmanager
def poison(watch: FaultWatch) -> Iterator[None]:
    now_ns = watch.snapshot.time_ns
    mark = Mark("control", POISON.decode(), now_ns, words="made to be refused", who="vet")
    watch.send(Request("poison", RequestAction.MARK, now_ns, "vet", mark=mark))
    yield


def picky(lines: tuple[bytes, ...]) -> Reply:
    bad = any(POISON in line for line in lines)
    return Reply(400, body='{"code":"invalid","message":"partial write: field type conflict"}') if bad else Reply()
