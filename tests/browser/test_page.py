"""The page in a real browser: what a person sees, on a wide screen and a phone, and when something falls silent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from fixtures.fake_hub import Story
from painwatch.core.types import CameraPhase, Status

Room = Any  # conftest's, which cannot be imported
Wait = Callable[[Callable[[], object], str], None]

PICTURE = ".pw-picture img"
LINE = '.pw-chart svg path[stroke="#D55E00"][fill="none"]'


STORIES = (
    (Story(), "Watching", "12 % of the last minute's faces look pained (coverage 84 %)"),
    (Story(pain_probability=0.7), "Signs of pain", "Please look at this animal: 70 %"),
    (
        Story(status=Status.NO_FACE, status_for_s=190, pain_probability=None, coverage=0),
        "Cannot see",
        "No face seen for 3 min",
    ),
    (
        Story(
            status=Status.NO_FRAME,
            status_for_s=40,
            pain_probability=None,
            coverage=0,
            camera_phase=CameraPhase.LOST,
            camera_fault="timeout",
        ),
        "No picture",
        "No picture from either camera for 40 s",
    ),
)


def test_every_state_is_told_in_words_as_it_comes(room: Room, wait: Wait) -> None:
    room.open()
    for story, state, headline in STORIES:
        room.hub.story = story
        wait(lambda state=state: room.text(".pw-state-word") == state, state)
        wait(lambda headline=headline: headline in room.text(".pw-headline"), headline)
    wait(lambda: "the camera does not answer in time" in room.text(".pw-since"), "the camera's fault")
    assert "not validated on live animals" in room.text(".pw-notice")
    assert "does not diagnose" in room.text(".pw-notice")
    assert room.text(".pw-visitor") == ""
    assert room.text(".pw-site") == "Room <b>1</b> `${x}`"


def test_why_a_process_ended_and_what_it_printed_can_be_read(room: Room, wait: Wait) -> None:
    room.open()
    wait(lambda: room.text(".pw-reason") == "no new frame for 30 s", "the reason")
    assert room.js("[...document.querySelectorAll('.pw-last-words:not(.hidden)')].length") == 1
    printed = "document.querySelector('.pw-printed')"
    assert room.js(f"{printed}.textContent") == "Fatal Python error: <b>Aborted</b>\n  in read"
    assert not room.js(f"{printed}.checkVisibility()")
    room.js("document.querySelector('.pw-last-title').click()")
    wait(lambda: room.js(f"{printed}.checkVisibility()"), "the lines to be unfolded")


def test_an_engine_that_stands_in_is_told_as_a_fault_of_the_machine_beside_the_animals_state(
    room: Room, wait: Wait
) -> None:
    fallen = "onnxruntime-cpu (instead of tensorrt)"
    room.open()
    wait(lambda: room.text(".pw-state-word") == "Watching", "the story")
    assert room.text(".pw-technical") == ""
    room.hub.story = Story(engine=f"{fallen} + {fallen}")
    words = "Technical: onnxruntime-cpu computes in place of tensorrt."
    wait(lambda: words in room.text(".pw-camera .pw-technical"), "the fault at the camera")
    assert words in room.text(".pw-worker .pw-technical")
    assert room.text(".pw-state-word") == "Watching"
    room.hub.story = Story()
    wait(lambda: room.text(".pw-technical") == "", "the fault to go")


def test_what_the_classifier_looked_at_is_told_under_its_picture(room: Room, wait: Wait) -> None:
    room.open()
    wait(lambda: room.text(".pw-looked-at"), "the shares")
    assert room.text(".pw-looked-at") == "Looked at: eyes 41 %, ears 20 %, elsewhere 39 %"
    assert room.text(".pw-units") == "Scores of 0 to 2: orbital tightening 1.2, whisker change cannot be scored"


def test_pictures_come_but_not_to_a_tab_nobody_sees(room: Room, wait: Wait) -> None:
    room.open()
    wait(lambda: room.js(f"document.querySelector('{PICTURE}')?.naturalWidth") == 640, "a picture")
    wait(lambda: room.js("document.querySelector('.pw-face img')?.naturalWidth") == 224, "a face")
    first = source(room)
    wait(lambda: source(room) != first, "the next picture")
    room.js("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    room.js("document.dispatchEvent(new Event('visibilitychange'))")

    def still() -> bool:
        before, beat = source(room), beats(room)
        wait(lambda: beats(room) >= beat + 4, "the page to be kept up")
        return source(room) == before

    wait(still, "pictures to pause")
    room.js("Object.defineProperty(document, 'hidden', {value: false, configurable: true})")
    room.js("document.dispatchEvent(new Event('visibilitychange'))")
    paused = source(room)
    wait(lambda: source(room) != paused, "pictures to go on")


def test_a_silent_hub_is_said_and_nothing_old_is_shown_as_now(room: Room, wait: Wait) -> None:
    room.hub.story = Story(pain_probability=0.7)
    room.open()
    wait(lambda: room.text(".pw-state-word") == "Signs of pain", "a state")
    assert room.text("#pw-silent") == ""
    room.hub.stop()
    wait(lambda: room.text("#pw-silent"), "the banner")
    silent = r"The hub has not been heard for \d+ s\. No alarm can be raised, and what is shown below is old\."
    assert re.fullmatch(silent, room.text("#pw-silent"))
    assert room.text(".pw-state-word") == "Unknown"
    assert [room.text(".pw-number"), room.text(".pw-figure:nth-child(2) .pw-number")] == ["–", "–"]
    assert "Unknown" in room.text(".pw-camera .pw-chip")
    assert "Unknown" in room.text(".pw-row:not(.pw-row-head)")


def test_a_lost_server_is_said_by_the_page_itself(room: Room, wait: Wait) -> None:
    room.open()
    assert room.text(".pw-lost-banner") == ""
    room.server.terminate()
    wait(lambda: room.text(".pw-lost-banner"), "the page to miss its server")
    assert "has lost its server" in room.text(".pw-lost-banner")


def test_nothing_reaches_beyond_the_screen(room: Room, wait: Wait) -> None:
    room.open()
    wait(lambda: room.js(f"document.querySelector('{LINE}')"), "the chart")
    wait(lambda: room.js("document.querySelectorAll('.pw-row').length") == 5, "the processes")
    beyond = "[...document.querySelectorAll('.pw-page *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1"
    shown = f"{beyond} && e.checkVisibility() && !e.closest('svg')).map(e => e.className)"
    columns = "new Set([...document.querySelectorAll('.pw-camera')].map(e => e.getBoundingClientRect().left)).size"
    for width, side_by_side in ((1400, 2), (768, 1), (360, 1)):
        room.resize(width)
        wait(lambda side_by_side=side_by_side: room.js(columns) == side_by_side, f"{side_by_side} side by side")
        wait(lambda: room.js(shown) == [], f"everything to fit into {width} px")
        assert room.js("document.documentElement.scrollWidth") == width


def test_the_chart_is_drawn_and_its_gap_stays_open(room: Room, wait: Wait) -> None:
    room.open()
    wait(lambda: room.js(f"document.querySelector('{LINE}')"), "the chart")
    path = str(room.js(f"document.querySelector('{LINE}').getAttribute('d')"))
    assert path.count("M") == 2
    bars = "document.querySelectorAll('.pw-chart svg path[fill=\"#56B4E9\"]').length"
    assert room.js(bars)
    room.js("[...document.querySelectorAll('.pw-spans button')].find(b => b.innerText === '6 h').click()")
    wait(lambda: str(room.js(f"document.querySelector('{LINE}').getAttribute('d')")) != path, "six hours")


def test_nothing_is_asked_of_any_other_host(room: Room, wait: Wait) -> None:
    room.open()
    wait(lambda: room.js(f"document.querySelector('{PICTURE}')?.naturalWidth") == 640, "a picture")
    wait(lambda: room.js(f"document.querySelector('{LINE}')"), "the chart")
    events = [json.loads(entry["message"])["message"] for entry in room.browser.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    sockets = [event["params"]["url"] for event in events if event["method"] == "Network.webSocketCreated"]
    own = (room.address, "data:", "blob:", "about:", "chrome:")
    assert len(asked) > 5
    assert [url for url in asked if not url.startswith(own)] == []
    assert [url for url in sockets if not url.startswith(room.address.replace("http", "ws"))] == []
    complaints = [entry["message"] for entry in room.browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert complaints == []


def source(room: Room) -> object:
    return room.js(f"document.querySelector('{PICTURE}').src")


def beats(room: Room) -> int:
    return int(str(room.js("document.getElementById('pw-beat').textContent")))
