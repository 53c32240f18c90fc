"""A signal to stop reaches the event, in whatever the process is doing."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading

import pytest

from painwatch.interrupts import stop_on_signals

WAITS = (
    "from painwatch.interrupts import stop_on_signals\n"
    "with stop_on_signals() as stop:\n"
    "    print('up', flush=True)\n"
    "    {then}\n"
    "print('clean', flush=True)\n"
)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_sets_the_event_and_nothing_else(number: signal.Signals) -> None:
    with stop_on_signals() as stop:
        os.kill(os.getpid(), number)
        assert stop.wait(30)


def test_afterwards_signals_are_as_before() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)]
    with stop_on_signals() as stop:
        assert not stop.is_set()
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)] == before
    assert signal.set_wakeup_fd(-1) == -1


def test_a_signal_reaches_the_event_also_when_other_threads_were_there_before() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        with stop_on_signals() as stop:
            os.kill(os.getpid(), signal.SIGTERM)
            assert stop.wait(30)
    finally:
        done.set()
        thread.join()


def _started(then: str, *before: str) -> subprocess.Popen[str]:
    command = [*before, sys.executable, "-c", WAITS.format(then=then)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def test_a_process_ends_cleanly() -> None:
    process = _started("stop.wait()")
    process.terminate()
    assert process.communicate(timeout=60)[0] == "clean\n"
    assert process.returncode == 0


def test_a_second_signal_ends_what_does_not_heed_the_first() -> None:
    process = _started("stop.wait(); print('heard', flush=True); import time; time.sleep(600)")
    process.terminate()
    assert process.stdout is not None
    assert process.stdout.readline() == "heard\n"
    process.terminate()
    assert process.communicate(timeout=60)[0] == ""
    assert process.returncode == 130


def test_a_closed_terminal_is_a_clean_end_also_when_it_is_told_twice() -> None:
    terminal, its_end = pty.openpty()
    reading, writing = os.pipe()
    then = f"stop.wait(); os.kill(os.getpid(), 1); print('to nobody'); os.write({writing}, b'heard')"
    command = [sys.executable, "-c", "import os\n" + WAITS.format(then=then)]
    process = subprocess.Popen(command, stdin=its_end, stdout=its_end, stderr=its_end, pass_fds=[writing])
    os.close(its_end)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        said = b""
        while b"\n" not in said:
            said += os.read(terminal, 100)
        os.close(terminal)
        process.send_signal(signal.SIGHUP)
        assert told.read() == b"heard"
    assert process.wait(timeout=60) == 0


def test_nohup_is_heeded() -> None:
    process = _started("stop.wait()", "nohup")
    process.send_signal(signal.SIGHUP)
    process.terminate()
    assert process.communicate(timeout=60)[0] == "clean\n"
