"""The system itself on the page: its processes, which engine and model judge, and where results and notices go."""

from __future__ import annotations

from nicegui import ui

from painwatch.config.models import Config
from painwatch.core.types import Prediction, ProcessState
from painwatch.web.deliveries import Deliveries
from painwatch.web.engines import about_overrun, about_stand_in, judging
from painwatch.web.feed import Heard
from painwatch.web.figures import UNKNOWN, cpu, megabytes
from painwatch.web.parts import box, mark, switch, text
from painwatch.web.wording import Severity, about_process, one_line

_COLUMNS = ("Process", "State", "PID", "Restarts", "CPU", "Memory", "Last ended because")


class SystemPanel:
    """Processes and engines; built where it is made, kept up by `show`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._rows: dict[str, _Row] = {}
        with box("pw-card pw-system", "section").props("aria-label=System") as self._panel:
            text("pw-system-title", "System", "h2")
            with box("pw-workers"):
                self._workers = {worker.name: _worker(worker.name) for worker in config.workers}
            self._table = box("pw-table").props("role=table")
            with self._table, box("pw-row pw-row-head").props("role=row"):
                for column in _COLUMNS:
                    text("pw-cell", column).props("role=columnheader")
            self._nobody = text("pw-fault")
            self._deliveries = Deliveries()

    def show(self, heard: Heard) -> None:
        """Says what the hub last said of processes and engines."""
        processes = heard.snapshot.processes if heard.snapshot else ()
        for process in processes:
            if process.name not in self._rows:
                with self._table:
                    self._rows[process.name] = _Row(process.name)
            self._rows[process.name].show(process, heard)
        for name in self._rows.keys() - {process.name for process in processes}:
            self._rows.pop(name).remove()
        nobody = "No supervisor has been heard: the processes were started by hand or by systemd."
        self._nobody.set_text(nobody if heard.fresh and not processes else "")
        switch(self._table, "hidden", not processes)
        self._deliveries.show(heard)
        for worker in self._config.workers:
            names = [camera.name for _, camera in self._config.worker_cameras(worker)]
            served = [live for name in names if (live := heard.camera(name)) is not None]
            looks = judging(served, heard.age_s)
            engine, technical, overrun = self._workers[worker.name]
            engine.set_text(_engines(looks, heard))
            technical.set_text(about_stand_in(looks))
            overrun.set_text(about_overrun(served, heard.age_s))
        switch(self._panel, "pw-old", not heard.fresh)


def _worker(name: str) -> tuple[ui.label, ui.label, ui.label]:
    with box("pw-worker"):
        text("pw-worker-name", f"Worker {name} judges with")
        return text("pw-worker-engine"), text("pw-technical"), text("pw-technical")


def _engines(looks: tuple[Prediction, ...], heard: Heard) -> str:
    if not heard.fresh:
        return "unknown"
    return " and ".join(f"{look.engine} · {look.model}" for look in looks) or "nothing is being judged now"


class _Row:
    def __init__(self, name: str) -> None:
        with box("pw-row").props("role=row") as self._row:
            text("pw-cell pw-cell-name", name)
            self._cells = [text("pw-cell").props(f'data-label="{column}"') for column in _COLUMNS[1:-1]]
            with box("pw-cell").props(f'data-label="{_COLUMNS[-1]}"') as self._ended, box("pw-ended"):
                self._reason = text("pw-reason")
                with box("pw-last-words", "details") as self._last:
                    text("pw-last-title", "What it printed last", "summary")
                    self._printed = text("pw-printed", tag="pre")

    def show(self, process: ProcessState, heard: Heard) -> None:
        said = about_process(process, heard.now_ns, heard.age_s)
        now = said.severity is not Severity.UNKNOWN
        values = (
            one_line(said),
            UNKNOWN if process.pid is None or not now else str(process.pid),
            str(process.restarts) if now else UNKNOWN,
            cpu(process.cpu_percent if now else None),
            megabytes(process.rss_bytes if now else None),
        )
        for cell, value in zip(self._cells, values, strict=True):
            cell.set_text(value)
            switch(cell, "pw-nil", value == UNKNOWN)
        self._reason.set_text(process.reason or UNKNOWN)
        switch(self._ended, "pw-nil", not process.reason)
        self._printed.set_text("\n".join(process.last_lines))
        switch(self._last, "hidden", not process.last_lines)
        mark(self._row, said.severity)

    def remove(self) -> None:
        self._row.delete()
