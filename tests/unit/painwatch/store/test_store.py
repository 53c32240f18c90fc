"""What goes in comes out, once, and a disk that is full loses nothing that can wait."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from fixtures.looks import MINUTE, NOON, SECOND, phase
from fixtures.stored import mark, minute, notice, point, transition, write, writer_at
from fixtures.waiting import wait_until
from painwatch.core.errors import StoreError
from painwatch.core.types import CameraPhase, CameraShare, MinuteSummary, ProcessPhase, ProcessState, Status
from painwatch.store import retention, schema
from painwatch.store.faults import told
from painwatch.store.history import END_OF_TIME_NS, CameraEvent, open_history

DAY = 86_400 * SECOND


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


def test_points_and_minutes_come_back_as_they_were(path: Path) -> None:
    points = [point(NOON + at, score) for at, score in enumerate((0.1 + 0.2, None, 0.0, 1.0))]
    minutes = [minute(NOON), MinuteSummary("cage", NOON + MINUTE, 0, 0, 10, 10, 0.0, None, {})]
    write(path, *points, *minutes, point(NOON, cage="other"))
    with open_history(path) as history:
        assert history.points("cage", NOON, NOON + 4) == tuple(points)
        assert history.points("cage", NOON + 1, NOON + 3) == tuple(points[1:3])
        assert history.points("cage", 0, END_OF_TIME_NS, limit=2) == tuple(points[2:])
        assert history.minutes("cage", NOON, NOON + 2 * MINUTE) == tuple(minutes)
        assert history.minutes("cage", NOON, NOON + MINUTE) == (minutes[0],)
        assert history.cages() == ("cage", "other")
        assert history.first_and_last("cage") == (NOON, NOON + MINUTE)
        assert history.first_and_last("nobody") is None


def test_what_was_told_again_comes_back_as_such(path: Path) -> None:
    shares = (CameraShare("left", Status.OK, 0.7, True), CameraShare("right", Status.OK, 0.7))
    repeated = structs.replace(point(NOON), shares=shares)
    counted = structs.replace(minute(NOON), repeated=2)
    write(path, repeated, counted)
    with open_history(path) as history:
        assert history.points("cage", 0, END_OF_TIME_NS) == (repeated,)
        assert history.minutes("cage", 0, END_OF_TIME_NS) == (counted,)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_no_bit_of_a_score_is_lost(tmp_path_factory: pytest.TempPathFactory, scores: list[float]) -> None:
    path = tmp_path_factory.mktemp("bits") / "history.sqlite"
    points = [point(NOON + at, score) for at, score in enumerate(scores)]
    write(path, *points)
    with open_history(path) as history:
        assert history.points("cage", 0, END_OF_TIME_NS) == tuple(points)


def test_a_stored_value_is_never_replaced_and_the_same_one_again_is_no_conflict(path: Path) -> None:
    write(path, point(NOON, 0.7), minute(NOON))
    writer = write(path, point(NOON, 0.7), minute(NOON), point(NOON, 0.8), minute(NOON, pain=4), point(NOON, None))
    assert writer.conflicts == 3
    assert writer.health.lost == 0
    with open_history(path) as history:
        assert history.points("cage", 0, END_OF_TIME_NS) == (point(NOON, 0.7),)
        assert history.minutes("cage", 0, END_OF_TIME_NS) == (minute(NOON),)


def test_of_states_the_changes_are_kept(path: Path) -> None:
    states = [
        phase("left", CameraPhase.LIVE, NOON),
        phase("left", CameraPhase.LIVE, NOON + 1),
        phase("right", CameraPhase.LIVE, NOON + 2),
        phase("left", CameraPhase.LOST, NOON + 3, fault="timeout"),
        phase("left", CameraPhase.LOST, NOON + 4, fault="timeout"),
        phase("left", CameraPhase.LOST, NOON + 5, fault="not_found"),
    ]
    child = ProcessState("infer-cpu", ProcessPhase.RUNNING, NOON, NOON)
    again = ProcessState("infer-cpu", ProcessPhase.RUNNING, NOON + 9, NOON, restarts=1, reason="signal 9")
    write(path, *states, child, child, again)
    with open_history(path) as history:
        events = history.camera_events("left", 0, END_OF_TIME_NS)
        assert [(event.time_ns - NOON, event.fault) for event in events] == [(0, ""), (3, "timeout"), (5, "not_found")]
        assert events[1] == CameraEvent("left", NOON + 3, "cage", CameraPhase.LOST, "timeout", "")
        assert [event.reason for event in history.process_events("infer-cpu", 0, END_OF_TIME_NS)] == ["", "signal 9"]


def test_a_hub_that_starts_again_finds_where_it_was(path: Path) -> None:
    seen = [minute(NOON), MinuteSummary("cage", NOON + MINUTE, 0, 0, 10, 10, 0.0, None, {})]
    write(path, point(NOON + 5), point(NOON + MINUTE, None), *seen)
    with open_history(path) as history:
        assert history.last_minute_ns("cage") == NOON + MINUTE
        assert history.last_minute_ns("other") is None
        assert history.last_scored_ns("cage") == NOON + 5
        assert history.last_scored_ns("other") is None
    write(path, point(NOON + 2 * MINUTE + 7))
    with open_history(path) as history:
        assert history.last_scored_ns("cage") == NOON + 2 * MINUTE + 7
        assert history.last_scored_ns("cage", NOON + 2 * MINUTE) == NOON + 5
        assert history.last_minute_ns("cage", NOON + MINUTE) == NOON


def test_the_last_score_is_known_to_the_minute_after_its_point_was_deleted(path: Path) -> None:
    write(path, minute(NOON))
    with open_history(path) as history:
        assert history.last_scored_ns("cage") == NOON


def test_old_points_are_deleted_and_minutes_kept(path: Path) -> None:
    old = [point(NOON + at) for at in range(retention.CHUNK + 3)]
    new = [point(NOON + 40 * DAY), point(NOON + 11 * DAY)]
    other = point(NOON, cage="other")
    write(path, *old, *new, other, minute(NOON))
    connection = schema.open_for_writing(path)
    assert retention.sweep(connection, 30, NOON + 40 * DAY)
    assert not retention.sweep(connection, 30, NOON + 40 * DAY)
    connection.close()
    with open_history(path) as history:
        assert history.points("cage", 0, END_OF_TIME_NS) == tuple(reversed(new))
        assert history.points("other", 0, END_OF_TIME_NS) == (other,)
        assert history.minutes("cage", 0, END_OF_TIME_NS) == (minute(NOON),)


def test_a_point_written_under_a_wrong_clock_deletes_no_others(path: Path) -> None:
    good, wrong = point(NOON), point(NOON + 3650 * DAY)
    write(path, good, wrong)
    connection = schema.open_for_writing(path)
    retention.sweep(connection, 30, NOON + DAY)
    connection.close()
    with open_history(path) as history:
        assert history.points("cage", 0, END_OF_TIME_NS) == (good, wrong)


def test_what_was_delivered_or_refused_long_ago_goes_and_the_audit_log_stays(path: Path) -> None:
    write(path, transition(NOON), mark(NOON), minute(NOON), notice("waits"))
    connection = schema.open_for_writing(path)
    for day in (0, 5, 95, 409):
        connection.execute(
            "INSERT INTO notices (target, key, time_ns, body, delivered_ns) VALUES ('duty', ?1, 0, '', ?2)",
            (str(day), NOON + day * DAY),
        )
        connection.execute(
            "INSERT INTO dead (sink, time_ns, kind, line, why, refused_ns) VALUES ('sink', 0, '', x'', ?1, ?2)",
            (str(day), NOON + day * DAY),
        )

    def left(query: str) -> list[str]:
        return [row[0] for row in connection.execute(query)]

    retention.sweep(connection, 30, NOON + 96 * DAY)
    assert left("SELECT key FROM notices ORDER BY id") == ["waits", "95", "409"]
    assert left("SELECT why FROM dead ORDER BY id") == ["0", "5", "95", "409"]
    retention.sweep(connection, 30, NOON + 500 * DAY)
    assert left("SELECT key FROM notices ORDER BY id") == ["waits", "409"], "the newest are not old"
    assert left("SELECT why FROM dead ORDER BY id") == ["95", "409"]
    assert left("SELECT kind FROM audit ORDER BY seq") == ["transition", "mark"]
    connection.close()


def test_a_record_that_no_table_takes_does_not_hold_up_the_others(path: Path) -> None:
    writer = write(path, point(NOON), point(2**63), point(NOON + 1))
    assert (writer.health.lost, writer.health.waiting, writer.health.fault) == (1, 0, "")
    with open_history(path) as history:
        assert len(history.points("cage", 0, END_OF_TIME_NS)) == 2


class Disk:
    """Opens histories on a disk that can be made full."""

    def __init__(self) -> None:
        self.full = False

    def connect(self, path: Path) -> sqlite3.Connection:
        connection = schema.open_for_writing(path)
        if self.full:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection


def test_a_full_disk_is_told_and_nothing_that_can_wait_is_lost(path: Path) -> None:
    disk = Disk()
    disk.full = True
    writer = writer_at(path, connect=disk.connect, limit=1000)
    points = [point(NOON + at) for at in range(1001)]
    for each in points:
        writer.put(each)
    writer.put(minute(NOON))
    wait_until(lambda: "disk is full" in writer.health.fault, what="the fault")
    health = writer.health
    assert "free some space" in health.fault
    assert (health.lost, health.waiting) == (1, 1001)
    disk.full = False
    wait_until(lambda: not writer.health.fault, what="the fault to pass")
    writer.close()
    assert (writer.health.lost, writer.health.waiting) == (1, 0)
    with open_history(path) as history:
        assert history.points("cage", 0, END_OF_TIME_NS) == tuple(points[:1000])
        assert history.minutes("cage", 0, END_OF_TIME_NS) == (minute(NOON),)


def test_an_error_nobody_thought_of_is_told_and_the_writer_goes_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> bool:
        raise RuntimeError("unheard of")

    with monkeypatch.context() as patched:
        patched.setattr("painwatch.store.ledger.store", fails)
        writer = writer_at(path)
        writer.put(point(NOON))
        wait_until(lambda: "unheard of" in writer.health.fault, what="the fault")
    wait_until(lambda: writer.health.waiting == 0, what="the point to be written")
    writer.close()
    assert writer.health.fault == ""


def test_a_writer_starts_beside_a_program_that_holds_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_BUSY_TIMEOUT_S", 0.01)
    other = schema.open_for_writing(path)
    other.execute("BEGIN EXCLUSIVE")
    writer = writer_at(path)
    writer.put(point(NOON))
    assert "another program" in writer.health.fault
    other.execute("ROLLBACK")
    other.close()
    wait_until(lambda: writer.health.waiting == 0, what="the point to be written")
    writer.close()
    assert writer.health.fault == ""


def test_a_history_that_is_moved_away_takes_nothing_more_until_it_is_back(path: Path) -> None:
    writer = writer_at(path)
    writer.put(minute(NOON))
    wait_until(lambda: writer.committed(), what="the first minute")
    away = path.rename(path.with_name("away"))
    writer.put(minute(NOON + 60 * SECOND))
    wait_until(lambda: "moved" in writer.health.fault, what="the fault")
    assert not writer.committed()
    with contextlib.closing(sqlite3.connect(f"{away.as_uri()}?immutable=1", uri=True)) as connection:
        assert connection.execute("SELECT start_ns FROM minutes").fetchall() == [(NOON,)]
    assert not path.exists()
    away.rename(path)
    wait_until(lambda: writer.committed() == (minute(NOON + 60 * SECOND),), what="the second minute")
    writer.close()
    with open_history(path) as history:
        assert len(history.minutes("cage", 0, END_OF_TIME_NS)) == 2


def test_what_cannot_be_used_at_all_is_an_error_at_once(path: Path) -> None:
    path.write_bytes(b"not a database " * 100)
    with pytest.raises(StoreError, match="not a painwatch history"):
        writer_at(path)


def test_a_history_that_is_closed_or_broken_does_not_fail_with_a_traceback_of_sqlite(path: Path) -> None:
    write(path, point(NOON))
    history = open_history(path)
    history.close()
    with pytest.raises(StoreError):
        history.points("cage", 0, END_OF_TIME_NS)
    with pytest.raises(StoreError):
        history.cages()


def test_a_fault_of_ours_is_not_called_damage(path: Path) -> None:
    def ours(_: sqlite3.Connection) -> None:
        raise ValueError("ours")

    with contextlib.closing(writer_at(path)) as writer, pytest.raises(ValueError, match="ours"):
        writer.do(ours)
    for error in (ValueError("ours"), TypeError("ours"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "ours")):
        assert "damaged" not in str(told(error, path))
