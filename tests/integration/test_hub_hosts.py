"""A hub that takes in results of other hosts over TCP, with hosts that mean well and hosts that do not."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

import psutil
import pytest

from fixtures.hosts import Hosts, line
from fixtures.hubs import clock_at, config_of, hub_thread, listener, places_in, sender
from fixtures.looks import NOON, SECOND, look, phase
from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.core.alarms import Reading
from painwatch.core.signals import Signal
from painwatch.core.types import CameraPhase, ProcessPhase, ProcessState
from painwatch.hub.door import LOOKS_AT_ONCE
from painwatch.hub.recording import read_recording
from painwatch.hub_line import HubLine


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return places_in(tmp_path)


@pytest.fixture
def hosts(places: Places) -> Hosts:
    places.data_dir.mkdir(parents=True)
    return Hosts(places.data_dir / "keys")


def watch_of(port: int) -> Config:
    """Cage `near` with a camera of this host; `far-a` and `far-b` with one of room-a and one of room-b."""
    animal = config_of().cages[0].model_dump(mode="json") | {"sample_rate_hz": 4}
    sources = {
        "near": {"kind": "virtual", "view": "left"},
        "far-a": {"kind": "remote", "host": "room-a"},
        "far-b": {"kind": "remote", "host": "room-b"},
    }
    cages = [animal | {"name": c, "cameras": [{"name": f"{c}-eye", "source": s}]} for c, s in sources.items()]
    network = {"listen": {"host": "127.0.0.1", "port": port}}
    return Config.model_validate({"version": 1, "site": "test", "cages": cages, "network": network})


def test_each_host_is_heard_for_its_own_cameras(places: Places, hosts: Hosts) -> None:
    a, b = hosts.listed("room-a"), hosts.listed("room-b")
    at_ns = NOON + 10 * SECOND
    with (
        hub_thread(watch_of(hosts.port), places, clock=clock_at(at_ns)),
        listener(places) as heard,
        line(a) as room_a,
        line(b) as room_b,
        sender(places) as near,
    ):
        for room, cage in ((room_a, "far-a"), (room_b, "far-b")):
            room.send(phase(f"{cage}-eye", CameraPhase.LIVE, at_ns - 3600 * SECOND, cage=cage))
            room.send(ProcessState("infer-cpu", ProcessPhase.RUNNING, at_ns, at_ns))
            room.send(look(f"{cage}-eye", at_ns, 0.9, cage=cage))
        near(look("near-eye", at_ns, 0.2, cage="near"))
        snapshot = heard.snapshot(lambda s: all(cage.last_point for cage in s.cages) and len(s.processes) == 2)
        assert snapshot.malformed_messages == 0
        assert {process.name for process in snapshot.processes} == {"room-a:infer-cpu", "room-b:infer-cpu"}
        assert [cage.last_point.pain_probability for cage in snapshot.cages if cage.last_point] == [0.2, 0.9, 0.9]
        states = [camera.state for camera in snapshot.cameras if camera.state]
        assert all(abs(state.time_ns - at_ns) < 600 * SECOND for state in states), "on the hub's clock"
        assert len(states) == 2

        room_b.send(look("far-a-eye", at_ns + SECOND, 0.1, cage="far-a"))
        room_b.send(look("near-eye", at_ns + SECOND, 0.1, cage="near"))
        near(look("far-a-eye", at_ns + SECOND, 0.1, cage="far-a"))
        snapshot = heard.snapshot(lambda s: s.malformed_messages == 3)
        assert [cage.last_point.pain_probability for cage in snapshot.cages if cage.last_point] == [0.2, 0.9, 0.9]


def test_a_flood_is_bounded_and_the_other_cameras_go_on(places: Places, hosts: Hosts) -> None:
    a, b = hosts.listed("room-a"), hosts.listed("room-b")
    stop = threading.Event()
    clock = clock_at(NOON)

    def flood(room: HubLine) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            if not room.send(look("far-a-eye", NOON + number, 0.9, cage="far-a")):
                stop.wait(0.001)

    with (
        hub_thread(watch_of(hosts.port), places, clock=clock),
        listener(places) as heard,
        line(a) as room_a,
        line(b) as room_b,
        sender(places) as near,
    ):
        thread = threading.Thread(target=flood, args=(room_a,), name="flood")
        thread.start()
        try:
            heard.snapshot(lambda s: s.malformed_messages > LOOKS_AT_ONCE)
            before = psutil.Process().memory_info().rss
            told = set()
            for _ in range(8):
                now_ns = clock.now().wall_ns
                near(look("near-eye", now_ns, 0.2, cage="near"))
                room_b.send(look("far-b-eye", now_ns, 0.4, cage="far-b"))
                told.add(now_ns)
                snapshot = heard.snapshot(
                    lambda s, at=now_ns: all(  # type: ignore[misc]
                        cage.last_point is not None and cage.last_point.time_ns >= at
                        for cage in s.cages
                        if cage.name != "far-a"
                    )
                )
            assert len(told) == 8
            assert snapshot.late_predictions <= LOOKS_AT_ONCE + 1000
            assert psutil.Process().memory_info().rss - before < 100_000_000
        finally:
            stop.set()
            thread.join()


def test_a_clock_that_is_ahead_is_a_reading_that_alarms_can_watch(places: Places, hosts: Hosts, tmp_path: Path) -> None:
    record = tmp_path / "inputs.pw"
    with (
        hub_thread(watch_of(hosts.port), places, clock=clock_at(NOON), record=record),
        listener(places) as heard,
        line(hosts.listed("room-a")) as room,
    ):
        room.send(look("far-a-eye", NOON + 3600 * SECOND, 0.9, cage="far-a"))
        refused = heard.snapshot(lambda s: s.malformed_messages == 1)
        heard.snapshot(lambda s: s.time_ns > refused.time_ns + 3 * SECOND)
    readings = [m for m in read_recording(record) if isinstance(m, Reading) and m.signal is Signal.CLOCK_OFFSET_S]
    assert [(reading.subject, round(reading.value or 0, -2)) for reading in readings] == [("far-a-eye", 3600.0)]


def test_a_door_that_cannot_open_is_told_and_this_hosts_own_cages_are_watched(places: Places, hosts: Hosts) -> None:
    at_ns = NOON + 10 * SECOND
    with contextlib.ExitStack() as stack:
        with socket.create_server(("127.0.0.1", hosts.port)):
            stack.enter_context(hub_thread(watch_of(hosts.port), places, clock=clock_at(at_ns)))
            heard, near = stack.enter_context(listener(places)), stack.enter_context(sender(places))
            near(look("near-eye", at_ns, 0.2, cage="near"))
            snapshot = heard.snapshot(lambda s: bool(s.processes) and any(cage.last_point for cage in s.cages))
            (door,) = snapshot.processes
            assert (door.name, door.phase) == ("listen", ProcessPhase.RESTARTING)
            assert "cannot listen for other hosts" in door.reason
        snapshot = heard.snapshot(lambda s: s.processes[0].phase is ProcessPhase.RUNNING)
        assert snapshot.malformed_messages == 0
