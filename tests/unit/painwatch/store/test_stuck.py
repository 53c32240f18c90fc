"""Whether the thread that writes is still of use."""

from __future__ import annotations

import math
import threading
from pathlib import Path

from fixtures.waiting import wait_until
from painwatch.store.writer import Writer


def test_a_piece_of_work_that_does_not_end_is_seen(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "history.sqlite", site="test", keep_points_days=1)
    release = threading.Event()
    errand = threading.Thread(target=lambda: writer.do(lambda _: release.wait()))
    errand.start()
    try:
        wait_until(lambda: writer.stuck_s > 0.2, what="the work to take its time")
    finally:
        release.set()
        errand.join()
    wait_until(lambda: writer.stuck_s == 0.0, what="the thread to wait again")
    writer.close()
    assert writer.stuck_s == math.inf
