"""The system's state in a terminal, in the page's words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from painwatch.config.models import Config
from painwatch.config.network import HubAddress
from painwatch.config.places import Places
from painwatch.core.clock import Clock, SystemClock
from painwatch.core.live import CageLive, Snapshot
from painwatch.core.types import ProcessPhase
from painwatch.core.words import for_how_long
from painwatch.one_instance import running_pid
from painwatch.validation import notice
from painwatch.web.alarm_terminal import alarm_lines
from painwatch.web.alarm_wording import asks, delivery_lines, summary
from painwatch.web.engines import about_overrun, about_stand_in, judging
from painwatch.web.feed import Feed, Heard
from painwatch.web.figures import UNKNOWN, cage_figures, camera_facts, cpu, megabytes
from painwatch.web.wording import (
    Said,
    Severity,
    about_cage,
    about_camera,
    about_hub,
    about_look,
    about_process,
    one_line,
)

ALL_WELL, ATTENTION, NOTHING_HEARD = 0, 1, 3
"""Exit codes. ALL_WELL is said of the system: it sees and asks nobody to look."""

ENDED_LATELY_S, LINES_SHOWN = 600.0, 5

_STYLES = {
    Severity.QUIET: "bold blue",
    Severity.ATTENTION: "bold yellow",
    Severity.PAIN: "bold red",
    Severity.UNKNOWN: "bold",
}
_SIGNS = {Severity.QUIET: "o", Severity.ATTENTION: "!", Severity.PAIN: "!!", Severity.UNKNOWN: "?"}


def run_status(
    config: Config,
    places: Places,
    *,
    config_dir: Path,
    wait_s: float = 2.0,
    console: Console | None = None,
    clock: Clock | None = None,
) -> int:
    """Prints what the hub says, waiting up to `wait_s` for it. Returns ALL_WELL, ATTENTION or NOTHING_HEARD.

    On a host that sends to the hub of another it says only whether it runs: the rest is known there.
    """
    console = console or Console()
    if config.network.hub is not None:
        return _sends_elsewhere(config.network.hub, len(config.local_cameras), places, console)
    feed = Feed(places.live, clock or SystemClock())
    feed.start()
    try:
        heard = feed.wait(wait_s)
    finally:
        feed.close()
    said = notice(config.classifier.model, config_dir)
    console.print(render_status(heard.snapshot, heard.age_s, console.width, said))
    for cage in config.cages if heard.fresh else ():
        if heard.cage(cage.name) is None:
            console.print(_line(cage.name, about_cage(None, len(cage.cameras), heard.now_ns, heard.age_s)))
    for _, camera in config.cameras if heard.fresh else ():
        if heard.camera(camera.name) is None:
            console.print(_line(camera.name, about_camera(None, heard.now_ns, heard.age_s)))
    names = tuple(cage.name for cage in config.cages), tuple(camera.name for _, camera in config.cameras)
    return exit_code(heard, *names)


def _sends_elsewhere(hub: HubAddress, cameras: int, places: Places, console: Console) -> int:
    pid = running_pid(places.lock)
    runs = f"painwatch runs here as process {pid}" if pid else "painwatch does not run here"
    there = f"the hub at {hub.host}: `painwatch status` there says how its {cameras} cameras are"
    console.print(f"{runs}. This host sends to {there}.", markup=False, highlight=False, soft_wrap=True)
    return ALL_WELL if pid else NOTHING_HEARD


def exit_code(heard: Heard, cages: Sequence[str] = (), cameras: Sequence[str] = ()) -> int:
    """What `heard` comes to for a script; `cages`, `cameras`: the configured ones, of which none may be missing."""
    if heard.snapshot is None or not heard.fresh:
        return NOTHING_HEARD
    hub, age_s = heard.snapshot, heard.age_s
    everything = [
        *(about_cage(None, 0, hub.time_ns, age_s) for name in cages if heard.cage(name) is None),
        *(about_camera(None, hub.time_ns, age_s) for name in cameras if heard.camera(name) is None),
        *(_cage(hub, cage, age_s) for cage in hub.cages),
        *(about_camera(camera, hub.time_ns, age_s) for camera in hub.cameras),
        *(about_process(process, hub.time_ns, age_s) for process in hub.processes),
    ]
    quiet = all(said.severity is Severity.QUIET for said in everything)
    fallen = about_stand_in(judging(hub.cameras, age_s))
    asked = any(map(asks, hub.alarms))
    return ALL_WELL if quiet and not fallen and not asked and not hub.store_fault else ATTENTION


def render_status(snapshot: Snapshot | None, age_s: float | None, width: int, notice: str) -> RenderableType:
    """The state as something rich can print.

    Args:
        snapshot: the hub's last word; None if it was never heard.
        age_s: its age; None if it was never heard.
        width: columns; below 80 the tables leave out what can be missed.
        notice: what must always be said (notice.notice).
    """
    if snapshot is None:
        where = "Is it running? Start it with `painwatch run`, and name the same --config here."
        return Panel(Text(f"{about_hub(None)}\n{where}"), title="painwatch", width=min(width, 100))
    narrow = width < 80
    silent = about_hub(age_s)
    parts: list[RenderableType] = [Text(silent, style="bold reverse")] if silent else []
    if snapshot.alarms and not silent:
        parts += [
            Text(f"{summary(snapshot.alarms)}.", style="bold"),
            *alarm_lines(snapshot.alarms, snapshot.time_ns),
            "",
        ]
    parts += [_one_cage(snapshot, cage, age_s) for cage in snapshot.cages]
    parts += ["", _cameras(snapshot, age_s, narrow), ""]
    if not silent:
        parts += _engines(snapshot, age_s)
    if snapshot.processes:
        parts += [_processes(snapshot, age_s, narrow), *_last_words(snapshot, age_s), ""]
    if not silent:
        lines = delivery_lines(snapshot)
        parts += [
            Text(f"{one.name}: {one.words}", style=_STYLES[Severity.ATTENTION] if one.wrong else "dim") for one in lines
        ]
    parts.append(Text(notice, style="dim"))
    heard = f"hub heard {for_how_long(age_s or 0)} ago"
    return Panel(Group(*parts), title=f"painwatch · {snapshot.site}", subtitle=heard, width=width)


def _deliveries(hub: Snapshot) -> list[Text]:
    return [
        Text(f"{line.name}: {line.words}", style=_STYLES[Severity.ATTENTION] if line.wrong else "dim")
        for line in delivery_lines(hub)
    ]


def _last_words(hub: Snapshot, age_s: float | None) -> list[RenderableType]:
    """What processes printed before they ended, of those that are not well, or ended a short while ago."""
    lines: list[RenderableType] = []
    for process in hub.processes:
        young = (hub.time_ns - process.since_ns) / 1e9 + (age_s or 0) < ENDED_LATELY_S
        if process.reason and process.last_lines and (young or process.phase is not ProcessPhase.RUNNING):
            lines.append(Text(f"{process.name} {process.reason}; before that it printed:"))
            lines += [Text(f"  {line}", style="dim") for line in process.last_lines[-LINES_SHOWN:]]
    return lines


def _cage(hub: Snapshot, cage: CageLive, age_s: float | None) -> Said:
    cameras = sum(camera.cage == cage.name for camera in hub.cameras)
    return about_cage(cage, cameras, hub.time_ns, age_s)


def _one_cage(hub: Snapshot, cage: CageLive, age_s: float | None) -> RenderableType:
    said, figures = _cage(hub, cage, age_s), cage_figures(cage, hub.time_ns, age_s)
    more = (
        f"   last 60 s: pained-looking {figures.pain}, coverage {figures.coverage}, not judged {figures.skipped}; "
        f"last judged {figures.last_judged}"
    )
    return Group(_line(cage.name, said), Text(more, style="dim"))


def _line(cage: str, said: Said) -> Text:
    line = Text()
    line.append(f"{_SIGNS[said.severity]:>2} ", style=_STYLES[said.severity])
    line.append(f"{cage}  ", style="bold")
    line.append(said.state, style=_STYLES[said.severity])
    line.append(f": {said.headline}")
    return line


def _cameras(hub: Snapshot, age_s: float | None, narrow: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for heading in ("Camera", "State", "Last look", *(() if narrow else ("Rates",))):
        table.add_column(heading, header_style="dim", overflow="fold")
    for camera in hub.cameras:
        said = about_camera(camera, hub.time_ns, age_s)
        cells = [Text(camera.name), Text(one_line(said), style=_STYLES[said.severity]), Text(about_look(camera, age_s))]
        if not narrow:
            cells.append(Text(camera_facts(camera, hub.time_ns, age_s)))
        table.add_row(*cells)
    return table


def _engines(hub: Snapshot, age_s: float | None) -> list[RenderableType]:
    """What judges now; an engine that stands in for a better one asks for attention."""
    looks = judging(hub.cameras, age_s)
    lines: list[RenderableType] = [Text(f"Judged with {look.engine}: {look.model}", style="dim") for look in looks]
    if fault := about_stand_in(looks):
        lines.append(Text(fault, style=_STYLES[Severity.ATTENTION]))
    if late := about_overrun(hub.cameras, age_s):
        lines.append(Text(late, style=_STYLES[Severity.ATTENTION]))
    return [*lines, ""] if lines else []


def _processes(hub: Snapshot, age_s: float | None, narrow: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for heading in ("Process", "State", "Restarts", *(() if narrow else ("CPU", "Memory", "Last ended because"))):
        table.add_column(heading, header_style="dim", overflow="fold")
    for process in hub.processes:
        said = about_process(process, hub.time_ns, age_s)
        told = said.severity is not Severity.UNKNOWN
        cells = [
            Text(process.name),
            Text(one_line(said), style=_STYLES[said.severity]),
            Text(str(process.restarts) if told else UNKNOWN),
        ]
        if not narrow:
            cells += [
                Text(cpu(process.cpu_percent if told else None)),
                Text(megabytes(process.rss_bytes if told else None)),
                Text(process.reason),
            ]
        table.add_row(*cells)
    return table
