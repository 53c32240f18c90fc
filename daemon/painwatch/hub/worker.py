"""The hub process: one loop that takes in what all others send, fuses, judges, stores and tells."""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from painwatch.config.grafana import ANNOTATIONS
from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.core.clock import Clock, SystemClock
from painwatch.grafana.annotations import annotations_for
from painwatch.hub.delivery import delivering
from painwatch.hub.hub import BATCH, Hub, Ways
from painwatch.hub.inlet import open_inlet
from painwatch.hub.recording import Recorder
from painwatch.one_instance import only_instance
from painwatch.progress import Progress
from painwatch.sinks.lines import lines_for
from painwatch.store.writer import Writer
from painwatch.validation import notice

log = logging.getLogger(__name__)

POLL_MS = 100

LAST_TURNS = 50
"""Turns of a hub that was told to stop, for what still waits: a flood must not keep it from ending."""

WRITER_STUCK_S = 300.0
"""The longest that any one piece of writing may take; after that the process is of no use, though its loop turns."""


def run_hub(
    config: Config,
    places: Places,
    *,
    config_dir: Path,
    stop: threading.Event,
    clock: Clock | None = None,
    record: Path | None = None,
) -> None:
    """Fuse, judge, store and tell until `stop` is set.

    Args:
        config_dir: folder of the configuration file, where keys, secrets and a relative model folder are found.
        record: where to keep all inputs for replay; must not exist yet.

    Raises:
        PainwatchError: another hub is running, the sockets cannot be bound, or the history cannot be used.
    """
    ticking = clock or SystemClock()
    with contextlib.ExitStack() as stack:
        # Binding tells nothing of another hub: ZeroMQ takes the socket file away from under it.
        stack.enter_context(only_instance(places.run_dir / "hub.lock", "another hub"))
        validation = notice(config.classifier.model, config_dir)
        writer = stack.enter_context(contextlib.closing(_writer(config, places, validation)))
        recorder = stack.enter_context(contextlib.closing(Recorder(record))) if record else None
        delivery = stack.enter_context(delivering(config, places, writer, config_dir=config_dir, validation=validation))
        inlet, live = stack.enter_context(open_inlet(config, places, config_dir=config_dir, clock=ticking))
        progress = stack.enter_context(Progress(places.progress("hub")))
        ways = Ways(writer, live, delivery, lambda: _disk_free(places.data_dir), recorder)
        hub = Hub(config, ticking.now(), ways, places.database)
        hub.resume(ticking.now())
        log.info("the hub takes in results at %s", places.results)
        while not stop.is_set():
            inlet.wait(POLL_MS)
            hub.turn(inlet.take(BATCH), ticking.now())
            if writer.stuck_s < WRITER_STUCK_S:
                progress.step()
        for _ in range(LAST_TURNS):
            if not (received := inlet.take(BATCH)):
                break
            hub.turn(received, ticking.now())
        hub.close(ticking.now())


def _writer(config: Config, places: Places, validation: str) -> Writer:
    return Writer(
        places.database,
        site=config.site,
        keep_points_days=config.runtime.keep_points_days,
        history_bytes=round(config.runtime.history_mb * 2**20),
        sinks=config.outboxes,
        targets=tuple(target.name for target in config.notify.targets),
        lines=_lines_for(config, validation),
    )


def _lines_for(config: Config, validation: str) -> Callable[[object, str], bytes | None]:
    """What each outbox is given of a record."""
    into_influx, into_grafana = lines_for(config), annotations_for(config, validation)

    def line_of(record: object, outbox: str) -> bytes | None:
        return into_grafana(record) if outbox == ANNOTATIONS else into_influx(record, outbox)

    return line_of


def _disk_free(folder: Path) -> float | None:
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return usage.free / usage.total if usage.total else None
