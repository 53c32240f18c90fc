"""The watch itself: what its cameras, processes, sinks and disks do."""

from __future__ import annotations

from collections.abc import Sequence

from painwatch.config.processes import processes_of
from painwatch.core.signals import SIGNALS, Signal
from painwatch.grafana.dashboards.asking import RANGE, STEP, ask, since, tag_is
from painwatch.grafana.dashboards.delivery import delivery
from painwatch.grafana.dashboards.drawing import Place, change
from painwatch.grafana.dashboards.limits import in_words, limits
from painwatch.grafana.dashboards.looks import (
    BLUE,
    GREY,
    NOT_SEEN,
    ORANGE,
    PROCESS_COLOURS,
    Mapping,
    missing,
    said,
    words_of,
)
from painwatch.grafana.dashboards.panels import lines, states, table_of
from painwatch.grafana.dashboards.places import SystemPanel
from painwatch.grafana.dashboards.sdk import builder, common_builders, dashboard, table, timeseries
from painwatch.grafana.dashboards.setting import Setting
from painwatch.grafana.dashboards.standing import standing
from painwatch.sinks.schema import HEALTH, PROCESSES, READINGS


def system(setting: Setting) -> list[builder.Builder[dashboard.Panel]]:
    """Its panels, from top to bottom."""
    cameras = [camera.name for _, camera in setting.config.cameras]
    cages = [cage.name for cage in setting.config.cages]
    return [
        standing(setting, "technical", (0, 0, 24, 7), SystemPanel.ALARMS),
        _measured(
            setting,
            SystemPanel.FRAME_RATE,
            "Pictures a second",
            "Of each camera.",
            (0, 7, 12, 8),
            "camera",
            {"frames_per_s": "pictures", "looks_per_s": "looks"},
            unit="hertz",
            names=[f"{camera}: {what}" for camera in cameras for what in ("pictures", "looks")],
        ),
        _measured(
            setting,
            SystemPanel.DROPPED,
            "Pictures dropped, and connections made anew",
            "Counted since the camera's process began: a fall means that it began anew.",
            (12, 7, 12, 8),
            "camera",
            {"dropped": "dropped", "reconnects": "reconnects"},
            how="max",
            names=[f"{camera}: {what}" for camera in cameras for what in ("dropped", "reconnects")],
        ),
        _measured(
            setting,
            SystemPanel.LATENCY,
            "From picture to result",
            "Half of all looks, and 95 of 100, take no longer.",
            (0, 15, 12, 8),
            "cage",
            {"latency_ms_p50": "half", "latency_ms_p95": "95 of 100"},
            unit="ms",
            names=[f"{cage}: {what}" for cage in cages for what in ("half", "95 of 100")],
        ),
        _engines(setting),
        *delivery(setting),
        _processes(setting),
        _restarts(setting),
        _measured(
            setting,
            SystemPanel.MEMORY,
            "Memory of each process",
            "Resident.",
            (0, 39, 12, 8),
            "process",
            {"rss_bytes": ""},
            how="max",
            unit="bytes",
            names=processes_of(setting.config),
        ),
        _measured(
            setting,
            SystemPanel.PROCESSOR,
            "Processor of each process",
            "100 % is one core.",
            (12, 39, 12, 8),
            "process",
            {"cpu_percent": ""},
            unit="percent",
            names=processes_of(setting.config),
        ),
        _disk(setting),
        _measured(
            setting,
            SystemPanel.HISTORY,
            "The history on disk",
            "What the history takes, and what is free on its disk.",
            (12, 47, 12, 8),
            "site",
            {"history_bytes": "history", "disk_free_bytes": "free on its disk"},
            how="last",
            unit="bytes",
            names=["site: history", "site: free on its disk"],
        ),
        _readings(setting),
    ]


def _measured(
    setting: Setting,
    panel_id: int,
    title: str,
    description: str,
    place: Place,
    of: str,
    fields: dict[str, str],
    *,
    how: str = "mean",
    unit: str = "short",
    names: Sequence[str] = (),
) -> timeseries.Panel:
    """Numbers of painwatch_health; `fields`: their names, and what lines are called, empty for the subject alone."""
    told = ", ".join(f'{how}("{field}") AS "{called or field}"' for field, called in fields.items())
    asked = ask(told, HEALTH, setting.site, tag_is("of", of), RANGE, by=(STEP, "subject"), tail="fill(null)")
    alias = "$tag_subject: $col" if all(fields.values()) else "$tag_subject"
    query = setting.series("A", asked, alias)
    return lines(setting, panel_id, title, description, place, query, unit=unit, names=names)


