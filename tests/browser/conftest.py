"""A real browser on a real page: the page's process, with a fake hub, a real ring and a real history behind it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from fixtures.fake_hub import FakeHub, minute
from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.store.writer import Writer

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1400,1000",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE *.localhost",
)

MINUTE_NS = 60_000_000_000
DEADLINE_S = 60


def until(condition: Callable[[], object], what: str) -> None:
    """Waits for `condition`; fails with `what` it waited for."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        time.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Room:
    """A served page and what is behind it."""

    address: str
    hub: FakeHub
    server: subprocess.Popen[str]
    browser: webdriver.Chrome

    def text(self, selector: str) -> str:
        """What a person reads there; empty if it is not shown."""
        script = "const e = document.querySelector(arguments[0]); return e?.checkVisibility() ? e.innerText : ''"
        return str(self.browser.execute_script(script, selector)).strip()  # type: ignore[no-untyped-call]

    def js(self, expression: str) -> object:
        return self.browser.execute_script(f"return {expression}")  # type: ignore[no-untyped-call]

    def open(self) -> None:
        self.browser.get(self.address)
        until(lambda: self.text(".pw-state-word"), "the page to be built")

    def resize(self, width: int) -> None:
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


@pytest.fixture
def wait() -> Callable[[Callable[[], object], str], None]:
    return until


@pytest.fixture
def chrome(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not browser or not driver:
        why = "chromium and chromium-driver are not installed"
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'chromium'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driving = webdriver.Chrome(options=options, service=Service(driver))
    yield driving
    driving.quit()


@pytest.fixture
def room(chrome: webdriver.Chrome, tmp_path: Path) -> Iterator[Room]:
    """One cage with two cameras, a story that may be changed, and half an hour of history with a gap."""
    with served_room(chrome, tmp_path, {}) as made:
        yield made


@pytest.fixture
def guarded_room(chrome: webdriver.Chrome, tmp_path: Path) -> Iterator[Room]:
    """The same, for those with a token only; it is their name and `-token-0123456789`."""
    users = [
        {"name": name, "role": role, "token": {"file": f"{name}.token"}}
        for name, role in (("anna", "administer"), ("wall", "view"))
    ]
    for user in users:
        (tmp_path / f"{user['name']}.token").write_text(f"{user['name']}-token-0123456789\n")
    with served_room(chrome, tmp_path, {"users": users}) as made:
        yield made


@contextmanager
def served_room(chrome: webdriver.Chrome, tmp_path: Path, page: dict[str, object]) -> Iterator[Room]:
    file, config = write_config(tmp_path, page)
    places = Places(tmp_path / "run", tmp_path / "data")
    places.run_dir.mkdir()
    write_history(places, config)
    hub = FakeHub(config, places)
    hub.start()
    arguments = [sys.executable, "-m", "fixtures.serve_page", file, places.run_dir, places.data_dir]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    log = (tmp_path / "web.log").open("w")
    server = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
    try:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address, (tmp_path / "web.log").read_text()
        made = Room(address, hub, server, chrome)
        made.resize(1400)
        yield made
    finally:
        hub.stop()
        server.terminate()
        assert server.wait(60) == 0
        assert server.stdout is not None
        server.stdout.close()
        log.close()


def write_config(folder: Path, page: dict[str, object]) -> tuple[Path, Config]:
    cameras = [{"name": f"cage-1-{view}", "source": {"kind": "virtual", "view": view}} for view in ("left", "right")]
    cage = {"name": "cage-1", "species": "rat", "strain": "rendered", "coat": "white", "cameras": cameras}
    model = {"model": "model"}
    (folder / "model").mkdir()
    card = {"name": "seeker", "version": "1.0", "validation": "Trained on drawings; not validated on live animals"}
    (folder / "model" / "card.yaml").write_text(yaml.safe_dump(card))
    plain = {
        "version": 1,
        "site": "Room <b>1</b> `${x}`",
        "cages": [{**cage, "sample_rate_hz": 4}],
        "classifier": model,
        "page": {"port": 0, **page},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(plain))
    return folder / "config.yaml", Config.model_validate(plain)


def write_history(places: Places, config: Config) -> None:
    places.data_dir.mkdir()
    writer = Writer(places.database, site=config.site, keep_points_days=1)
    now_ns = time.time_ns() // MINUTE_NS * MINUTE_NS
    for ago in (*range(30, 20, -1), *range(12, 1, -1)):
        writer.put(minute("cage-1", now_ns - ago * MINUTE_NS, 0.1 + ago / 100, 0.8))
    writer.close()
