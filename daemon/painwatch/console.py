"""What `painwatch run` shows: how it starts, then one line for each cage, in the words of the page."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from importlib.metadata import version

from rich.console import Console
from rich.live import Live
from rich.logging import RichHandler
from rich.table import Table
from rich.text import Text

from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.core.clock import SystemClock
from painwatch.validation import NO_DIAGNOSIS
from painwatch.web.feed import Feed, Heard
from painwatch.web.wording import Said, Severity, about_cage, about_hub

log = logging.getLogger(__name__)

_COLOURS = {
    Severity.QUIET: "green",
    Severity.ATTENTION: "yellow",
    Severity.PAIN: "bold red",
    Severity.UNKNOWN: "magenta",
}

_LOOK_S = 1.0


def story(config: Config, places: Places) -> str:
    """What is about to run, where it can be seen and where it is kept."""
    seen = config.cameras if config.network.hub is None else config.local_cameras
    cages = len({cage.name for cage, _ in seen})
    lines = [
        f"painwatch {version('painwatch')}: {config.site}",
        f"  watches  {_count(cages, 'cage')} through {_count(len(seen), 'camera')}",
        *_where(config, places),
        f"  logs     {places.log('hub').parent}",
        "  stop     Ctrl-C",
        NO_DIAGNOSIS[:1].upper() + NO_DIAGNOSIS[1:],
    ]
    return "\n".join(lines)


def _where(config: Config, places: Places) -> list[str]:
    hub = config.network.hub
    if hub is not None:
        return [f"  hub      {hub.host} port {hub.port}: page and history are there"]
    return [f"  page     {page_address(config)}", f"  history  {places.database}"]


def page_address(config: Config) -> str:
    """Where a browser finds the page."""
    host, port = config.page.host, config.page.port
    if port == 0:
        return "at a free port, named in web.log"
    scheme = "http" if config.page.tls is None else "https"
    return f"{scheme}://[{host}]:{port}/" if ":" in host else f"{scheme}://{host}:{port}/"


@contextlib.contextmanager
def showing(config: Config, places: Places) -> Iterator[None]:
    """Tell the story, then show the cages: a live table on a terminal, else a log line at every change."""
    console = Console(stderr=True)
    console.print(story(config, places), markup=False, highlight=False, soft_wrap=True)
    if config.network.hub is not None:
        yield  # what the cages do is known at the hub alone
        return
    feed = Feed(places.live, SystemClock())
    feed.start()
    try:
        with _live_table(config, feed, console) if console.is_terminal else _log_lines(config, feed):
            yield
    finally:
        feed.close()


def cage_lines(config: Config, heard: Heard) -> list[tuple[str, Said]]:
    """Every cage's name and what is said of it."""
    return [
        (cage.name, about_cage(heard.cage(cage.name), len(cage.cameras), heard.now_ns, heard.age_s))
        for cage in config.cages
    ]


@contextlib.contextmanager
def _live_table(config: Config, feed: Feed, console: Console) -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:]
    root.handlers = [RichHandler(console=console, show_path=False, omit_repeated_times=False)]
    try:
        with Live(
            console=console,
            get_renderable=lambda: _table(config, feed.heard()),
            refresh_per_second=1 / _LOOK_S,
            redirect_stdout=False,
            redirect_stderr=False,
        ):
            yield
    finally:
        root.handlers = before


def _table(config: Config, heard: Heard) -> Table:
    table = Table.grid(padding=(0, 2))
    if banner := about_hub(heard.age_s):
        table.add_row("", Text(banner, style="magenta"))
    for name, said in cage_lines(config, heard):
        table.add_row(Text(name, style="bold"), Text(said.headline, style=_COLOURS[said.severity]))
    return table


@contextlib.contextmanager
def _log_lines(config: Config, feed: Feed) -> Iterator[None]:
    done = threading.Event()

    def follow() -> None:
        told: dict[str, str] = {}
        while not done.wait(_LOOK_S):
            for name, said in cage_lines(config, feed.heard()):
                if told.get(name) != said.state:
                    told[name] = said.state
                    log.info("%s: %s", name, said.headline)

    thread = threading.Thread(target=follow, name="console", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
