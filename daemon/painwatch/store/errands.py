"""Work that other threads have the writer's thread do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from painwatch.store.faults import StoreBlocked
from painwatch.store.transaction import in_transaction

LONGEST_WAIT_S = 30.0


class Errand:
    """One piece of work: run by the writer, waited for by whoever gave it."""

    def __init__(self, work: Callable[[sqlite3.Connection], Any], durable: bool) -> None:
        self._work, self._durable = work, durable
        self._future: Future[Any] = Future()

    def run(self, connection: sqlite3.Connection) -> Any:
        """Does the work in a transaction of its own; may be tried again after an error."""
        return in_transaction(connection, self._work, durable=self._durable)

    def succeed(self, result: Any) -> None:
        self._future.set_result(result)

    def fail(self, error: Exception) -> None:
        self._future.set_exception(error)

    def result(self, path: Path) -> Any:
        """What the work gave; raises what it raised, or StoreBlocked when it is not done in time."""
        try:
            return self._future.result(LONGEST_WAIT_S)
        except TimeoutError:
            what = f"is not written to within {LONGEST_WAIT_S:.0f} s"
            raise StoreBlocked(what, where=str(path), mend="look for a slow or failing disk") from None
