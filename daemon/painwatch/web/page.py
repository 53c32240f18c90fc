"""The live page: one card per cage, and the system beneath. Shows what the hub says, and when it is silent, that."""

from __future__ import annotations

import itertools
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from nicegui import ui
from nicegui.events import GenericEventArguments

from painwatch.core.words import for_how_long
from painwatch.web.cage_card import CageCard
from painwatch.web.feed import Heard
from painwatch.web.parts import box, switch, text
from painwatch.web.sources import Sources
from painwatch.web.system_panel import SystemPanel
from painwatch.web.visitor import show_visitor
from painwatch.web.wording import about_hub

REFRESH_S = 0.5
"""As often as the hub speaks; pictures come no faster."""

_LOST = "This page has lost its server. What is shown below is old. It goes on by itself once the server answers."

_HERE = Path(__file__).parent
_FILES = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}


def mount_page(app: FastAPI, sources: Sources, notice: str) -> None:
    """Adds the page to `app` at /. To be called once in a process: NiceGUI keeps its pages process-wide.

    Args:
        notice: shown at all times.
    """
    for name, kind in _FILES.items():
        _serve(app, name, kind)

    def build() -> None:
        _Page(sources, notice)

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
        self._beats = itertools.count(1)
        self._seen, self._busy = True, False
        page = sources.config.page
        ui.add_head_html('<link rel="stylesheet" href="/page/page.css"><script defer src="/page/page.js"></script>')
        ui.colors(primary="#0072B2")
        ui.query(".nicegui-content").classes("pw-page")
        with box("pw-head", "header"):
            with box("pw-title"):
                text("pw-site", sources.config.site, "h1")
                text("pw-product", "painwatch")
            with box("pw-right"):
                self._hub = text("pw-hub")
                show_visitor(everyone_is_local=not (page.users or page.proxy))
        with box("pw-banners").props("role=alert"):
            self._banner = text("pw-banner hidden").props("id=pw-silent")
            text("pw-banner pw-lost-banner", _LOST)
        text("pw-notice", notice, "p")
        self._cards = [CageCard(cage, sources) for cage in sources.config.cages]
        self._system = SystemPanel(sources.config)
        self._beat = text("pw-beat").props("id=pw-beat aria-hidden=true")
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
        silent = about_hub(heard.age_s)
        self._banner.set_text(silent)
        switch(self._banner, "hidden", not silent)
        self._hub.set_text("Hub silent" if silent else f"Hub heard {for_how_long(heard.age_s or 0.0)} ago")
        switch(self._hub, "pw-hub-silent", bool(silent))
        for card in self._cards:
            card.show(heard)
        self._system.show(heard)
        self._beat.set_text(str(next(self._beats)))


def _serve(app: FastAPI, name: str, kind: str) -> None:
    @app.get(f"/page/{name}", include_in_schema=False)
    def file() -> FileResponse:
        return FileResponse(_HERE / name, media_type=kind, headers={"Cache-Control": "no-cache"})
