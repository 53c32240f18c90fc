"""The web process: listens to the hub and serves page and API until told to stop."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import uvicorn

from painwatch.config.models import Config
from painwatch.config.page import PageConfig, is_loopback
from painwatch.config.places import Places
from painwatch.core.clock import Clock, SystemClock
from painwatch.core.errors import PainwatchError
from painwatch.core.types import MinuteSummary
from painwatch.progress import Progress
from painwatch.store.history import open_history
from painwatch.validation import notice
from painwatch.web.api import build_api
from painwatch.web.feed import Feed
from painwatch.web.page import mount_page
from painwatch.web.pictures import Pictures
from painwatch.web.security import guarded
from painwatch.web.sources import Minutes, Sources
from painwatch.web.turning import serve

_log = logging.getLogger(__name__)

_GOODBYE_S = 2
"""How long open connections of browsers may hold up the end."""

_WAKE_S = 0.5


def run_web(
    config: Config,
    places: Places,
    *,
    config_dir: Path,
    stop: threading.Event,
    listening: Callable[[str], None] | None = None,
) -> None:
    """Serves the page and the API at `config.page` until `stop` is set. Once in a process.

    Args:
        config_dir: folder of the configuration file, where a relative model folder starts.
        listening: told the page's address as soon as it can be opened.

    Raises:
        PainwatchError: the address cannot be listened on.
    """
    clock: Clock = SystemClock()
    cameras = [camera.name for _, camera in config.cameras]
    pictures = Pictures(cameras, places, clock, config.keypoints.likelihood_threshold)
    feed = Feed(places.live, clock, pictures.follow)
    sources = Sources(config, feed.heard, pictures, _minutes_in(places.database), clock)
    with _listen(config.page) as listener:
        app = build_api(sources)
        mount_page(app, sources, notice(config.classifier.model, config_dir))
        host, port = listener.getsockname()[:2]
        loopback = is_loopback(config.page.host)
        if not loopback:
            _log.warning("the page has no login, and everyone who can reach %s port %d can see it", host, port)
        feed.start()
        progress = Progress(places.progress("web"))
        try:
            _serve(
                guarded(app, loopback=loopback),
                listener,
                stop,
                lambda: _announce(host, port, listening),
                # A page whose ear to the hub is gone would show the last state for ever.
                turned=lambda: progress.step() if feed.listens else None,
            )
        finally:
            progress.close()
            feed.close()
            pictures.close()


def _serve(
    app: object,
    listener: socket.socket,
    stop: threading.Event,
    ready: Callable[[], None],
    *,
    turned: Callable[[], None],
) -> None:
    settings = uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws_max_size=1_000_000,
        timeout_graceful_shutdown=_GOODBYE_S,
    )
    server = uvicorn.Server(settings)
    # In a thread of its own uvicorn leaves the signals alone, so `stop` is the one way to end it.
    thread = threading.Thread(target=serve, args=(server, listener, turned), name="http")
    thread.start()
    told = False
    while thread.is_alive() and not stop.wait(_WAKE_S if told else 0.05):
        if server.started and not told:
            told = True
            ready()
    server.should_exit = True
    thread.join()
    if not stop.is_set():
        raise PainwatchError("the web server ended by itself", where="page", mend="look at the log above")


def _listen(page: PageConfig) -> socket.socket:
    where = f"{page.host} port {page.port}"
    try:
        family, _, _, _, address = socket.getaddrinfo(page.host, page.port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address, family=family)
    except OSError as error:
        mend = "set another `port` (or `host`) under `page:`, or end the program that uses it"
        raise PainwatchError(f"the page cannot listen: {error.strerror or error}", where=where, mend=mend) from None


def _announce(host: str, port: int, listening: Callable[[str], None] | None) -> None:
    address = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
    _log.info("the page is at %s", address)
    if listening is not None:
        listening(address)


def _minutes_in(database: Path) -> Minutes:
    def minutes(cage: str, from_ns: int, to_ns: int) -> Sequence[MinuteSummary]:
        # SQLite's connections belong to one thread each, and requests come in many.
        with closing(open_history(database)) as history:
            return history.minutes(cage, from_ns, to_ns)

    return minutes
