"""Work on the history that is done as a whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def in_transaction(
    connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T], *, durable: bool = False
) -> T:
    """What `work` gives, once it is committed; after an error of any kind nothing of it was done.

    Args:
        durable: on the disk when this returns (synchronous FULL). Else a power cut may take it, never what the file is
            made of.
    """
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result
