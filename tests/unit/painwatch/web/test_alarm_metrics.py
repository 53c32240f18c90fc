"""Alarms and deliveries as Prometheus reads them."""

from __future__ import annotations

from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from fixtures.fake_hub import Story, snapshot
from fixtures.standing_alarms import alarm
from painwatch.config.models import Config
from painwatch.core.alarms import AlarmPhase
from painwatch.core.live import SinkLive, StoreLive, TargetLive
from painwatch.core.signals import Signal
from painwatch.web.feed import Heard
from painwatch.web.metrics import Metrics


def figures(heard: Heard) -> dict[tuple[str, tuple[str, ...]], float]:
    families = text_string_to_metric_families(Metrics(lambda: heard).text().decode())
    return {(s.name, tuple(s.labels.values())): s.value for family in families for s in family.samples}


def test_alarms_are_counted_and_each_is_named(config: Config) -> None:
    hub = snapshot(config, Story())
    raised, seen = alarm(), alarm(AlarmPhase.ACKNOWLEDGED, subject="cage-2")
    lost = alarm(signal=Signal.CAMERA_AGE_S, subject="left")
    told = figures(Heard(replace(hub, alarms=(raised, lost, seen)), 0.1))
    assert told["painwatch_alarms", ("welfare", "active", "high")] == 1
    assert told["painwatch_alarms", ("technical", "active", "high")] == 1
    assert told["painwatch_alarms", ("welfare", "acknowledged", "high")] == 1
    assert told["painwatch_alarms", ("welfare", "cleared", "low")] == 0
    since = told["painwatch_alarm_since_seconds", ("welfare", "active", "sustained-pain", "cage-1")]
    assert since == raised.since_ns / 1e9
    silent = figures(Heard(replace(hub, alarms=(raised,)), 60.0))
    assert not any(name.startswith("painwatch_alarm") for name, _ in silent), "not known is absent"


def test_what_waits_is_told_for_history_sinks_and_targets(config: Config) -> None:
    hub = snapshot(config, Story())
    before_ns = hub.time_ns - 90 * 1_000_000_000
    full = replace(
        hub,
        store=StoreLive(size_bytes=5_000_000, limit_bytes=9_000_000, pruned=12, waiting=3, conflicts=2),
        sinks=(SinkLive("lab", waiting=7, oldest_ns=before_ns, sent=40, refused=2, fault="refused"), SinkLive("b")),
        targets=(TargetLive("vet", waiting=1, oldest_ns=before_ns, delivered=5),),
    )
    told = figures(Heard(full, 0.1))
    assert told["painwatch_history_size_bytes", ()] == 5_000_000
    assert told["painwatch_history_pruned_total", ()] == 12
    assert told["painwatch_history_conflicts_total", ()] == 2
    assert ("painwatch_history_disk_free_bytes", ()) not in told
    assert told["painwatch_sink_waiting", ("lab",)] == 7
    assert told["painwatch_sink_oldest_seconds", ("lab",)] == 90
    assert told["painwatch_sink_oldest_seconds", ("b",)] == 0
    assert told["painwatch_sink_refused_total", ("lab",)] == 2
    assert (told["painwatch_sink_fault", ("lab",)], told["painwatch_sink_fault", ("b",)]) == (1, 0)
    assert told["painwatch_target_waiting", ("vet",)] == 1
    assert told["painwatch_target_delivered_total", ("vet",)] == 5
