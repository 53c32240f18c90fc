"""From the history to people: real history, real senders, a real web hook, and everything between them going wrong."""

from __future__ import annotations

import itertools
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from fixtures.waiting import wait_until
from painwatch.config.delivery import TargetConfig
from painwatch.config.sources import Secret
from painwatch.core.alarms import Notice, Priority
from painwatch.core.clock import Stamp, SystemClock
from painwatch.core.signals import AlarmKind
from painwatch.notify.notifier import Notifier
from painwatch.store.faults import StoreBlocked
from painwatch.store.notices import NoticeQueue
from painwatch.store.schema import open_for_writing
from painwatch.store.writer import Writer
from servers.web_hook import WebHook

PASSWORD, TOKEN = "s3cret+pass", "t0ken-s3cret"


def notice(key: str, target: str = "vet") -> Notice:
    now_ns = SystemClock().now().wall_ns
    return Notice(target, key, now_ns, AlarmKind.WELFARE, Priority.HIGH, f"title {key}", f"look\nwords {key}")


@contextmanager
def history(folder: Path, connect: Callable[[Path], sqlite3.Connection] = open_for_writing) -> Iterator[Writer]:
    writer = Writer(folder / "painwatch.sqlite", site="Lab", keep_points_days=30, connect=connect)
    try:
        yield writer
    finally:
        writer.close()


@contextmanager
def notifying(
    folder: Path, writer: Writer, url: str, target: str = "vet", clock: SystemClock | None = None
) -> Iterator[Notifier]:
    queue = NoticeQueue(folder / "painwatch.sqlite", writer, target)
    notifier = Notifier(
        TargetConfig(name=target, url=Secret(env="A"), at_most_per_hour=100),
        queue,
        site="Lab",
        read_secret=lambda secret: url,
        blocked=lambda: bool(writer.health.fault),
        look_s=0.1,
        clock=clock,
    )
    try:
        yield notifier
    finally:
        notifier.close()
        queue.close()


def titles(hook: WebHook) -> list[str]:
    return [str(taken.message["title"]) for taken in hook.taken]


def test_a_key_goes_out_once_over_duplicates_and_restarts(tmp_path: Path) -> None:
    with WebHook() as hook:
        for turn in range(2):
            with history(tmp_path) as writer, notifying(tmp_path, writer, hook.address()) as notifier:
                for key in ("a", "b", "a", f"turn-{turn}"):
                    writer.put(notice(key))
                    notifier.offer(notice(key))
                wait_until(lambda turn=turn: f"title turn-{turn}" in titles(hook), what="the last notice")  # type: ignore[misc]
                wait_until(lambda: notifier.state.waiting == 0, what="the note of it")
    assert sorted(titles(hook)) == ["title a", "title b", "title turn-0", "title turn-1"]


def test_an_outage_delays_and_loses_nothing(tmp_path: Path) -> None:
    with WebHook(fault="status/503") as hook, history(tmp_path) as writer:
        with notifying(tmp_path, writer, hook.address()) as notifier:
            writer.put(notice("a"))
            wait_until(lambda: "HTTP 503" in notifier.state.fault, what="the fault")
            writer.put(notice("b"))
            wait_until(lambda: notifier.state.waiting == 2, what="both waiting")
        # A new process finds both, and why the first did not get through.
        hook.fault = ""
        queue = NoticeQueue(tmp_path / "painwatch.sqlite", writer, "vet")
        first, second = queue.head(9)
        assert (first.notice.key, first.attempts > 0, second.notice.key) == ("a", True, "b")
        assert "HTTP 503" in first.why
        queue.close()
        with notifying(tmp_path, writer, hook.address()):
            wait_until(lambda: len(hook.taken) == 2, what="both delivered")
    assert sorted(titles(hook)) == ["title a", "title b"]


