"""The alarm rules in force as alert rules of Grafana. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator

from painwatch.alarm.condition import by_minutes, needed
from painwatch.alarm.rules import Rule, Subject, rules_of, subjects_of
from painwatch.config.alarms import RuleConfig
from painwatch.config.models import CageConfig, Config
from painwatch.config.sources import RemoteSource
from painwatch.core.signals import SIGNALS, Of, Signal
from painwatch.grafana.influxql import any_of
from painwatch.grafana.names import rule_uid, silent_uid
from painwatch.grafana.rule_queries import SITE, Judged, last_said, minutes_told, of_cages, of_pool, of_readings
from painwatch.grafana.rules_model import AlertRule, Maths, Part, Query, Reduce, Threshold
from painwatch.grafana.rules_rows import Row, parts_of
from painwatch.grafana.rules_words import SILENT, Told, annotations_of, group_of, labels_of, silent_words, title_of
from painwatch.sinks.line_protocol import as_tag

LONGEST_MISSING = 32_767
"""Grafana keeps this number in 16 bits: with an evaluation a minute, more than three weeks."""

SILENT_S = 300
"""A cage of which no minute began so long is silent; a minute comes a few seconds after its end."""

SILENT_EVALUATIONS = 2
"""A database that did not answer once is no silence: with many cages, as many people would be called for nothing."""

READ_EVERY_S = 15
"""Readings are written four times a minute."""

SETTLE_S = 20
"""The minutes of the cages of a pool come one after another; those of sinks that are behind come later still."""

_DAY_S = 86_400
_RELAY_S = 70 * 3600
"""InfluxDB 3 Core answers for some 72 hours at once."""

_NOT_STORED = (Signal.BLIND_RULES, Signal.JUDGED_SHARE)


def alert_rules(config: Config) -> tuple[AlertRule, ...]:
    """An alert rule for each alarm rule in force that watches anything, in order, then one `silent` for each cage.

    A rule on pools has one for each pool. A rule on minutes or readings judges in Grafana, from what the database
    holds; one on what the database does not hold (a baseline, `blind_rules`, `judged_share`) tells what painwatch said
    (`relayed`). Recordings that are read as fast as they can be scored are left out: their minutes are of another time.
    """
    return (
        *(made for rule in rules_of(config) for made in _made_of(rule, config)),
        *(_silent(cage, config) for cage in config.cages if cage.keeps_wall_time),
    )


def rule_groups(config: Config) -> dict[str, tuple[AlertRule, ...]]:
    """The same by the names of their groups, these in order of the alphabet."""
    groups: dict[str, list[AlertRule]] = {}
    for rule in alert_rules(config):
        groups.setdefault(rule.group, []).append(rule)
    return {name: tuple(groups[name]) for name in sorted(groups)}


def relayed(rule: RuleConfig) -> bool:
    """Whether the database does not hold what the rule judges, so that Grafana can only tell what painwatch said."""
    return rule.baseline is not None or rule.signal in _NOT_STORED


def _made_of(rule: Rule, config: Config) -> Iterator[AlertRule]:
    subjects = subjects_of(rule.config, config)
    if not by_minutes(rule.config):
        if subjects:
            tags = _reading_tags(rule.config.signal)
            judged = of_readings(rule.config.signal, config, _chosen(rule.config.signal, config, subjects), tags)
            yield _alert(rule.config, config, _of_readings(rule.config, judged), Told(tags))
        return
    live = {cage.name for cage in config.cages if cage.keeps_wall_time}
    pools = [subject for subject in subjects if live.issuperset(subject.cages)]
    names = [subject.name for subject in pools]
    if not pools:
        return
    if relayed(rule.config):
        tags = {"cage": ("cage",), "group": ("group",), "all": SITE}[rule.config.scope]
        told = Told(() if tags == SITE else tags, relayed=True)
        yield _alert(rule.config, config, _relay(rule.config, config, names, tags), told)
    elif rule.config.scope == "cage":
        judged = of_cages(rule.config, config, names)
        yield _alert(rule.config, config, _of_minutes(rule.config, judged), Told(judged.tags))
    else:
        for pool in pools:
            group = pool.name if rule.config.scope == "group" else ""
            parts = _of_minutes(rule.config, of_pool(rule.config, config, pool.cages), _settled_s(config, pool.cages))
            yield _alert(rule.config, config, parts, Told((), group=group))


def _alert(rule: RuleConfig, config: Config, parts: tuple[Part, ...], told: Told) -> AlertRule:
    return AlertRule(
        uid=rule_uid(config.site, f"{rule.name} {told.group}" if told.group else rule.name),
        title=title_of(config, rule.name, told.group),
        group=group_of(config, rule.kind.value),
        interval_s=config.grafana.evaluate_s,
        parts=parts,
        for_s=0,
        keep_firing_for_s=0,
        no_data="KeepLast",
        on_error="KeepLast",
        missing_evaluations=LONGEST_MISSING,
        labels=labels_of(rule, config, told),
        annotations=annotations_of(rule, config, told),
        about=rule.name,
        kind=rule.kind,
        priority=rule.priority,
        relayed=told.relayed,
    )


def _of_minutes(rule: RuleConfig, judged: Judged, to_s: int = 0) -> tuple[Part, ...]:
    raised, ended = _rows(rule, needed(rule.for_min), needed(rule.clear_for_min))
    # A day more than the row takes: as long as anything of it is found, Grafana remembers what it raised.
    from_s = _DAY_S + 60 * max(raised.length, ended.length)
    return parts_of(judged, raised, ended, gap_s=60 * (rule.longest_gap_min + 1), from_s=from_s, to_s=to_s)


def _of_readings(rule: RuleConfig, judged: Judged) -> tuple[Part, ...]:
    raised, ended = _rows(rule, _readings_in(rule.for_min), _readings_in(rule.clear_for_min))
    gap_s = 60 * rule.longest_gap_min
    from_s = math.ceil(2 * 60 + READ_EVERY_S * max(raised.length, ended.length) + gap_s)
    return parts_of(judged, raised, ended, gap_s=gap_s, from_s=from_s)


def _rows(rule: RuleConfig, for_values: int, clear_for_values: int) -> tuple[Row, Row]:
    above = rule.above is not None
    return Row(for_values, rule.threshold, above), Row(clear_for_values, rule.clear_at, not above)


def _readings_in(minutes: float) -> int:
    """Readings from the first to the last over so many minutes."""
    return 1 + math.ceil(60 * minutes / READ_EVERY_S)


def _relay(rule: RuleConfig, config: Config, subjects: list[str], tags: tuple[str, ...]) -> tuple[Part, ...]:
    return (
        Query("A", last_said(rule, config, subjects, tags), _RELAY_S, tags),
        Reduce("H", "A", "max"),
        Maths("Z", "($H >= 1) - ($H < 1)"),
        Threshold("T", "Z"),
    )


def _silent(cage: CageConfig, config: Config) -> AlertRule:
    """Nothing arrives of a cage. The only rule that answers to no data at all, and to a database that is away."""
    words = silent_words(cage.name, config, SILENT_S)
    return AlertRule(
        uid=silent_uid(config.site, cage.name),
        title=title_of(config, SILENT, cage.name),
        group=group_of(config, SILENT),
        interval_s=config.grafana.evaluate_s,
        parts=(
            Query("A", minutes_told(config, cage.name), SILENT_S, ("cage",)),
            Reduce("C", "A", "max"),
            Maths("Z", "($C < 1) - ($C >= 1)"),
            Threshold("T", "Z"),
        ),
        for_s=SILENT_EVALUATIONS * config.grafana.evaluate_s,
        keep_firing_for_s=0,
        no_data="Alerting",
        on_error="Alerting",
        missing_evaluations=2,
        labels=words.labels,
        annotations=words.annotations,
        about=SILENT,
        kind=words.kind,
        priority=words.priority,
    )


def _reading_tags(signal: Signal) -> tuple[str, ...]:
    match SIGNALS[signal].of:
        case Of.CAMERA:
            return ("cage", "camera")
        case Of.CAGE:
            return ("cage",)
        case _:
            return ("subject",)


def _chosen(signal: Signal, config: Config, subjects: tuple[Subject, ...]) -> str:
    """The subjects by name, so that changed settings are a changed rule; processes of other hosts by their host."""
    named = any_of("subject", (as_tag(subject.name) for subject in subjects))
    hosts = sorted({camera.source.host for _, camera in config.cameras if isinstance(camera.source, RemoteSource)})
    if SIGNALS[signal].of is not Of.PROCESS or not hosts:
        return named
    return f'({named} OR "subject" =~ /^({"|".join(hosts)}):/)'


def _settled_s(config: Config, cages: tuple[str, ...]) -> int:
    """How long after it began a minute of a pool is asked for: when its last cage has told it."""
    lateness_ms = max(cage.fusion.lateness_ms for cage in config.cages if cage.name in cages)
    return 60 + math.ceil(lateness_ms / 1000) + SETTLE_S
