"""The system's state for Prometheus. What is not known now is absent, never 0 and never the last value."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from painwatch.core.live import Snapshot
from painwatch.core.types import CameraPhase, ProcessPhase, Status
from painwatch.web.alarm_metrics import alarm_metrics, delivery_metrics
from painwatch.web.feed import Heard
from painwatch.web.metric_families import counter, gauge
from painwatch.web.wording import speaks, supervised

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What `heard` knows, in Prometheus' text format. Holds its own registry, so several apps do not meet."""

    def __init__(self, heard: Callable[[], Heard]) -> None:
        self._heard = heard
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def text(self) -> bytes:
        """The exposition, as answered on /metrics."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Called by the registry at each `text`."""
        heard = self._heard()
        yield GaugeMetricFamily("painwatch_hub_heard", "1 while the hub is heard, else 0", value=float(heard.fresh))
        if heard.age_s is not None:
            help_text = "Age of the hub's last snapshot"
            yield GaugeMetricFamily("painwatch_hub_snapshot_age_seconds", help_text, value=heard.age_s)
        if heard.fresh and heard.snapshot is not None:
            yield from _hub(heard.snapshot)
            yield from _cages(heard.snapshot)
            yield from _cameras(heard.snapshot, heard.age_s or 0.0)
            yield from alarm_metrics(heard.snapshot)
            yield from delivery_metrics(heard.snapshot)
            yield from _processes(heard.snapshot, heard.age_s or 0.0)


def _hub(hub: Snapshot) -> Iterator[Metric]:
    refused = "Messages the hub refused because they were not ours"
    yield CounterMetricFamily("painwatch_hub_malformed_messages", refused, value=hub.malformed_messages)
    late = "Predictions that came after their moment was closed"
    yield CounterMetricFamily("painwatch_hub_late_predictions", late, value=hub.late_predictions)
    fault = "1 while history cannot be written, else 0"
    yield GaugeMetricFamily("painwatch_store_fault", fault, value=float(bool(hub.store_fault)))


def _cages(hub: Snapshot) -> Iterator[Metric]:
    recent = [(cage.name, cage.recent) for cage in hub.cages]
    yield gauge(
        "painwatch_cage_pain_probability",
        "Share of the last 60 s' judged faces that look pained; absent while none was judged",
        ("cage",),
        (((name,), minute.pain_probability if minute else None) for name, minute in recent),
    )
    yield gauge(
        "painwatch_cage_coverage",
        "Judged moments of the last 60 s per expected moment",
        ("cage",),
        (((name,), minute.coverage if minute else None) for name, minute in recent),
    )
    yield gauge(
        "painwatch_cage_status",
        "1 for the status the cage has now, else 0",
        ("cage", "status"),
        (((cage.name, status.value), float(cage.status is status)) for cage in hub.cages for status in Status),
    )
    yield gauge(
        "painwatch_cage_latency_seconds",
        "From capture to the fused point; absent while none was judged in the last 60 s",
        ("cage", "quantile"),
        (
            ((cage.name, quantile), None if ms is None else ms / 1e3)
            for cage in hub.cages
            for quantile, ms in (("0.5", cage.latency_ms_p50), ("0.95", cage.latency_ms_p95))
            if cage.recent is not None and cage.recent.pain_probability is not None
        ),
    )
    points = (((cage.name,), cage.points_per_s) for cage in hub.cages)
    yield gauge("painwatch_cage_points_per_second", "Fused points a second", ("cage",), points)


def _cameras(hub: Snapshot, age_s: float) -> Iterator[Metric]:
    told = [
        ((camera.cage, camera.name), camera.state)
        for camera in hub.cameras
        if camera.state and speaks(camera.state, hub.time_ns, age_s)
    ]
    labels = ("cage", "camera")
    frames, dropped, again = (
        "Frames that came",
        "Frames that came faster than they could be taken",
        "Attempts to reopen the camera",
    )
    yield counter("painwatch_camera_frames", frames, labels, ((who, float(s.frames)) for who, s in told))
    yield counter("painwatch_camera_dropped_frames", dropped, labels, ((who, float(s.dropped)) for who, s in told))
    yield counter("painwatch_camera_reconnects", again, labels, ((who, float(s.reconnects)) for who, s in told))
    rate = "Frames a second as the capture process measures them"
    yield gauge("painwatch_camera_frames_per_second", rate, labels, ((who, s.frames_per_s) for who, s in told))
    yield gauge(
        "painwatch_camera_phase",
        "1 for the phase the camera is in, else 0",
        (*labels, "phase"),
        (((*who, phase.value), float(s.phase is phase)) for who, s in told for phase in CameraPhase),
    )
    yield gauge(
        "painwatch_camera_predictions_per_second",
        "Predictions a second over the last 10 s",
        labels,
        (((camera.cage, camera.name), camera.predictions_per_s) for camera in hub.cameras),
    )
    looks = [((camera.cage, camera.name), camera.prediction) for camera in hub.cameras]
    yield gauge(
        "painwatch_camera_overrun_ratio",
        "Share of the looks of the last minute that there was no time for",
        labels,
        ((who, None if look is None else look.overrun) for who, look in looks),
    )


def _processes(hub: Snapshot, age_s: float) -> Iterator[Metric]:
    label = ("process",)
    told = [process for process in hub.processes if supervised(process, hub.time_ns, age_s)]
    yield gauge(
        "painwatch_process_up",
        "1 while the process runs, else 0",
        label,
        (((p.name,), float(p.phase is ProcessPhase.RUNNING)) for p in told),
    )
    restarts = (((p.name,), float(p.restarts)) for p in told)
    yield counter("painwatch_process_restarts", "Times the process was restarted", label, restarts)
    memory = (((p.name,), None if p.rss_bytes is None else float(p.rss_bytes)) for p in told)
    yield gauge("painwatch_process_resident_bytes", "Resident memory", label, memory)
    cpu = (((p.name,), None if p.cpu_percent is None else p.cpu_percent / 100) for p in told)
    yield gauge("painwatch_process_cpu_ratio", "Share of one core in use", label, cpu)
