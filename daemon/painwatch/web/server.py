"""The web process: listens to the hub and serves page and API until told to stop."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import uvicorn

from painwatch.config.models import Config
from painwatch.config.page import PageConfig
from painwatch.config.places import Places
from painwatch.core.clock import Clock, SystemClock
from painwatch.core.errors import PainwatchError
from painwatch.core.types import MinuteSummary
from painwatch.progress import Progress
from painwatch.secrets import SecretReader, read_secret
from painwatch.store.history import open_history
from painwatch.validation import notice
from painwatch.web.access.asgi import App
from painwatch.web.access.door import Door
from painwatch.web.access.layer import guarded
from painwatch.web.access.sockets import LARGEST_MESSAGE_BYTES
from painwatch.web.access.tls import tls_context
from painwatch.web.access.users import read_users
from painwatch.web.api import build_api
from painwatch.web.asking import Asking, over_the_line
from painwatch.web.connections import LARGEST_HEAD_BYTES, MOST, MOST_OF_ONE, Listener, PatientProtocol
from painwatch.web.feed import Feed
from painwatch.web.page import mount_page
from painwatch.web.pictures import Pictures
from painwatch.web.sources import Minutes, Sources
from painwatch.web.turning import serve

_log = logging.getLogger(__name__)

_GOODBYE_S = 2
"""How long open connections of browsers may hold up the end."""

_WAKE_S = 0.5

_ASKED_BY_A_CAMERA_PER_S = 6
"""Three pictures of it twice a second."""

_TABS = 4
"""Pages open at once on one machine, or behind one address."""


def requests_per_s(cameras: int) -> float:
    """What a machine may ask in the long run: enough for several open pages that show every camera."""
    return 40.0 + cameras * _ASKED_BY_A_CAMERA_PER_S * _TABS


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
        PainwatchError: the address cannot be listened on, a user's token cannot be read or is too weak, or the
            certificate cannot be used.
    """
    clock: Clock = SystemClock()
    page = config.page
    door = Door(page, read_users(page.users, _reader(config_dir)), clock, places.logins)
    encrypted = tls_context(page.tls, config_dir) if page.tls else None
    cameras = [camera.name for _, camera in config.local_cameras]
    pictures = Pictures(cameras, places, clock, config.keypoints.likelihood_threshold)
    asking = Asking(over_the_line(places.results))
    feed = Feed(places.live, clock, pictures.follow, asking.hear)
    history = partial(open_history, places.database)
    sources = Sources(config, feed.heard, pictures, _minutes_in(places.database), clock, history, asking)
    with _listen(page) as listener:
        app = build_api(sources)
        mount_page(app, sources, notice(config.classifier.model, config_dir))
        host, port = listener.getsockname()[:2]
        feed.start()
        progress = Progress(places.progress("web"))
        try:
            _serve(
                guarded(app, door, site=config.site, clock=clock, requests_per_s=requests_per_s(len(cameras))),
                encrypted,
                listener,
                stop,
                lambda: _announce(host, port, listening, encrypted=encrypted is not None),
                # A page whose ear to the hub is gone would show the last state for ever.
                turned=lambda: progress.step() if feed.listens else None,
            )
        finally:
            progress.close()
            feed.close()
            pictures.close()


def _serve(
    app: App,
    encrypted: ssl.SSLContext | None,
    listener: socket.socket,
    stop: threading.Event,
    ready: Callable[[], None],
    *,
    turned: Callable[[], None],
) -> None:
    settings = uvicorn.Config(
        app,
        log_config=None,
        # Its warnings are about what clients send, one a request: a stranger could fill the log with them.
        log_level="error",
        access_log=False,
        server_header=False,
        # Who is asked for by a proxy, and by whom, is decided at the door, and by the configured proxy's word alone.
        proxy_headers=False,
        http=PatientProtocol,
        h11_max_incomplete_event_size=LARGEST_HEAD_BYTES,
        limit_concurrency=MOST,
        ws_max_size=LARGEST_MESSAGE_BYTES,
        ssl_context_factory=(lambda *_: encrypted) if encrypted else None,
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
        most_of_one = MOST_OF_ONE if page.proxy is None else MOST
        return Listener(socket.create_server(address, family=family), most_of_one=most_of_one)
    except OSError as error:
        mend = "set another `port` (or `host`) under `page:`, or end the program that uses it"
        raise PainwatchError(f"the page cannot listen: {error.strerror or error}", where=where, mend=mend) from None


def _announce(host: str, port: int, listening: Callable[[str], None] | None, *, encrypted: bool) -> None:
    address = f"http{'s' if encrypted else ''}://{f'[{host}]' if ':' in host else host}:{port}/"
    _log.info("the page is at %s", address)
    if listening is not None:
        listening(address)


def _reader(config_dir: Path) -> SecretReader:
    return lambda secret: read_secret(secret, config_dir=config_dir, what="the user's token")


def _minutes_in(database: Path) -> Minutes:
    def minutes(cage: str, from_ns: int, to_ns: int) -> Sequence[MinuteSummary]:
        # SQLite's connections belong to one thread each, and requests come in many.
        with closing(open_history(database)) as history:
            return history.minutes(cage, from_ns, to_ns)

    return minutes