def _engines(setting: Setting) -> builder.Builder[dashboard.Panel]:
    asked = ask('last("engine") AS "engine"', HEALTH, setting.site, tag_is("of", "camera"), RANGE, by=(STEP, "subject"))
    chains = {worker.name: setting.config.chain(worker, "classifier") for worker in setting.config.workers}
    best = {worker: chain[0] for worker, chain in chains.items()}
    every = {str(engine) for chain in chains.values() for engine in chain}
    known = {engine: (engine, BLUE if engine in best.values() else ORANGE) for engine in sorted(every)}
    return states(
        setting,
        SystemPanel.ENGINE,
        "What computes",
        "The engine that judged the looks of each camera. Best of each worker: "
        f"{', '.join(f'{worker}: {engine}' for worker, engine in best.items())}.",
        (12, 15, 12, 8),
        setting.series("A", f"{asked} fill(null)", "$tag_subject"),
        words=said(known),
    )


def _processes(setting: Setting) -> builder.Builder[dashboard.Panel]:
    asked = ask('last("phase") AS "phase"', HEALTH, setting.site, tag_is("of", "process"), RANGE, by=(STEP, "subject"))
    return states(
        setting,
        SystemPanel.PROCESSES,
        "Processes",
        "Where each process of the watch stands. A gap: nothing arrived.",
        (0, 31, 12, 8),
        setting.series("A", f"{asked} fill(null)", "$tag_subject"),
        words=words_of(PROCESS_COLOURS),
    )


def _restarts(setting: Setting) -> table.Panel:
    asked = ask(
        '"process", "phase", "restarts", "reason"', PROCESSES, setting.site, RANGE, tail="ORDER BY time DESC LIMIT 200"
    )
    return (
        table_of(
            setting,
            SystemPanel.RESTARTS,
            "Processes that ended or began anew",
            "Each change, the newest first, at most 200. Restarts are counted since the watch began.",
            (12, 31, 12, 8),
            setting.rows("A", asked),
            nothing="no change in this range of time",
        )
        .override_by_name("phase", [change("mappings", [words_of(PROCESS_COLOURS)])])
        .sort_by([common_builders.TableSortByFieldState().display_name("Time").desc(True)])
    )


def _disk(setting: Setting) -> timeseries.Panel:
    found = limits(setting.config, Signal.DISK_FREE_FRACTION)
    signal = tag_is("signal", Signal.DISK_FREE_FRACTION.value)
    asked = ask('min("value") AS "free"', READINGS, setting.site, signal, RANGE, by=(STEP, "subject"))
    return lines(
        setting,
        SystemPanel.DISK,
        "Free part of the disk that holds the history",
        f"The least of each step. {in_words(found)}",
        (0, 47, 12, 8),
        setting.series("A", f"{asked} fill(null)", "free"),
        unit="percentunit",
        limits=found,
        most=1,
    )


def _readings(setting: Setting) -> table.Panel:
    asked = ask('last("value") AS "value"', READINGS, setting.site, since("2m"), by=("signal", "subject"))
    return (
        table_of(
            setting,
            SystemPanel.READINGS,
            "What the technical alarms read last",
            "Within two minutes. What cannot be told is left out.",
            (0, 55, 24, 9),
            setting.rows("A", asked),
            nothing="nothing arrived",
        )
        .override_by_name("signal", [change("mappings", [_signals()]), change("custom.width", 520)])
        .override_by_name("value", [change("decimals", 2), change("mappings", [missing(NOT_SEEN)])])
        .override_by_name("Time", [change("unit", "dateTimeFromNow")])
    )


def _signals() -> Mapping:
    return said(
        {
            signal.value: (f"{about.words}{f' ({about.unit})' if about.unit else ''}", GREY)
            for signal, about in SIGNALS.items()
        }
    )
