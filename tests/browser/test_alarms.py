"""Alarms in a real browser: seen first, answered by those who may, and by nobody whose login has ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from selenium.webdriver.common.by import By

from fixtures.standing_alarms import alarm
from painwatch.core.alarms import AlarmLive, AlarmPhase, Priority, RequestAction
from painwatch.core.signals import Signal

Room = Any  # conftest's, which cannot be imported
Wait = Callable[[Callable[[], object], str], None]

WELFARE, TECHNICAL = ".pw-alarms-welfare .pw-alarm", ".pw-alarms-technical .pw-alarm"


def raised(**more: object) -> AlarmLive:
    return alarm(now_ns=time.time_ns(), **more)  # type: ignore[arg-type]


def lost() -> AlarmLive:
    words = "cage-1-left: <b>no new picture</b> for 40 s `${x}` {{ 7 * 6 }}"
    return raised(signal=Signal.CAMERA_AGE_S, priority=Priority.MEDIUM, subject="cage-1-left", words=words)


def log_in(room: Room, wait: Wait, name: str) -> None:
    room.browser.get(room.address)
    wait(lambda: room.text("form button"), "the login")
    field = room.browser.find_element(By.ID, "token")
    field.send_keys(f"{name}-token-0123456789")
    field.submit()
    wait(lambda: room.text(".pw-visitor-name") == name, "the page")


def press(room: Room, wait: Wait, words: str, within: str = "body") -> None:
    found = f"[...document.querySelectorAll('{within} button, .q-menu .q-item')].find(e => e.checkVisibility()"
    wait(lambda: room.js(f"{found} && e.innerText.trim() === '{words}') != null"), words)
    room.js(f"{found} && e.innerText.trim() === '{words}').click()")


def test_an_alarm_is_seen_first_and_acknowledged_under_ones_name(guarded_room: Room, wait: Wait) -> None:
    room = guarded_room
    log_in(room, wait, "anna")
    wait(lambda: room.text(".pw-alarms-summary") == "No alarm waits for a person", "no alarm")
    assert "no finding on any animal" in room.text(".pw-alarms-welfare .pw-alarms-none")
    room.hub.alarms = (raised(), lost())
    wait(lambda: "1 welfare alarm and 1 technical alarm ask" in room.text(".pw-alarms-summary"), "the alarms")
    top = "document.querySelector('{}').getBoundingClientRect().top"
    assert float(room.js(top.format(".pw-alarms"))) < float(room.js(top.format(".pw-state-word")))
    assert room.text(f"{WELFARE} .pw-alarm-state") == "Raised"
    assert room.text(f"{WELFARE} .pw-alarm-priority") == "high priority"
    assert room.text(f"{TECHNICAL} .pw-alarm-words") == lost().words
    assert "Welfare alarm, high priority: sustained-pain. Raised" in room.text(".pw-cage-alarms")
    icons = [room.text(f"{row} .pw-alarm-icon") for row in (WELFARE, TECHNICAL)]
    assert len(set(icons)) == 2

    press(room, wait, "Acknowledge", WELFARE)
    wait(lambda: "under the name anna" in room.text(".pw-dialog-as"), "the question")
    assert room.hub.asked == [], "nothing is done before it is confirmed"
    room.browser.find_element(By.CSS_SELECTOR, ".pw-dialog input").send_keys("on my way")
    press(room, wait, "Yes, acknowledge", ".pw-dialog")
    wait(lambda: room.text(f"{WELFARE} .pw-alarm-state") == "Acknowledged by anna", "the new state")
    wait(lambda: not room.text(".pw-dialog"), "the question to go")
    (asked,) = room.hub.asked
    assert (asked.action, asked.who, asked.rule, asked.subject, asked.words) == (
        RequestAction.ACKNOWLEDGE,
        "anna",
        "sustained-pain",
        "cage-1",
        "on my way",
    )
    press(room, wait, "Silence", TECHNICAL)
    press(room, wait, "15 min")
    press(room, wait, "Yes, silence for 15 min", ".pw-dialog")
    wait(lambda: "Silenced" in room.text(f"{TECHNICAL} .pw-alarm-state"), "the silence")
    silenced = room.hub.asked[-1]
    assert silenced.until_ns - silenced.time_ns == 15 * 60 * 10**9
    for width in (390, 1400):
        room.resize(width)
        wait(lambda width=width: room.js("document.documentElement.scrollWidth") == width, "alarms to fit")


def test_who_may_only_look_has_no_button_and_whose_login_has_ended_does_nothing(guarded_room: Room, wait: Wait) -> None:
    room = guarded_room
    room.hub.alarms = (raised(), raised(phase=AlarmPhase.SILENCED, subject="cage-2"))
    log_in(room, wait, "wall")
    wait(lambda: room.text(WELFARE), "the alarm")
    assert room.js("document.querySelectorAll('.pw-alarms button').length") == 0
    room.browser.get(room.address + "alarms")
    wait(lambda: room.text(".pw-section-title"), "the page of alarms")
    assert room.js("document.querySelectorAll('.pw-form').length") == 0
    room.browser.delete_all_cookies()
    log_in(room, wait, "anna")
    press(room, wait, "Acknowledge", WELFARE)
    wait(lambda: room.text(".pw-dialog-as"), "the question")
    # Logged out in another tab; this one is kept open.
    ended = "arguments[0](fetch('/logout', {method: 'POST'}).then((answer) => answer.status))"
    room.browser.execute_async_script(ended)
    room.js("document.querySelector('.pw-dialog .pw-button-yes').click()")
    wait(lambda: room.browser.current_url.endswith("login"), "the login again")
    assert room.hub.asked == []


def test_marks_are_added_and_silence_of_the_hub_is_told_of_alarms(guarded_room: Room, wait: Wait) -> None:
    room = guarded_room
    room.hub.alarms = (raised(),)
    log_in(room, wait, "anna")
    wait(lambda: room.text(WELFARE), "the alarm")
    room.browser.get(room.address + "alarms")
    wait(lambda: "Nothing was marked" in room.text(".pw-section:last-of-type .pw-events"), "the marks")
    assert "Nothing became of any alarm" in room.text(".pw-section .pw-alarms-none")
    room.browser.find_element(By.CSS_SELECTOR, "input[aria-label='What happened']").send_keys("surgery")
    press(room, wait, "Add mark", ".pw-form")
    wait(lambda: room.hub.asked, "the mark")
    (asked,) = room.hub.asked
    assert (asked.action, asked.mark.cage, asked.mark.name, asked.who) == (
        RequestAction.MARK,
        "cage-1",
        "surgery",
        "anna",
    )
    for width in (390, 1400):
        room.resize(width)
        wait(lambda width=width: room.js("document.documentElement.scrollWidth") == width, "the page to fit")
    room.browser.get(room.address)
    wait(lambda: room.text(".pw-alarm-buttons"), "the buttons")
    room.hub.stop()
    wait(lambda: "No alarm can be raised" in room.text("#pw-silent"), "the banner")
    assert room.text(".pw-alarms-summary") == "Alarms are not known now"
    assert room.text(".pw-alarm-buttons") == ""
