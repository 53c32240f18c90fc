"""From SIGTERM, Ctrl-C and a closed terminal to one event that everything waits for."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator

_WAKE_S = 0.2
_ENDED_BY_HAND = 130


@contextlib.contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM, SIGINT or SIGHUP sets while the block runs; a second one ends the process at once.

    A thread waits for the signals with them blocked everywhere else: a handler would run in the main thread between
    any two instructions, also while that thread holds the event's own lock, and would then wait for itself. Enter it
    before other threads are started, so that they inherit the blocked signals.
    """
    wanted = {signal.SIGTERM, signal.SIGINT}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup sets it to be ignored
        wanted.add(signal.SIGHUP)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
    stop, done = threading.Event(), threading.Event()
    thread = threading.Thread(target=_wait, args=(wanted, stop, done), name="signals", daemon=True)
    thread.start()
    try:
        yield stop
    finally:
        done.set()
        thread.join()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _wait(wanted: set[signal.Signals], stop: threading.Event, done: threading.Event) -> None:
    while not done.is_set():
        if signal.sigtimedwait(wanted, _WAKE_S) is None:
            continue
        if stop.is_set():
            os._exit(_ENDED_BY_HAND)
        stop.set()
