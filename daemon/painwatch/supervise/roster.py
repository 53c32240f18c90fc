"""Which processes a configuration needs, and the commands that start them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from painwatch.config.models import Config
from painwatch.config.processes import HUB, WEB, capture_process, infer_process, processes_of


class Duty(IntEnum):
    """What a child does, in the order in which children are told to stop: the hub last, so that it stores the end."""

    CAPTURE = 0
    INFER = 1
    WEB = 2
    HUB = 3


@dataclass(frozen=True, slots=True)
class Child:
    """One process to keep alive."""

    name: str
    duty: Duty
    command: tuple[str, ...]


def children_of(config: Config, config_path: Path, python: str) -> tuple[Child, ...]:
    """Every process of `config` on this host (see `processes_of`), in the order in which they are started."""

    def child(name: str, duty: Duty, *verb: str) -> Child:
        # -P: a file called yaml.py in the folder where someone stands is not ours to run.
        return Child(name, duty, (python, "-P", "-m", "painwatch", *verb, "--config", str(config_path)))

    possible = (
        child(HUB, Duty.HUB, "hub"),
        *(child(capture_process(c.name), Duty.CAPTURE, "capture", c.name) for _, c in config.cameras),
        *(child(infer_process(worker.name), Duty.INFER, "infer", worker.name) for worker in config.workers),
        child(WEB, Duty.WEB, "web"),
    )
    by_name = {one.name: one for one in possible}
    return tuple(by_name[name] for name in processes_of(config))


ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "OPENCV_FOR_THREADS_NUM": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONFAULTHANDLER": "1",
}
"""Environment of every child: one thread of arithmetic each, since there is a process per camera and per device and
threads that outnumber the cores cost more than they bring; lines that reach the log when they are printed; and where
each thread stood, printed when the child is ended for standing still or crashes."""
