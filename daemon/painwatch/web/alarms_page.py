"""The page of what became of alarms, with what each rests on, and of marks."""

from __future__ import annotations

from nicegui import ui

from painwatch.web.alarm_history import AlarmHistory
from painwatch.web.answering import may_answer
from painwatch.web.frame import Frame
from painwatch.web.marks_panel import MarksPanel
from painwatch.web.sources import Sources

REFRESH_S = 1.0


def build_alarms_page(sources: Sources, notice: str) -> None:
    """What one browser tab shows."""
    frame = Frame(sources, notice, "/alarms")
    history, marks = AlarmHistory(sources), MarksPanel(sources, may_add=may_answer())

    async def refresh() -> None:
        heard = sources.heard()
        frame.show(heard)
        await history.refresh(heard)
        await marks.refresh()

    frame.show(sources.heard())
    ui.timer(REFRESH_S, refresh)
