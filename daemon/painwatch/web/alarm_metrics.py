"""Alarms, sinks, targets and the history's size for Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from painwatch.core.alarms import AlarmPhase, Priority
from painwatch.core.live import Snapshot
from painwatch.core.signals import AlarmKind
from painwatch.web.metric_families import counter, gauge


def alarm_metrics(hub: Snapshot) -> Iterator[Metric]:
    """How many alarms there are of each kind, phase and priority (0 where there is none), and each that is raised."""
    counts = Counter((alarm.kind, alarm.phase, alarm.priority) for alarm in hub.alarms)
    yield gauge(
        "painwatch_alarms",
        "Alarms of a kind, phase and priority",
        ("kind", "phase", "priority"),
        (
            ((kind.value, phase.value, priority.value), float(counts[kind, phase, priority]))
            for kind in AlarmKind
            for phase in AlarmPhase
            if phase is not AlarmPhase.INACTIVE
            for priority in Priority
        ),
    )
    yield gauge(
        "painwatch_alarm_since_seconds",
        "When an alarm that is not inactive came into its phase, in Unix time",
        ("rule", "subject", "kind", "phase"),
        (
            ((a.rule, a.subject, a.kind.value, a.phase.value), a.since_ns / 1e9)
            for a in hub.alarms
            if a.phase is not AlarmPhase.INACTIVE
        ),
    )


def delivery_metrics(hub: Snapshot) -> Iterator[Metric]:
    """What waits, what went out and what was refused, of the history, the sinks and the targets."""
    yield from _store(hub)
    sinks, targets = ("sink",), ("target",)
    waiting = "Records that the sink has not taken yet"
    yield gauge("painwatch_sink_waiting", waiting, sinks, (((s.name,), float(s.waiting)) for s in hub.sinks))
    oldest = "Age of the oldest record that waits; 0 while none does"
    ages = (((s.name,), _age_s(hub, s.oldest_ns)) for s in hub.sinks)
    yield gauge("painwatch_sink_oldest_seconds", oldest, sinks, ages)
    sent, refused = "Records that the sink took", "Records that the sink refused for good"
    yield counter("painwatch_sink_sent", sent, sinks, (((s.name,), float(s.sent)) for s in hub.sinks))
    yield counter("painwatch_sink_refused", refused, sinks, (((s.name,), float(s.refused)) for s in hub.sinks))
    fault = "1 while nothing goes out, else 0"
    yield gauge("painwatch_sink_fault", fault, sinks, (((s.name,), float(bool(s.fault))) for s in hub.sinks))
    waiting = "Notices that have not arrived yet"
    yield gauge("painwatch_target_waiting", waiting, targets, (((t.name,), float(t.waiting)) for t in hub.targets))
    ages = (((t.name,), _age_s(hub, t.oldest_ns)) for t in hub.targets)
    yield gauge("painwatch_target_oldest_seconds", oldest.replace("record", "notice"), targets, ages)
    told = "Notices that arrived"
    yield counter("painwatch_target_delivered", told, targets, (((t.name,), float(t.delivered)) for t in hub.targets))
    yield gauge("painwatch_target_fault", fault, targets, (((t.name,), float(bool(t.fault))) for t in hub.targets))


def _store(hub: Snapshot) -> Iterator[Metric]:
    store = hub.store
    for name, help_text, count in (
        ("size", "Size of the history", store.size_bytes),
        ("limit", "Largest size of the history", store.limit_bytes),
        ("disk_free", "Free room on the history's disk", store.disk_free_bytes),
    ):
        if count is not None:
            yield GaugeMetricFamily(f"painwatch_history_{name}_bytes", help_text, value=float(count))
    yield GaugeMetricFamily("painwatch_history_waiting", "Records not yet written", value=float(store.waiting))
    pruned, lost = "Moments deleted before their time, for want of room", "Records there was no room for"
    yield CounterMetricFamily("painwatch_history_pruned", pruned, value=float(store.pruned))
    yield CounterMetricFamily("painwatch_history_lost", lost, value=float(store.lost))
    conflicts = "Records not stored, since another value of the same was stored before"
    yield CounterMetricFamily("painwatch_history_conflicts", conflicts, value=float(store.conflicts))


def _age_s(hub: Snapshot, oldest_ns: int | None) -> float:
    return 0.0 if oldest_ns is None else max(0.0, (hub.time_ns - oldest_ns) / 1e9)
