"""The audit log: a chain of entries that are only ever added, each of which holds the hash of the one before.

    hash = SHA-256 of the JSON text [seq, time_ns, kind, body, previous] (UTF-8, no spaces, as json.dumps writes it with
    separators=(",", ":") and ensure_ascii=False), in hexadecimal

What is changed, taken out or put in breaks the chain from there on. Who can write the whole file can also work out a
new chain; that shows where its head was written down elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from painwatch.core.alarms import AuditNote, Mark, Transition
from painwatch.core.types import MinuteSummary

NOTHING_BEFORE = "0" * 64
"""What the first entry holds for the hash of the one before."""

ENTRY = "seq, time_ns, kind, body, previous, hash"


class AuditEntry(NamedTuple):
    """`time_ns`: when it was entered (UTC). `kind`: transition, mark or audit_note; `body`: that record as JSON."""

    seq: int
    time_ns: int
    kind: str
    body: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The last entry's number and hash: written down elsewhere, they hold all before it fast."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


def hash_of(seq: int, time_ns: int, kind: str, body: str, previous: str) -> str:
    """An entry's hash, from all else in it."""
    text = json.dumps([seq, time_ns, kind, body, previous], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def body_of(record: Transition | Mark | AuditNote | MinuteSummary) -> str:
    """What is entered of a record: JSON with its keys in order."""
    return msgspec.json.encode(record, order="sorted").decode()


def head_of(connection: sqlite3.Connection) -> AuditHead:
    """The head of the chain; number 0 if nothing was entered yet."""
    found = connection.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return AuditHead(*found) if found else AuditHead(0, NOTHING_BEFORE)


def enter(connection: sqlite3.Connection, record: Transition | Mark | AuditNote, now_ns: int) -> None:
    """Adds the record at the end of the chain, within the transaction that is open."""
    head = head_of(connection)
    kind = str(record.__struct_config__.tag)
    entry = (head.seq + 1, now_ns, kind, body_of(record), head.hash)
    connection.execute(f"INSERT INTO audit ({ENTRY}) VALUES (?, ?, ?, ?, ?, ?)", (*entry, hash_of(*entry)))
