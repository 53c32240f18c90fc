"""The live page: alarms, one card per cage, and the system beneath. Shows what the hub says, or that it is silent."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from nicegui import ui
from nicegui.events import GenericEventArguments

from painwatch.web.alarm_panel import AlarmPanel
from painwatch.web.alarms_page import build_alarms_page
from painwatch.web.answering import Confirming, may_answer
from painwatch.web.cage_card import CageCard
from painwatch.web.feed import Heard
from painwatch.web.frame import Frame
from painwatch.web.sources import Sources
from painwatch.web.system_panel import SystemPanel

REFRESH_S = 0.5
"""As often as the hub speaks; pictures come no faster."""

_HERE = Path(__file__).parent
_FILES = {"page.css": "text/css", "alarms.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}


def mount_page(app: FastAPI, sources: Sources, notice: str) -> None:
    """Adds the pages to `app`, at / and /alarms. To be called once in a process: NiceGUI keeps its pages process-wide.

    Args:
        notice: shown at all times.
    """
    for name, kind in _FILES.items():
        _serve(app, name, kind)

    def build() -> None:
        _Page(sources, notice)

    def build_alarms() -> None:
        build_alarms_page(sources, notice)

    ui.page("/alarms", title=f"Alarms · {sources.config.site} · painwatch")(build_alarms)
    ui.page("/", title=f"{sources.config.site} · painwatch")(build)
    ui.run_with(
        app,
        title="painwatch",
        favicon=_HERE / "icon.svg",
        dark=None,
        tailwind=False,
        show_welcome_message=False,
        language="en-US",
    )


class _Page:
    """What one browser tab shows."""

    def __init__(self, sources: Sources, notice: str) -> None:
        self._sources = sources
        self._seen, self._busy = True, False
        self._frame = Frame(sources, notice, "/")
        confirming = Confirming(sources) if may_answer() else None
        self._alarms = AlarmPanel(sources.config, confirming)
        self._cards = [CageCard(cage, sources) for cage in sources.config.cages]
        self._system = SystemPanel(sources.config)
        ui.on("pw_seen", self._set_seen)
        self._show(sources.heard())
        ui.timer(REFRESH_S, self._refresh)

    def _set_seen(self, event: GenericEventArguments) -> None:
        self._seen = bool(event.args)

    async def _refresh(self) -> None:
        # A slow disk or ring must not let refreshes pile up behind each other.
        if self._busy:
            return
        self._busy = True
        try:
            heard = self._sources.heard()
            self._show(heard)
            if self._seen:
                for card in self._cards:
                    await card.show_pictures(heard)
                    await card.draw(heard)
        finally:
            self._busy = False

    def _show(self, heard: Heard) -> None:
        self._frame.show(heard)
        self._alarms.show(heard)
        for card in self._cards:
            card.show(heard)
        self._system.show(heard)


def _serve(app: FastAPI, name: str, kind: str) -> None:
    @app.get(f"/page/{name}", include_in_schema=False)
    def file() -> FileResponse:
        return FileResponse(_HERE / name, media_type=kind, headers={"Cache-Control": "no-cache"})
