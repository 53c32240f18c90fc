"""Logging in, being somebody, and being nobody again, in a real browser."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from selenium.webdriver.common.by import By

Room = Any  # conftest's, which cannot be imported
Wait = Callable[[Callable[[], object], str], None]


def log_in(room: Room, wait: Wait, token: str, path: str = "") -> None:
    room.browser.get(room.address + path)
    wait(lambda: room.text("form button"), "the login")
    field = room.browser.find_element(By.ID, "token")
    field.send_keys(token)
    field.submit()


def complaints(room: Room) -> list[str]:
    """What the browser found wrong since this was last asked."""
    return [entry["message"] for entry in room.browser.get_log("browser") if entry["level"] == "SEVERE"]


def at(room: Room) -> str:
    return str(room.browser.current_url).removeprefix(room.address)


def test_a_person_logs_in_sees_the_live_page_and_logs_out(guarded_room: Room, wait: Wait) -> None:
    room = guarded_room
    log_in(room, wait, "wrong", "?alarm=7")
    wait(lambda: room.text("#fault") == "This token is not known here.", "the refusal")
    complaints(room)  # a browser counts the refusal's own status among them
    log_in(room, wait, "anna-token-0123456789", "?alarm=7")
    wait(lambda: room.text(".pw-state-word") == "Watching", "the page")
    assert at(room) == "?alarm=7"
    assert room.text(".pw-visitor-name") == "anna"
    assert room.text(".pw-visitor-role") == "may change everything"
    beat = room.js("document.getElementById('pw-beat').textContent")
    wait(lambda: room.js("document.getElementById('pw-beat').textContent") != beat, "the socket to be live")
    wait(lambda: room.js("document.querySelector('.pw-picture img')?.naturalWidth") == 640, "a picture")
    assert complaints(room) == []
    assert room.js("document.cookie") == ""
    for width in (360, 1400):
        room.resize(width)
        wait(lambda width=width: room.js("document.documentElement.scrollWidth") == width, "the head to fit")
    room.js("document.querySelector('.pw-logout-button').click()")
    wait(lambda: at(room) == "login", "the login again")
    room.browser.get(room.address)
    wait(lambda: at(room) == "login", "the page to be closed")


def test_sockets_and_open_tabs_are_closed_with_their_login(guarded_room: Room, wait: Wait) -> None:
    room = guarded_room
    room.browser.get(room.address + "login")
    asked = """
        const [address, done] = arguments;
        const told = new WebSocket(address.replace("http", "ws") + "_nicegui_ws/socket.io/?EIO=4&transport=websocket");
        told.onopen = () => done("open"); told.onerror = () => done("refused");
    """
    assert room.browser.execute_async_script(asked, room.address) == "refused"
    log_in(room, wait, "wall-token-0123456789")
    wait(lambda: room.text(".pw-state-word") == "Watching", "the page")
    assert room.browser.execute_async_script(asked, room.address) == "open"
    assert room.text(".pw-visitor-role") == "may look"
    first = room.browser.current_window_handle
    room.browser.switch_to.new_window("tab")
    room.browser.get(room.address)
    wait(lambda: room.text(".pw-logout-button"), "the second tab")
    room.js("document.querySelector('.pw-logout-button').click()")
    wait(lambda: at(room) == "login", "the second tab to be logged out")
    room.browser.switch_to.window(first)
    wait(lambda: at(room) == "login", "the first tab to notice")


def test_the_login_keeps_its_own_policy_fits_a_phone_and_slows_guessing(guarded_room: Room, wait: Wait) -> None:
    room = guarded_room
    for width in (360, 1400):
        room.resize(width)
        room.browser.get(room.address + "login")
        wait(lambda: room.text("form button") == "Log in", "the login")
        assert room.js("document.documentElement.scrollWidth") == width
        assert room.js("getComputedStyle(document.querySelector('form button')).minHeight") == "46px"
    assert room.js("document.activeElement.id") == "token"
    assert complaints(room) == []
    for _ in range(6):
        log_in(room, wait, "wrong")
        wait(lambda: room.text("#fault"), "the refusal")
    assert "Too many wrong tokens. Try again in" in room.text("#fault")


def test_another_site_may_link_here_but_neither_read_nor_act(guarded_room: Room, wait: Wait) -> None:
    room = guarded_room
    log_in(room, wait, "anna-token-0123456789")
    wait(lambda: room.text(".pw-visitor-name") == "anna", "the page")
    asks = """
        const [address, done] = arguments;
        const sent = { method: "POST", credentials: "include", headers: { "X-Painwatch": "1" } };
        const tries = [fetch(address + "api/person", { credentials: "include" }), fetch(address + "logout", sent),
          fetch(address + "api/person", sent)];
        Promise.allSettled(tries).then((all) => done(all.map((one) => one.status)));
    """
    with linking(f"{room.address}?alarm=7") as elsewhere:
        room.browser.get(elsewhere)
        room.browser.find_element(By.TAG_NAME, "a").click()
        wait(lambda: at(room) == "?alarm=7" and room.text(".pw-visitor-name") == "anna", "the page without a login")
        room.browser.get(elsewhere)
        assert room.browser.execute_async_script(asks, room.address) == ["rejected"] * 3
    room.browser.get(room.address)
    wait(lambda: room.text(".pw-visitor-name") == "anna", "the login to be there still")


@contextmanager
def linking(address: str) -> Iterator[str]:
    """Another site, by the name `elsewhere.localhost`, with a link to `address`."""

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f'<!doctype html><title>Mail</title><a href="{address}">An alarm</a>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://elsewhere.localhost:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
