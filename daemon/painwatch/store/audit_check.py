"""Whether the audit log is whole: in the history itself, or in a file that it was exported to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from painwatch.core.errors import StoreError
from painwatch.store.audit import ENTRY, NOTHING_BEFORE, AuditEntry, AuditHead, hash_of
from painwatch.store.audit_tables import copies_in
from painwatch.store.migrations import MIGRATIONS
from painwatch.store.reading import Reader

PAGE = 5000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. `entries`: walked and found whole, up to `head`; `faults`: empty if all is as it must be."""

    entries: int
    head: AuditHead
    faults: tuple[str, ...] = ()


def verify(path: Path, head: str | None = None, progress: Callable[[int, int], None] | None = None) -> Verdict:
    """Walks the audit log of the history at `path`, which may be in use; where that is whole, holds the tables of
    alarms and marks against it.

    Args:
        head: one written down before, as NUMBER:HASH or HASH alone: that entry must still be there, unchanged.
        progress: told how many entries were walked, of how many.

    Raises:
        StoreError: the history cannot be read.
    """
    reader = Reader(path)
    try:
        (total,) = reader.all("SELECT count(*) FROM audit")[0]
        copies = copies_in(reader)
        verdict = verify_entries(_watched(_entries(reader), total, progress), head)
        otherwise = () if verdict.faults else tuple(copies.faults(reader, _entries(reader)))
        missing = _missing_guards(reader)
    finally:
        reader.close()
    return Verdict(verdict.entries, verdict.head, (*verdict.faults, *otherwise, *missing))


def verify_entries(entries: Iterable[AuditEntry], head: str | None = None) -> Verdict:
    """Walks entries from the first on, up to the first that is not as it must be. Pure."""
    known_seq, known_hash = _parsed(head)
    count, last = 0, AuditHead(0, NOTHING_BEFORE)
    fault, seen = "", known_hash == "" or last == AuditHead(known_seq or 0, known_hash)
    for entry in entries:
        fault = _fault_of(entry, last)
        if fault:
            break
        count, last = count + 1, AuditHead(entry.seq, entry.hash)
        seen = seen or (entry.hash == known_hash and known_seq in (None, entry.seq))
        if entry.seq == known_seq and entry.hash != known_hash:
            fault = (
                f"entry {entry.seq} is not the one that was written down: the log was made anew up to there, or before"
            )
            break
    if not fault and not seen:
        wanted = f"entry {known_seq}" if known_seq else "the entry that was written down"
        fault = f"{wanted} is missing: the log ends with entry {last.seq}, and was cut off or made anew"
    return Verdict(count, last, (fault,) if fault else ())


def entries_in(file: Path) -> Iterator[AuditEntry]:
    """The entries in a file of JSON lines, as `as_line` makes them.

    Raises:
        StoreError: a line is not an entry, or the file cannot be read.
    """
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    yield AuditEntry(*msgspec.structs.astuple(msgspec.json.decode(line, type=_Line)))
                except msgspec.DecodeError as error:
                    where, mend = f"{file}:{number}", "name a file that `painwatch audit export` wrote"
                    raise StoreError(f"is not an entry of an audit log ({error})", where=where, mend=mend) from error
    except OSError as error:
        raise StoreError(f"cannot be read ({error.strerror})", where=str(file), mend="check the path") from error


def as_line(entry: AuditEntry) -> bytes:
    """An entry as one line of JSON, with its line break. `body` stays the text that was hashed."""
    return msgspec.json.encode(entry._asdict()) + b"\n"


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    seq: int
    time_ns: int
    kind: str
    body: str
    previous: str
    hash: str


_TYPES = [int, int, str, str, str, str]
"""Of an entry's parts, as written; in a damaged file any of them may be of another."""


def _fault_of(entry: AuditEntry, last: AuditHead) -> str:
    if entry.seq <= last.seq:
        return f"entry {entry.seq} is out of its place"
    if entry.seq == last.seq + 2:
        return f"entry {last.seq + 1} was removed"
    if entry.seq > last.seq + 2:
        return f"entries {last.seq + 1} to {entry.seq - 1} were removed"
    if [type(part) for part in entry] != _TYPES or entry.hash != hash_of(*entry[:5]):
        return f"entry {entry.seq} was edited: its hash is not that of what it says"
    if entry.previous != last.hash:
        return f"entry {entry.seq} does not follow the one before it: it was put in, or the one before was replaced"
    return ""


def _entries(reader: Reader) -> Iterator[AuditEntry]:
    # Page by page, so that a long walk holds up neither the writer nor its checkpoints; entries are only ever added.
    after = None
    while page := reader.all(
        f"SELECT {ENTRY} FROM audit WHERE ?1 IS NULL OR seq > ?1 ORDER BY seq LIMIT ?2", (after, PAGE)
    ):
        yield from (AuditEntry(*row) for row in page)
        after = page[-1][0]


def _watched(
    entries: Iterator[AuditEntry], total: int, progress: Callable[[int, int], None] | None
) -> Iterator[AuditEntry]:
    for number, entry in enumerate(entries, 1):
        yield entry
        if progress is not None and (number % 1000 == 0 or number == total):
            progress(number, total)


def _missing_guards(reader: Reader) -> tuple[str, ...]:
    wanted = {
        statement.split()[2]: statement
        for migration in MIGRATIONS
        for statement in migration.statements
        if statement.startswith("CREATE TRIGGER audit_")
    }
    found = dict(reader.all("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"))
    return tuple(
        f"the trigger {name}, which keeps entries from being changed, was {'changed' if name in found else 'removed'}"
        for name, statement in wanted.items()
        if found.get(name) != statement
    )


def _parsed(head: str | None) -> tuple[int | None, str]:
    """Number (if it was given) and hash of a head that a person gives; hash empty without one."""
    if head is None:
        return None, ""
    number, _, digest = head.strip().rpartition(":")
    digest = digest.lower()
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef") or (number and not number.isdecimal()):
        mend = "give it as it was logged: NUMBER:HASH, or the hash alone (64 characters)"
        raise StoreError(f"{head!r} is not a head of an audit log", mend=mend)
    return (int(number) if number else None), digest
