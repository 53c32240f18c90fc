"""History files that something has written into."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from fixtures.looks import MINUTE, NOON, SECOND
from fixtures.stored import mark, memory, minute, note, point, transition, write
from hostile.mutate import mutated
from hostile.trial import ACCEPTED, REFUSED, Counts, Trial, UnclearError, clear
from painwatch.core.errors import StoreError
from painwatch.core.types import CameraPhase, CameraState, ProcessPhase, ProcessState
from painwatch.store.audit_check import verify
from painwatch.store.history import END_OF_TIME_NS, open_history
from painwatch.store.schema import open_for_writing

PAGE = 4096


def filled(path: Path) -> bytes:
    """A history with some of everything, as its bytes."""
    states = (
        CameraState("cage", "left", CameraPhase.LIVE, NOON, NOON),
        ProcessState("web", ProcessPhase.RUNNING, NOON, NOON, reason="started"),
    )
    many = [*(point(NOON + n * SECOND) for n in range(120)), *(minute(NOON + n * MINUTE) for n in range(30))]
    told = [transition(NOON + n * MINUTE, words=f"look {n}") for n in range(40)]
    write(path, *many, *told, mark(), note(), memory(), *states)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    return path.read_bytes()


@contextlib.contextmanager
def databases(folder: Path) -> Iterator[Trial]:
    """Damaged files: what is asked is answered or told as StoreError, and an audit log that is told to be whole is."""
    path = folder / "history.sqlite"
    good = filled(path)
    with open_history(path) as history:
        head, audit = history.audit_head(), history.audit(1)

    def one(dice: Random) -> Counts:
        for beside in folder.glob("history.sqlite*"):
            beside.unlink()
        path.write_bytes(damaged(good, dice))
        refused = []
        try:
            read_all(path)
        except StoreError as error:
            refused.append(error)
        try:
            if not verify(path, str(head)).faults:
                with open_history(path) as history:
                    if history.audit(1) != audit:
                        raise UnclearError("an audit log that differs was told to be whole")
        except StoreError as error:
            refused.append(error)
        try:
            open_for_writing(path).close()
        except StoreError as error:
            refused.append(error)
        for error in refused:
            clear(error.what, error.mend)
            if error.where != str(path):
                raise UnclearError(f"no file is named: {error}")
        return REFUSED if refused else ACCEPTED

    yield Trial(one)


def read_all(path: Path) -> list[Any]:
    """Every kind of question, once."""
    with open_history(path) as history:
        return [
            history.cages(),
            history.minutes("cage", 0, END_OF_TIME_NS),
            history.points("cage", 0, END_OF_TIME_NS),
            history.camera_events("left", 0, END_OF_TIME_NS),
            history.process_events("web", 0, END_OF_TIME_NS),
            history.first_and_last("cage"),
            history.last_minute_ns("cage"),
            history.last_scored_ns("cage"),
            history.alarm_memories(),
            history.transitions(0, END_OF_TIME_NS),
            history.marks(None, 0, END_OF_TIME_NS),
            history.audit(),
            history.audit_head(),
            history.refused("influx"),
        ]


def damaged(good: bytes, dice: Random) -> bytes:
    pages = len(good) // PAGE
    raw = bytearray(good)
    match dice.randrange(12):
        case 0 | 1:
            return mutated(good[:100], dice, 3)[:100] + good[100:]
        case 2:
            return good[: dice.randrange(len(good))]
        case 3:
            at = dice.randrange(pages) * PAGE
            raw[at : at + PAGE] = dice.choice((b"\0" * PAGE, b"\xff" * PAGE, dice.randbytes(PAGE)))
        case 4:
            a, b = dice.randrange(pages) * PAGE, dice.randrange(pages) * PAGE
            raw[a : a + PAGE], raw[b : b + PAGE] = raw[b : b + PAGE], raw[a : a + PAGE]
        case 5:
            return mutated(good, dice)
        case 6:
            return dice.randbytes(dice.randrange(5000))
        case 7:
            # Text of rows: what is in them is ours, so it is checked when it is read.
            for old, new in (
                (b'"ok"', b'"o\xff"'),
                (b"orbital", b"\0rbital"),
                (b"look", b'lo"k'),
                (b"pain", b"p\xe9in"),
            ):
                if dice.random() < 0.5:
                    raw = bytearray(bytes(raw).replace(old, new, dice.randint(1, 50)))
        case 8:
            return good + dice.randbytes(dice.randrange(3 * PAGE))
        case _:
            for _ in range(dice.randint(1, 40)):
                raw[dice.randrange(len(raw))] = dice.randrange(256)
    return bytes(raw)
