"""There is always room for minutes, alarms and the audit log: the oldest moments make it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixtures.looks import NOON, SECOND, phase
from fixtures.stored import mark, minute, note, point, transition, write, writer_at
from fixtures.turned_clock import TurnedClock
from fixtures.waiting import wait_until
from painwatch.core.types import CameraPhase, FusedPoint, MinuteSummary
from painwatch.store import pruning, room, schema
from painwatch.store.history import END_OF_TIME_NS, open_history
from painwatch.store.outbox import Outbox
from painwatch.store.rows import Record
from painwatch.store.writer import Writer

HOUR = 3600 * SECOND
MIB = 2**20


def lines(record: Record, sink: str) -> bytes | None:
    if isinstance(record, FusedPoint):
        return b"point %d " % record.time_ns + bytes(100)
    return b"minute %d" % record.start_ns if isinstance(record, MinuteSummary) else None


def points_over(hours: int, per_hour: int = 1000, cages: tuple[str, ...] = ("cage", "other")) -> list[FusedPoint]:
    """Moments of each cage, evenly over the hours from NOON on, in order of time."""
    step = HOUR // per_hour
    return [point(NOON + at * step, cage=cage) for at in range(hours * per_hour) for cage in cages]


KEPT: tuple[Record, ...] = (
    *(minute(NOON + at * HOUR) for at in range(40)),
    *(transition(NOON + at) for at in range(40)),
    mark(),
    note(),
)


def all_kept(path: Path) -> bool:
    with open_history(path) as history:
        assert len(history.minutes("cage", 0, END_OF_TIME_NS)) == 40
        assert len(history.transitions(0, END_OF_TIME_NS)) == 40
        assert len(history.marks(None, 0, END_OF_TIME_NS)) == 1
        return sum(entry.kind != "audit_note" for entry in history.audit()) == 41


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


def is_held(reserve: Path) -> bool:
    return reserve.exists() and reserve.stat().st_size == room.RESERVE_BYTES


def settled(writer: Writer, holds: Callable[[], object], what: str) -> None:
    wait_until(lambda: not writer.health.waiting and not writer.health.fault and holds(), what=what)


def test_a_history_that_reaches_its_limit_gives_up_the_oldest_moments_of_all_cages(path: Path) -> None:
    limit = 3 * MIB
    write(path, *KEPT, *points_over(10))
    with contextlib.closing(writer_at(path, history_bytes=limit, clock=TurnedClock(NOON + 10 * HOUR))) as writer:
        settled(writer, lambda: writer.health.pruned and (writer.health.size_bytes or limit) < limit, "less")
        health = writer.health
        assert health.limit_bytes == limit
        assert health.pruned_ns == NOON + 10 * HOUR
        assert (health.lost, health.fault) == (0, "")
    assert all_kept(path)
    with open_history(path) as history:
        left = [history.points(cage, 0, END_OF_TIME_NS) for cage in ("cage", "other")]
    assert health.pruned == 20_000 - sum(map(len, left))
    assert len(left[0]) == len(left[1]) > 3500, "all cages keep the same span, and no more goes than must"
    assert left[0][-1].time_ns == points_over(10)[-1].time_ns, "the newest stay"


def test_free_pages_do_not_count_and_are_used_again(path: Path) -> None:
    limit = 3 * MIB
    write(path, *points_over(10))
    with contextlib.closing(writer_at(path, history_bytes=limit, clock=TurnedClock(NOON + 10 * HOUR))) as writer:
        settled(writer, lambda: writer.health.pruned and (writer.health.size_bytes or limit) < limit, "less")
    before = path.stat().st_size
    assert before > limit, "the file does not shrink"
    write(path, *points_over(5, cages=("third",)))
    assert path.stat().st_size == before


def test_what_no_sink_has_taken_goes_last_and_the_audit_log_says_so(path: Path) -> None:
    clock = TurnedClock(NOON)
    states = [phase("left", CameraPhase.LIVE if at % 2 else CameraPhase.LOST, NOON + at * SECOND) for at in range(3000)]
    write(path, *KEPT, *points_over(5), *states, sinks=("sink",), lines=lines, clock=clock)
    clock.turn(30 * 86_400)
    with contextlib.closing(
        writer_at(path, sinks=("sink",), lines=lines, history_bytes=MIB, clock=clock, keep_points_days=1000)
    ) as writer:
        settled(writer, lambda: (writer.health.size_bytes or MIB) < MIB, "less")
        with contextlib.closing(Outbox(path, writer, "sink")) as outbox:
            waiting = outbox.head(20_000)
            assert outbox.state().waiting == len(waiting)
        lost = writer.health.lost
    assert lost == 10_040 - len(waiting) > 0
    assert sum(each.line.startswith(b"minute") for each in waiting) == 40
    left = [each.line for each in waiting if each.line.startswith(b"point")]
    assert left == sorted(left)
    assert all_kept(path)
    with open_history(path) as history:
        assert "no sink had taken" in history.audit()[-1].body
        newest = history.points("cage", 0, END_OF_TIME_NS)
        assert 0 < newest[-1].time_ns - newest[0].time_ns <= pruning.NEWEST_NS, "a hub that starts again needs these"
        events = history.camera_events("left", 0, END_OF_TIME_NS)
        assert 0 < events[-1].time_ns - events[0].time_ns <= pruning.NEWEST_NS


def test_a_wrong_clock_makes_no_room(path: Path) -> None:
    far = NOON + 3650 * 86_400 * SECOND
    write(path, point(NOON), point(NOON + 1), point(far))
    connection = schema.open_for_writing(path)
    assert not pruning.prune(connection, NOON + 60 * SECOND)
    assert pruning.prune(connection, far).points == 2
    connection.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path, leave_bytes: int = 0, name: str = "filler") -> Path:
    filler = disk / name
    with filler.open("wb") as file:
        # The writer may take some at the same moment.
        while (free := shutil.disk_usage(disk).free - leave_bytes) > 0:
            with contextlib.suppress(OSError):
                os.posix_fallocate(file.fileno(), 0, file.seek(0, os.SEEK_END) + free)
    return filler


@pytest.mark.parametrize("leave_bytes", [0, 3 * MIB])
def test_on_a_full_disk_the_oldest_moments_make_room(disk: Path, leave_bytes: int) -> None:
    path = disk / "history.sqlite"
    reserve = disk / "history.sqlite-reserve"
    clock = TurnedClock(NOON + 11 * HOUR)
    with contextlib.closing(writer_at(path, clock=clock, limit=30_000)) as writer:
        for each in points_over(10):
            writer.put(each)
        settled(writer, lambda: is_held(reserve), "the first moments and the reserve")
        filler = fill(disk, leave_bytes)
        before = path.stat().st_size
        new = [point(NOON + 11 * HOUR + at * SECOND) for at in range(10_000)]
        for each in (*new, *KEPT):
            writer.put(each)
        settled(writer, lambda: writer.health.pruned, "room")
        assert (writer.health.lost, writer.health.pruned_ns) == (0, clock.wall_ns)
        assert (writer.health.disk_free_bytes or 0) < room.LOW_BYTES
        assert path.stat().st_size <= before + room.RESERVE_BYTES
        assert all_kept(path)
        with open_history(path) as history:
            assert history.points("cage", NOON + 11 * HOUR, END_OF_TIME_NS) == tuple(new)
            oldest = [history.points(cage, 0, NOON + 10 * HOUR)[0].time_ns for cage in ("cage", "other")]
        assert NOON < min(oldest) == max(oldest)
        filler.unlink()
        wait_until(lambda: is_held(reserve), what="the reserve to be made again")
        pruned = writer.health.pruned
        writer.put(*(point(NOON + 40 * HOUR + at) for at in range(1000)))
        settled(writer, lambda: True, "the last moments")
        assert writer.health.pruned == pruned


def test_a_writer_that_begins_on_a_full_disk_gives_up_the_reserve(disk: Path) -> None:
    path = disk / "history.sqlite"
    clock = TurnedClock(NOON + 11 * HOUR)
    with contextlib.closing(writer_at(path, clock=clock, limit=30_000)) as writer:
        for each in points_over(10):
            writer.put(each)
        settled(writer, lambda: is_held(disk / "history.sqlite-reserve"), "the first moments and the reserve")
    fill(disk)
    with contextlib.closing(writer_at(path, clock=clock)) as writer:
        writer.put(*KEPT)
        settled(writer, lambda: writer.health.pruned, "room")
    assert all_kept(path)


def test_where_nothing_may_go_the_last_of_a_disk_is_used(disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    fill(disk, leave_bytes=20 * MIB)
    with contextlib.closing(writer_at(disk / "history.sqlite", clock=TurnedClock(NOON))) as writer:
        for turn in range(3):
            writer.put(*(minute(NOON + (1000 * turn + at) * 60 * SECOND) for at in range(1000)))
            wait_until(lambda: not writer.health.waiting, what="the minutes")
            wait_until(lambda: writer.health.disk_free_bytes, what="the disk to be looked at")
    assert "cannot be written" not in caplog.text


def test_on_a_full_disk_with_nothing_that_may_go_all_waits(disk: Path) -> None:
    path = disk / "history.sqlite"
    with contextlib.closing(writer_at(path, clock=TurnedClock(NOON))) as writer:
        writer.put(*(point(NOON + at) for at in range(5000)))
        reserve = disk / "history.sqlite-reserve"
        settled(writer, lambda: is_held(reserve), "the first moments and the reserve")
        filler = fill(disk)
        reserve.unlink()
        more = fill(disk, name="more")
        for at in range(15_000):
            writer.put(point(NOON + SECOND + at))
        writer.put(*KEPT)
        wait_until(lambda: "disk is full" in writer.health.fault, what="the fault")
        assert writer.health.fault_since_ns == NOON
        assert writer.health.waiting
        filler.unlink()
        more.unlink()
        settled(writer, lambda: True, "all of it")
        assert (writer.health.lost, writer.health.pruned) == (0, 0)
    assert all_kept(path)
    with open_history(path) as history:
        assert len(history.points("cage", 0, END_OF_TIME_NS, limit=50_000)) == 20_000


def test_refused_lines_of_minutes_alarms_and_marks_stay_when_there_is_no_room(tmp_path: Path) -> None:
    kinds = ("minute", "fused_point", "transition", "mark", "vitals", "reading", "camera_state")
    with contextlib.closing(schema.open_for_writing(tmp_path / "painwatch.sqlite")) as connection:
        connection.executemany(
            "INSERT INTO dead (sink, time_ns, kind, line, why, refused_ns) VALUES ('sink', 0, ?, x'', '', 0)",
            [(kind,) for kind in kinds],
        )
        assert pruning.prune(connection, NOON).events == 4
        assert not pruning.prune(connection, NOON).events
        left = [kind for (kind,) in connection.execute("SELECT kind FROM dead ORDER BY id")]
    assert left == ["minute", "transition", "mark"]
