"""How the tables came to be, step by step."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema; steps are only ever added, at the end."""

    what: str
    statements: tuple[str, ...]


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        "minutes, points, events of cameras and processes",
        (
            "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
            """CREATE TABLE minutes (
                cage TEXT NOT NULL, start_ns INTEGER NOT NULL, pain INTEGER NOT NULL, no_pain INTEGER NOT NULL,
                skipped INTEGER NOT NULL, expected INTEGER NOT NULL, coverage REAL NOT NULL, pain_probability REAL,
                by_status TEXT NOT NULL, PRIMARY KEY (cage, start_ns)) STRICT, WITHOUT ROWID""",
            """CREATE TABLE points (
                cage TEXT NOT NULL, time_ns INTEGER NOT NULL, status TEXT NOT NULL, pain_probability REAL,
                pain INTEGER, shares TEXT NOT NULL, PRIMARY KEY (cage, time_ns)) STRICT, WITHOUT ROWID""",
            """CREATE TABLE camera_events (
                camera TEXT NOT NULL, time_ns INTEGER NOT NULL, cage TEXT NOT NULL, phase TEXT NOT NULL,
                fault TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (camera, time_ns)) STRICT, WITHOUT ROWID""",
            """CREATE TABLE process_events (
                name TEXT NOT NULL, time_ns INTEGER NOT NULL, phase TEXT NOT NULL, restarts INTEGER NOT NULL,
                reason TEXT NOT NULL, PRIMARY KEY (name, time_ns)) STRICT, WITHOUT ROWID""",
        ),
    ),
    Migration(
        "action units and models, alarms, marks, audit log, outbox, notices",
        (
            "ALTER TABLE points ADD COLUMN units TEXT NOT NULL DEFAULT '[]'",
            "ALTER TABLE points ADD COLUMN model TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE minutes ADD COLUMN faces INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE minutes ADD COLUMN units TEXT NOT NULL DEFAULT '[]'",
            "ALTER TABLE minutes ADD COLUMN models TEXT NOT NULL DEFAULT '[]'",
            """CREATE TABLE transitions (
                id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, time_ns INTEGER NOT NULL,
                rule TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL) STRICT""",
            "CREATE INDEX transitions_by_time ON transitions (time_ns)",
            "CREATE INDEX transitions_by_subject ON transitions (subject, time_ns)",
            "CREATE INDEX transitions_by_rule ON transitions (rule, time_ns)",
            """CREATE TABLE marks (
                cage TEXT NOT NULL, time_ns INTEGER NOT NULL, name TEXT NOT NULL, end_ns INTEGER, words TEXT NOT NULL,
                who TEXT NOT NULL, PRIMARY KEY (cage, time_ns, name)) STRICT, WITHOUT ROWID""",
            """CREATE TABLE alarm_memories (
                rule TEXT NOT NULL, subject TEXT NOT NULL, time_ns INTEGER NOT NULL, body TEXT NOT NULL,
                PRIMARY KEY (rule, subject)) STRICT, WITHOUT ROWID""",
            """CREATE TABLE audit (
                seq INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
                previous TEXT NOT NULL, hash TEXT NOT NULL) STRICT""",
            # An INSERT OR REPLACE deletes without the trigger on DELETE, but not past this one.
            """CREATE TRIGGER audit_only_grows BEFORE INSERT ON audit
                WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit)
                BEGIN SELECT RAISE(ABORT, 'entries of the audit log are only added at its end'); END""",
            """CREATE TRIGGER audit_is_not_edited BEFORE UPDATE ON audit
                BEGIN SELECT RAISE(ABORT, 'entries of the audit log are not edited'); END""",
            """CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
                BEGIN SELECT RAISE(ABORT, 'entries of the audit log are not deleted'); END""",
            """CREATE TABLE outbox (
                id INTEGER PRIMARY KEY AUTOINCREMENT, sink TEXT NOT NULL, time_ns INTEGER NOT NULL,
                kind TEXT NOT NULL, line BLOB NOT NULL) STRICT""",
            "CREATE INDEX outbox_by_sink ON outbox (sink)",
            """CREATE TABLE dead (
                id INTEGER PRIMARY KEY AUTOINCREMENT, sink TEXT NOT NULL, time_ns INTEGER NOT NULL,
                kind TEXT NOT NULL, line BLOB NOT NULL, why TEXT NOT NULL, refused_ns INTEGER NOT NULL) STRICT""",
            "CREATE INDEX dead_by_sink ON dead (sink, refused_ns)",
            # Counted as rows come and go: an outbox can grow to millions.
            """CREATE TABLE sinks (
                name TEXT PRIMARY KEY, waiting INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0)
                STRICT, WITHOUT ROWID""",
            """CREATE TABLE notices (
                id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, key TEXT NOT NULL, time_ns INTEGER NOT NULL,
                body TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, why TEXT NOT NULL DEFAULT '',
                delivered_ns INTEGER, UNIQUE (target, key)) STRICT""",
            "CREATE INDEX notices_waiting ON notices (target, id) WHERE delivered_ns IS NULL",
            "CREATE INDEX notices_delivered ON notices (delivered_ns) WHERE delivered_ns IS NOT NULL",
        ),
    ),
    Migration(
        "scored moments of a minute that repeat an answer",
        ("ALTER TABLE minutes ADD COLUMN repeated INTEGER NOT NULL DEFAULT 0",),
    ),
)
"""Applied in this order; a history's version is how many of them it has seen."""
