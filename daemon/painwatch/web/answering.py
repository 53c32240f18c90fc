"""The page's way of doing something about an alarm: a question to confirm, with the person's name, and what became of
it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import uuid4

from nicegui import ui

from painwatch.config.page import Role
from painwatch.core.alarms import Request
from painwatch.web.access.person import acting
from painwatch.web.doing import do
from painwatch.web.parts import box, text
from painwatch.web.refusals import Refused
from painwatch.web.sources import Sources
from painwatch.web.wishes import LONGEST_WORDS, readable

Make = Callable[[str, int, str, str], Request]
"""A request from who asks, the hub's clock, a name for the request, and the person's words."""


def may_answer() -> bool:
    """Whether the person whose browser shows the page may acknowledge, silence and mark."""
    try:
        return acting().role.may(Role.ACKNOWLEDGE)
    except Refused:
        return False


async def ask_hub(sources: Sources, make: Make, words: str = "") -> str:
    """Has something done in the name of the person at the page. What keeps it from being done; empty if it is done.

    The role is asked for at each action: the page stays open when its login has ended.
    """
    try:
        person, said = acting(Role.ACKNOWLEDGE), readable(words)
        if len(said) > LONGEST_WORDS:
            return f"No more than {LONGEST_WORDS} letters, please."
        given = uuid4().hex
        await asyncio.to_thread(do, sources, lambda time_ns: make(person.name, time_ns, given, said))
    except Refused as refused:
        return f"{_sentence(refused.refusal.what)} {_sentence(refused.refusal.mend)}"
    except ValueError as error:
        return f"The words {error}."
    return ""


class Confirming:
    """The question before anything is done; one for a page."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._make: Make | None = None
        self._done = ""
        with ui.dialog() as self._dialog, box("pw-dialog").props("role=document"):
            self._title = text("pw-dialog-title", "", "h2")
            self._about = text("pw-dialog-about")
            self._words = ui.input("Words for those who read this later (optional)").props(
                f"outlined dense maxlength={LONGEST_WORDS}"
            )
            self._words.classes("pw-dialog-words").on("keydown.enter", self._confirm)
            self._as = text("pw-dialog-as")
            self._fault = text("pw-fault").props("role=alert")
            with box("pw-buttons"):
                text("pw-button", "Leave it", "button").props("type=button").on("click", self._dialog.close)
                self._yes = text("pw-button pw-button-yes", "", "button").props("type=button")
                self._yes.on("click", self._confirm)

    def ask(self, title: str, about: str, yes: str, done: str, make: Make) -> None:
        """Opens the question. `done`: said when it is done."""
        try:
            person = acting(Role.ACKNOWLEDGE)
        except Refused as refused:
            ui.notify(_sentence(refused.refusal.what), type="warning", position="top")
            return
        self._make, self._done = make, done
        self._title.set_text(title)
        self._about.set_text(about)
        self._yes.set_text(yes)
        self._as.set_text(f"This is stored for good, under the name {person.name}.")
        self._fault.set_text("")
        self._words.set_value("")
        self._dialog.open()

    async def _confirm(self) -> None:
        # Cleared at once, so that a second press does nothing.
        make, self._make = self._make, None
        if make is None:
            return
        self._fault.set_text("")
        fault = await ask_hub(self._sources, make, str(self._words.value or ""))
        if fault:
            self._fault.set_text(fault)
            self._make = make
            return
        self._dialog.close()
        ui.notify(self._done, type="info", position="top")


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else ""
