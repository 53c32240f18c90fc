"""The inference process of one device: looks through every camera it serves, once a sample moment each.

It speaks at every moment, also to say that there was no frame or no engine: silence is never left to be guessed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

from painwatch.capture.ring import RingReader
from painwatch.config.models import Config, WorkerConfig
from painwatch.config.places import Places
from painwatch.config.resolve import model_folder
from painwatch.core.clock import Clock, SystemClock
from painwatch.core.errors import PainwatchError
from painwatch.core.types import Prediction
from painwatch.curve.way import way_to_hub
from painwatch.hub_line import HubLine, hub_line
from painwatch.infer import schedule
from painwatch.infer.eye import Eye
from painwatch.infer.placement import place
from painwatch.infer.rounds import Opened, go_round, idle_s, turns_of
from painwatch.infer.tools import open_tools, plan_cache
from painwatch.progress import Progress
from painwatch_engines.errors import Failure

log = logging.getLogger(__name__)

RETRY_TOOLS_S = 10.0
"""A model that cannot be opened is tried again this often: it may have been half copied."""

QUEUE_LENGTH = 2000
"""Predictions kept while the hub is away: minutes at the usual rates."""


def run_infer(
    config: Config,
    places: Places,
    worker_name: str,
    *,
    config_dir: Path,
    stop: threading.Event,
    clock: Clock | None = None,
) -> None:
    """Serve the cameras of `worker_name` until `stop` is set.

    An engine that fails makes way for the next of the worker's chain, and is tried again later. A model that none can
    open or compute does not end the process: every moment is then reported as engine_error, with the reason, and
    models that could not be opened are tried again.

    Raises:
        PainwatchError: the configuration has no such worker; or the hub is on another host, and this one has no keys.
    """
    worker = _worker(config, worker_name)
    place(worker.cores, worker.threads)
    ticking = clock or SystemClock()
    way = way_to_hub(config, places, config_dir=config_dir)
    eyes = tuple(_eyes(config, worker, places))
    turns = turns_of(eyes)
    with (
        Progress(places.progress(f"infer-{worker.name}")) as progress,
        hub_line(way, kept=QUEUE_LENGTH) as line,
    ):
        send = Outbox(line, progress)
        opened = _open(config, worker, config_dir)
        opened_at = ticking.now().mono_ns
        log.info("looking through %d cameras", len(eyes))
        while not stop.is_set():
            if opened.tools is None and ticking.now().mono_ns - opened_at > RETRY_TOOLS_S * 1e9:
                opened, opened_at = _open(config, worker, config_dir), ticking.now().mono_ns
            had_work = go_round(eyes, turns, opened, send, ticking, stop)
            progress.step()
            if not had_work:
                stop.wait(idle_s(eyes, ticking.now()))
    for eye in eyes:
        eye.reader.close()


def _worker(config: Config, name: str) -> WorkerConfig:
    for worker in config.workers:
        if worker.name == name:
            return worker
    raise PainwatchError(
        f"there is no worker {name!r}",
        where="workers",
        mend=f"Use one of: {', '.join(worker.name for worker in config.workers)}.",
    )


def _eyes(config: Config, worker: WorkerConfig, places: Places) -> Iterator[Eye]:
    for cage, camera in config.worker_cameras(worker):
        yield Eye(
            cage=cage.name,
            camera=camera.name,
            recording=camera.source.kind == "file",
            reader=RingReader(places.ring(camera.name)),
            sampling=schedule.Sampling(schedule.period_ns(cage.sample_rate_hz)),
        )


def _open(config: Config, worker: WorkerConfig, config_dir: Path) -> Opened:
    try:
        tools, settings, out_of_domain = open_tools(
            config,
            worker,
            folder_of=lambda reference: model_folder(reference, config_dir),
            plans=plan_cache(config, config_dir),
            passed_over=lambda name, failure: log.warning("engine %s is not used: %s", name, failure),
        )
    except Exception as error:
        known = isinstance(error, Failure | PainwatchError)
        fault = str(error) if known else f"the models cannot be opened ({type(error).__name__}: {error})"
        log.error("no model: %s", fault)
        return Opened(None, None, {}, fault)
    for cage, reason in out_of_domain.items():
        if reason:
            log.warning("cage %s is out of the model's domain: %s", cage, reason)
    log.info("keypoints by %s, faces by %s, %s", tools.network.engine, tools.classifier.engine, tools.model)
    return Opened(tools, settings, out_of_domain)


class Outbox:
    """Predictions to the hub. Live ones never wait; those of recordings wait until there is room."""

    def __init__(self, line: HubLine, progress: Progress) -> None:
        self._line, self._progress = line, progress
        self._lost = 0

    def __call__(self, prediction: Prediction, *, patient: threading.Event | None) -> None:
        while not self._line.send(prediction):
            if patient is None or patient.wait(0.02):
                self._lost += 1
                if self._lost in (1, 10, 100) or self._lost % 1000 == 0:
                    log.warning("the hub takes nothing: %d predictions lost", self._lost)
                return
            # To wait for a hub that is away is no fault of this process.
            self._progress.step()
