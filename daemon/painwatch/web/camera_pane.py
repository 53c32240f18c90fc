"""One camera on the page: its picture, the face that was judged, what the classifier attended to, and its state."""

from __future__ import annotations

import asyncio
from typing import Literal

from nicegui import ui

from painwatch.config.models import CameraConfig
from painwatch.config.sources import RemoteSource
from painwatch.core.errors import RingError
from painwatch.core.types import CameraPhase, Status
from painwatch.core.words import for_how_long
from painwatch.web.engines import about_stand_in, judging
from painwatch.web.feed import Heard
from painwatch.web.figures import camera_facts
from painwatch.web.looking import NO_MAP, about_attention, about_units
from painwatch.web.parts import ICONS, box, mark, switch, text
from painwatch.web.pictures import Look
from painwatch.web.sources import Sources
from painwatch.web.wording import Severity, about_camera, about_look, one_line

_FACE_KEPT_S = 10.0
"""Animals turn away all the time: for so long the last face stays, dimmed and with its age."""


class CameraPane:
    """The pane of `camera`; built where it is made, kept up by `show` and `show_pictures`."""

    def __init__(self, camera: CameraConfig, sources: Sources) -> None:
        self._name, self._sources = camera.name, sources
        self._face_ns: int | None = None
        # The frames of another host's camera never leave that host.
        self._elsewhere = isinstance(camera.source, RemoteSource)
        none = f"Pictures stay on the host {camera.source.host}" if isinstance(camera.source, RemoteSource) else ""
        with box("pw-camera", "section").props(f'aria-label="Camera {camera.name}"') as self._pane:
            with box("pw-camera-head"):
                text("pw-camera-name", camera.name, "h3")
                with box("pw-chip") as self._chip:
                    self._icon = ui.icon(ICONS[Severity.UNKNOWN])
                    self._phase = text("pw-phase")
            with box("pw-pictures"):
                self._picture = _Picture("pw-picture", f"Live picture of {camera.name}", none or "No picture")
                self._crop = _Picture("pw-face", "The face that was judged", "No face")
                self._attention = _Picture("pw-face", "What the classifier attended to", "No map")
            self._looked_at = text("pw-looked-at")
            self._units = text("pw-units")
            self._look = text("pw-look")
            self._technical = text("pw-technical")
            self._since = text("pw-since")
            self._facts = text("pw-facts")

    def show(self, heard: Heard) -> None:
        """Says what the hub last said of the camera."""
        live = heard.camera(self._name)
        said = about_camera(live, heard.now_ns, heard.age_s)
        ended = bool(live and live.state and live.state.phase is CameraPhase.ENDED)
        mark(self._chip, said.severity)
        self._icon.set_name("videocam" if said.severity is Severity.QUIET and not ended else _ICON[said.severity])
        self._phase.set_text(said.state)
        self._since.set_text(one_line(said))
        look = about_look(live, heard.age_s)
        self._look.set_text(look[:1].upper() + look[1:] if look else "Nothing is known of its last look")
        self._technical.set_text(about_stand_in(judging((live,) if live else (), heard.age_s)))
        self._facts.set_text(camera_facts(live, heard.now_ns, heard.age_s))
        switch(self._pane, "pw-old", not heard.fresh)

    async def show_pictures(self, heard: Heard) -> None:
        """Shows the newest pictures. Copies a frame, so it does so beside the page's own thread."""
        if self._elsewhere:
            return
        try:
            look = await asyncio.to_thread(self._sources.pictures.look, self._name, heard)
        except RingError:
            look = None
        now_ns = self._sources.clock.now().mono_ns
        self._picture.show(self._address("picture", look), "" if look else "No picture")
        switch(self._pane, "pw-stale-picture", bool(look and look.note.startswith("old")))
        if look is not None and look.has_face:
            self._face_ns = now_ns
            self._crop.show(self._address("crop", look), "Face")
            judged = look.prediction
            without = NO_MAP.capitalize() if judged and judged.status is Status.OK else "No map"
            self._attention.show(
                *((self._address("attention", look), "Attention") if look.has_attention else ("", without))
            )
            self._looked_at.set_text(about_attention(judged))
            self._units.set_text(about_units(judged))
            switch(self._pane, "pw-earlier-face", False)
            return
        age_s = None if self._face_ns is None else (now_ns - self._face_ns) / 1e9
        if age_s is None or age_s > _FACE_KEPT_S or not heard.fresh:
            self._face_ns = None
            self._crop.show("", "No face now")
            self._attention.show("", "No map now")
            self._looked_at.set_text("")
            self._units.set_text("")
        elif age_s >= 1:
            self._crop.caption(f"{for_how_long(age_s)} ago")
            self._attention.caption(f"{for_how_long(age_s)} ago")
            switch(self._pane, "pw-earlier-face", True)

    def _address(self, kind: Literal["picture", "crop", "attention"], look: Look | None) -> str:
        return f"/api/cameras/{self._name}/{kind}.jpg?v={look.token}" if look else ""


_ICON = {
    Severity.QUIET: "stop_circle",
    Severity.ATTENTION: "videocam_off",
    Severity.PAIN: "videocam_off",
    Severity.UNKNOWN: "help_outline",
}


class _Picture:
    """A picture that changes without flicker; without one, a quiet box that says so."""

    def __init__(self, classes: str, label: str, empty: str) -> None:
        with box(f"pw-frame {classes} pw-empty", "figure").props(f'aria-label="{label}" role=img') as self._frame:
            self._image = ui.interactive_image().classes("pw-image")
            self._caption = text("pw-caption", empty, "figcaption")

    def show(self, address: str, caption: str) -> None:
        if address:
            self._image.set_source(address)
        switch(self._frame, "pw-empty", not address)
        self._caption.set_text(caption)

    def caption(self, words: str) -> None:
        self._caption.set_text(words)