def test_a_target_that_hangs_holds_up_no_other_and_ends_soon(tmp_path: Path) -> None:
    with WebHook(fault="hang") as stuck, WebHook() as well, history(tmp_path) as writer:
        with (
            notifying(tmp_path, writer, stuck.address() + "?rto=60", "stuck") as held,
            notifying(tmp_path, writer, well.address(), "well") as notifier,
        ):
            writer.put(notice("a", "stuck"), notice("a", "well"))
            wait_until(lambda: len(well.taken) == 1 and len(stuck.asked) == 1, what="one delivered, one hanging")
            assert notifier.state.fault == ""
        assert held.state.fault == "", "it ended since it was told to, not since its time was up"
        assert held.state.waiting == 1


def test_a_full_disk_keeps_nobody_from_being_told(tmp_path: Path) -> None:
    def full(path: Path) -> sqlite3.Connection:
        raise StoreBlocked("the disk is full", where=str(path))

    class Hurried(SystemClock):
        """Twenty seconds pass in one, so that nobody has to wait."""

        def now(self) -> Stamp:
            stamp = super().now()
            return Stamp(stamp.wall_ns, 20 * stamp.mono_ns)

    with (
        WebHook() as hook,
        history(tmp_path, full) as writer,
        notifying(tmp_path, writer, hook.address(), clock=Hurried()) as notifier,
    ):
        writer.put(notice("full"))
        notifier.offer(notice("full"))
        wait_until(lambda: notifier.state.delivered == 1, what="the notice")
    assert titles(hook) == ["title full"]


CHILD = """
import sys, time
from pathlib import Path
from painwatch.config.delivery import TargetConfig
from painwatch.config.sources import Secret
from painwatch.notify.notifier import Notifier
from painwatch.store.notices import NoticeQueue
from painwatch.store.writer import Writer
path, url = Path(sys.argv[1]), sys.stdin.readline().strip()
writer = Writer(path, site="Lab", keep_points_days=30)
queue = NoticeQueue(path, writer, "vet")
Notifier(TargetConfig(name="vet", url=Secret(env="A")), queue, site="Lab", read_secret=lambda s: url, look_s=0.1)
time.sleep(600)
"""


def test_killed_while_sending_it_is_sent_again_and_nothing_is_left_running(tmp_path: Path) -> None:
    with WebHook(fault="hang") as hook:
        with history(tmp_path) as writer:
            writer.put(notice("a"))
        command = [sys.executable, "-c", CHILD, str(tmp_path / "painwatch.sqlite")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            print(hook.address() + "?rto=60", file=process.stdin, flush=True)
            wait_until(lambda: hook.asked, what="the message on its way")
            couriers = psutil.Process(process.pid).children()
            assert couriers
            os.kill(process.pid, signal.SIGKILL)
        for courier in couriers:
            courier.wait(20)  # its own time would be up later
        hook.fault = ""
        with history(tmp_path) as writer, notifying(tmp_path, writer, hook.address()) as notifier:
            wait_until(lambda: notifier.state.delivered == 1, what="the second try")
            wait_until(lambda: notifier.state.waiting == 0, what="the note of it")
    assert [asked.message["title"] for asked in hook.asked] == ["title a"] * 2


@pytest.mark.parametrize("path", [f"status/401/{TOKEN}", f"cut/{TOKEN}", f"hang/{TOKEN}"])
def test_no_part_of_an_address_reaches_log_state_or_history(
    tmp_path: Path, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with WebHook() as hook, history(tmp_path) as writer, caplog.at_level("DEBUG"):
        url = hook.address(path=path, login=f"watch:{PASSWORD}@") + "?rto=1"
        with notifying(tmp_path, writer, url) as notifier:
            writer.put(notice("a"))
            wait_until(lambda: notifier.state.fault != "", what="the fault")
            state = notifier.state
    told = f"{state}{caplog.text}".encode()
    told += b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"cannot be told of alarms" in told
    for secret, form in itertools.product((PASSWORD, TOKEN), (str, lambda text: text.replace("+", "%2B"))):
        assert form(secret).encode() not in told
