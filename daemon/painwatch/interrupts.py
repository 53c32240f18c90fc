"""From SIGTERM, Ctrl-C and a closed terminal to one event that everything waits for."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator, Sequence

_ENDED_BY_HAND = 130
_NO_MORE = 0


@contextlib.contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM, SIGINT or SIGHUP sets while the block runs.

    A second SIGTERM or SIGINT ends the process at once. SIGHUP never does: a closed terminal sends it twice, once by
    its shell and once by the kernel. What was written to that terminal goes nowhere from then on, since a write to it
    would be an error.

    To be entered in the main thread. The event is set by a thread of its own: a signal's handler runs in the main
    thread between any two instructions, also while that thread holds the event's own lock, and would wait for itself.
    """
    wanted = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup sets it to be ignored
        wanted.append(signal.SIGHUP)
    stop = threading.Event()
    terminals = [descriptor for descriptor in (0, 1, 2) if os.isatty(descriptor)]
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    thread = threading.Thread(target=_follow, args=(reading, set(wanted), stop, terminals), name="signals", daemon=True)
    # The interpreter writes the number of each signal that has a handler there, whichever thread it came to.
    before_fd = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    before = {number: signal.signal(number, _nothing) for number in wanted}
    thread.start()
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before_fd)
        os.write(writing, bytes([_NO_MORE]))
        thread.join()
        os.close(reading)
        os.close(writing)


def _follow(reading: int, wanted: set[signal.Signals], stop: threading.Event, terminals: Sequence[int]) -> None:
    while (number := os.read(reading, 1)[0]) != _NO_MORE:
        if number not in wanted:
            continue
        if number == signal.SIGHUP:
            _let_go_of(terminals)
        elif stop.is_set():
            os._exit(_ENDED_BY_HAND)
        stop.set()


def _let_go_of(terminals: Sequence[int]) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for descriptor in terminals:
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _nothing(_number: int, _frame: object) -> None:
    """The pipe has told it already."""
