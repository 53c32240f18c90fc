"""What stands around every page: site, visitor, the way between pages, and whether the hub and the server are heard."""

from __future__ import annotations

import itertools

from nicegui import ui

from painwatch.core.words import for_how_long
from painwatch.web.feed import Heard
from painwatch.web.parts import box, switch, text
from painwatch.web.sources import Sources
from painwatch.web.visitor import show_visitor
from painwatch.web.wording import about_hub

_LOST = "This page has lost its server. What is shown below is old. It goes on by itself once the server answers."

PAGES = {"/": "Live", "/alarms": "Alarms and marks"}


class Frame:
    """Head and banners; built where it is made, kept up by `show`.

    Args:
        here: the page's own path.
        notice: shown at all times.
    """

    def __init__(self, sources: Sources, notice: str, here: str) -> None:
        self._beats = itertools.count(1)
        page = sources.config.page
        styles = "".join(f'<link rel="stylesheet" href="/page/{name}.css">' for name in ("page", "alarms"))
        ui.add_head_html(f'{styles}<script defer src="/page/page.js"></script>')
        ui.colors(primary="#0072B2")
        ui.query(".nicegui-content").classes("pw-page")
        with box("pw-head", "header"):
            with box("pw-title"):
                text("pw-site", sources.config.site, "h1")
                text("pw-product", "painwatch")
            with box("pw-ways", "nav").props("aria-label=Pages"):
                for path, name in PAGES.items():
                    current = "aria-current=page" if path == here else ""
                    text("pw-way", name, "a").props(f"href={path} {current}")
            with box("pw-right"):
                self._hub = text("pw-hub")
                show_visitor(everyone_is_local=not (page.users or page.proxy))
        with box("pw-banners").props("role=alert"):
            self._banner = text("pw-banner hidden").props("id=pw-silent")
            text("pw-banner pw-lost-banner", _LOST)
        text("pw-notice", notice, "p")
        self._beat = text("pw-beat").props("id=pw-beat aria-hidden=true")

    def show(self, heard: Heard) -> None:
        """Says whether the hub is heard, and that the page is alive."""
        silent = about_hub(heard.age_s)
        self._banner.set_text(silent)
        switch(self._banner, "hidden", not silent)
        self._hub.set_text("Hub silent" if silent else f"Hub heard {for_how_long(heard.age_s or 0.0)} ago")
        switch(self._hub, "pw-hub-silent", bool(silent))
        self._beat.set_text(str(next(self._beats)))
