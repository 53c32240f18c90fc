"""One cage on the page: what is to be said of the animal, its figures, its cameras, and how it went."""

from __future__ import annotations

import asyncio

from nicegui import ui

from painwatch.config.models import CageConfig
from painwatch.core.errors import StoreError
from painwatch.web import chart
from painwatch.web.cage_alarms import CageAlarms
from painwatch.web.camera_pane import CameraPane
from painwatch.web.feed import Heard
from painwatch.web.figures import cage_figures
from painwatch.web.parts import ICONS, Bar, box, mark, switch, text
from painwatch.web.sources import Sources
from painwatch.web.wording import Severity, about_cage, about_moment

_REDRAW_AFTER_S = 20.0


class CageCard:
    """The card of `cage`; built where it is made, kept up by `show`, `show_pictures` and `draw`."""

    def __init__(self, cage: CageConfig, sources: Sources) -> None:
        self._cage, self._sources = cage, sources
        self._span = chart.SPANS[0]
        self._drawn: tuple[str, int] | None = None
        self._drawn_ns = 0
        with box("pw-card", "article").props(f'aria-label="Cage {cage.name}"') as self._card:
            self._build_head()
            with box("pw-cameras"):
                self._panes = [CameraPane(camera, sources) for camera in cage.cameras]
            self._build_chart()

    def show(self, heard: Heard) -> None:
        """Says what the hub last said of the cage."""
        live = heard.cage(self._cage.name)
        said = about_cage(live, len(self._cage.cameras), heard.now_ns, heard.age_s)
        mark(self._card, said.severity)
        self._icon.set_name(ICONS[said.severity])
        self._state.set_text(said.state)
        self._headline.set_text(said.headline)
        moment = about_moment(live, heard.now_ns, heard.age_s)
        self._moment.set_text(f"Right now: {moment}" if moment else "")
        self._alarms.show(heard)
        figures = cage_figures(live, heard.now_ns, heard.age_s)
        self._pain.set_text(figures.pain)
        self._pain_bar.show(figures.pain_share)
        self._coverage.set_text(figures.coverage)
        self._coverage_bar.show(figures.coverage_share)
        self._skipped.set_text(f"Moments not judged: {figures.skipped}")
        self._repeated.set_text(f"Answers repeated while nothing moved: {figures.repeated}")
        self._judged.set_text(f"Last judged: {figures.last_judged}")
        self._latency.set_text(f"From picture to answer: {figures.latency}")
        switch(self._card, "pw-old", not heard.fresh)
        for pane in self._panes:
            pane.show(heard)

    async def show_pictures(self, heard: Heard) -> None:
        """Shows the cameras' newest pictures."""
        for pane in self._panes:
            await pane.show_pictures(heard)

    async def draw(self, heard: Heard) -> None:
        """Draws the chart anew if a minute was closed, another time was chosen, or time has gone on."""
        live = heard.cage(self._cage.name)
        last_ns = live.last_minute.start_ns if live and live.last_minute else 0
        now = self._sources.clock.now()
        wanted = (self._span.label, last_ns)
        if wanted == self._drawn and now.mono_ns - self._drawn_ns < _REDRAW_AFTER_S * 1e9:
            return
        self._drawn, self._drawn_ns = wanted, now.mono_ns
        span = self._span
        begin_ns = chart.begin_ns(span, now.wall_ns)
        try:
            minutes = await asyncio.to_thread(self._sources.minutes, self._cage.name, begin_ns, now.wall_ns)
        except StoreError as error:
            if span is not self._span:
                return
            self._fault.set_text(f"History cannot be read: {error}")
            switch(self._chart, "hidden", True)
            return
        # Another time was chosen meanwhile: this answer must not be shown under its name.
        if span is not self._span:
            return
        self._fault.set_text("")
        switch(self._chart, "hidden", False)
        points = chart.points(minutes, span, now.wall_ns, self._cage.sample_rate_hz)
        self._chart.options.clear()
        self._chart.options.update(chart.options(points, span, now.wall_ns))
        self._chart.update()

    def _build_head(self) -> None:
        cage = self._cage
        with box("pw-card-head"):
            with box("pw-saying"):
                text("pw-who", f"{cage.name}", "h2")
                text("pw-animal", f"{cage.coat} {cage.strain} {cage.species}")
                with box("pw-state").props("role=status aria-live=polite"):
                    self._icon = ui.icon(ICONS[Severity.UNKNOWN]).props("aria-hidden=true")
                    self._state = text("pw-state-word")
                self._headline = text("pw-headline")
                self._moment = text("pw-moment")
                self._alarms = CageAlarms(cage.name)
            with box("pw-figures"):
                with box("pw-figure pw-figure-pain"):
                    text("pw-figure-name", "Faces that look pained, last 60 s")
                    self._pain = text("pw-number")
                    self._pain_bar = Bar("pw-bar-pain")
                with box("pw-figure"):
                    text("pw-figure-name", "Coverage, last 60 s")
                    self._coverage = text("pw-number")
                    self._coverage_bar = Bar("pw-bar-coverage")
                with box("pw-small"):
                    self._skipped = text("")
                    self._repeated = text("")
                    self._judged = text("")
                    self._latency = text("")

    def _build_chart(self) -> None:
        with box("pw-history", "section").props('aria-label="History"'):
            with box("pw-history-head"):
                text("pw-history-title", "How it went", "h3")
                names = [span.label for span in chart.SPANS]
                ui.toggle(names, value=names[0], on_change=lambda event: self._choose(str(event.value))).props(
                    'dense no-caps unelevated aria-label="Time shown"'
                ).classes("pw-spans")
            self._fault = text("pw-fault")
            self._chart = ui.echart({}, renderer="svg").classes("pw-chart")

    async def _choose(self, label: str) -> None:
        self._span = next(span for span in chart.SPANS if span.label == label)
        await self.draw(self._sources.heard())
