"""A process that is killed again and again loses nothing it had told, and tells nothing twice with another value."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from fixtures.looks import MINUTE, NOON
from fixtures.spool_child import line_of
from fixtures.stored import writer_at
from painwatch.store.audit_check import verify
from painwatch.store.history import END_OF_TIME_NS, open_history
from painwatch.store.outbox import Outbox
from painwatch.store.reading import Reader

KILLS = 15


@contextlib.contextmanager
def child(path: Path, sink: Path, seed: int) -> Iterator[subprocess.Popen[str]]:
    folders = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    process = subprocess.Popen(
        [sys.executable, "-m", "fixtures.spool_child", str(path), str(sink), str(seed)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(folders)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def left_over(path: Path) -> list[str]:
    """Takes what the last process stored after its drainer had ended."""
    with (
        contextlib.closing(writer_at(path, sinks=("file",), lines=line_of)) as writer,
        contextlib.closing(Outbox(path, writer, "file")) as outbox,
    ):
        head = outbox.head(1000)
        outbox.done(each.id for each in head if not each.line.endswith(b" 3\n"))
        for each in outbox.head(1000):
            outbox.bury(each.id, "poison")
    return [each.line.decode() for each in head if not each.line.endswith(b" 3\n")]


def test_what_was_told_to_be_on_disk_outlives_every_kill_and_reaches_the_sink_once(tmp_path: Path) -> None:
    path, sink = tmp_path / "history.sqlite", tmp_path / "sink"
    chance, told = random.Random(1), list[str]()
    for seed in range(KILLS + 1):
        with child(path, sink, seed) as process:
            assert process.stdout is not None
            for _ in range(chance.randint(1, 60)):
                told.append(process.stdout.readline())
            process.send_signal(signal.SIGKILL if seed < KILLS else signal.SIGTERM)
            told += process.stdout.readlines()
            assert process.wait(60) == (-signal.SIGKILL if seed < KILLS else 0)
    told = [line for line in told if line.endswith("\n")]
    with open_history(path) as history:
        minutes = history.minutes("cage", 0, END_OF_TIME_NS)
        transitions = history.transitions(0, END_OF_TIME_NS)
        (memory,) = history.alarm_memories()
        entries = history.audit(limit=10**6)
    stored = [f"{each.start_ns} {each.pain}\n" for each in minutes]
    assert len(stored) > KILLS
    assert [each.start_ns for each in minutes] == [NOON + at * MINUTE for at in range(len(minutes))], "no hole"
    assert set(told) <= set(stored), "what was told is on disk, with that value"
    assert len(set(told)) > KILLS

    sent = sink.read_text().splitlines(keepends=True) + left_over(path)
    poison = {line for line in stored if line.endswith(" 3\n")}
    assert list(dict.fromkeys(sent)) == [line for line in stored if line not in poison], "all, in order"
    reader = Reader(path)
    assert reader.all("SELECT count(*) FROM outbox") == [(0,)]
    assert reader.all("SELECT waiting, refused FROM sinks") == [(0, len(poison))]
    assert {bytes(line).decode() for (line,) in reader.all("SELECT line FROM dead")} == poison
    reader.close()

    assert memory.time_ns == minutes[-1].start_ns, "an alarm's memory goes with its minute"
    assert [each.time_ns for each in transitions] == [each.start_ns for each in minutes[::7]]
    assert max(Counter(entry.body for entry in entries).values()) == 1
    assert sum(entry.kind == "transition" for entry in entries) == len(transitions)
    assert verify(path).faults == ()
