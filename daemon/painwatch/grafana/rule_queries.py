"""What alert rules ask the database: the newest judged values of each cage, pool, camera and so on. Pure.

Grafana's own `for` counts minutes that could not be judged; painwatch counts judged ones. So the rows are in the
queries: the newest values that a rule can judge, so many of them, newest first, and the time between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from painwatch.config.alarms import RuleConfig
from painwatch.config.models import Config
from painwatch.core.minutes import expected_looks
from painwatch.core.signals import AlarmKind, Signal
from painwatch.core.types import Status
from painwatch.grafana.influxql import any_of, name, site_is, text
from painwatch.sinks.line_protocol import as_tag
from painwatch.sinks.schema import ALARMS, MINUTES, READINGS

TIME = "$timeFilter"
"""Grafana puts the range of time of a query in its place."""


SITE = ("site",)
"""What is about no single cage is told apart by the site: Grafana would make up a label for series without any."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Values that a rule judges, one series for each set of `tags`.

    `value` is an expression; `always`: a field that is there whenever it is.
    """

    value: str
    always: str
    source: str
    conditions: tuple[str, ...]
    tags: tuple[str, ...]

    def newest(self, count: int) -> str:
        """The newest `count` values of each series, newest first."""
        return f'SELECT {self.value} AS "value"{self._of(count)}'

    def gaps(self, count: int) -> str:
        """Seconds between the newest `count` values of each series; below 0 on databases that count backwards."""
        return f'SELECT elapsed({self.always}, 1s) AS "gap"{self._of(count - 1)}'

    def _of(self, limit: int) -> str:
        where = f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""
        return f" FROM {self.source}{where}{_by(self.tags)}{_BACKWARDS} LIMIT {limit}"


def of_cages(rule: RuleConfig, config: Config, cages: Iterable[str]) -> Judged:
    """The minutes of each of `cages` that a rule of scope `cage` judges."""
    value, always = _minute_value(rule)
    conditions = [site_is(config.site), any_of("cage", map(as_tag, cages))]
    if rule.kind is AlarmKind.WELFARE:
        conditions.append(_enough(rule))
    return Judged(value, always, measurement(MINUTES.name, config), (*conditions, TIME), ("cage",))


def of_pool(rule: RuleConfig, config: Config, cages: tuple[str, ...]) -> Judged:
    """The minutes of one pool: sums over its cages. A cage that is absent counts as expected and not seen."""
    judged = (_enough(rule),) if rule.kind is AlarmKind.WELFARE else ()
    return Judged('"value"', '"value"', f"({_pool(rule, config, cages)})", judged, SITE)


def of_readings(signal: Signal, config: Config, subjects: str, tags: tuple[str, ...]) -> Judged:
    """What was read of a signal; `subjects`: the condition that chooses of what."""
    conditions = (site_is(config.site), f'"signal" = {text(signal.value)}', subjects, TIME)
    return Judged('"value"', '"value"', measurement(READINGS.name, config), conditions, tags)


def last_said(rule: RuleConfig, config: Config, subjects: Iterable[str], tags: tuple[str, ...]) -> str:
    """Whether painwatch's own alarm of the rule was raised when it was last told of: 1 or 0."""
    conditions = (site_is(config.site), f'"rule" = {text(rule.name)}', any_of("subject", map(as_tag, subjects)), TIME)
    source = measurement(ALARMS.name, config)
    return f'SELECT last("raised") AS "value" FROM {source} WHERE {" AND ".join(conditions)}{_by(tags)}'


def minutes_told(config: Config, cage: str) -> str:
    """How many minutes of a cage arrived, whether anything was seen in them or not; no answer if none did."""
    conditions = (site_is(config.site), f'"cage" = {text(as_tag(cage))}', TIME)
    source = measurement(MINUTES.name, config)
    return f'SELECT count("coverage") AS "value" FROM {source} WHERE {" AND ".join(conditions)}{_by(("cage",))}'


def measurement(called: str, config: Config) -> str:
    """A measurement, with the retention policy that the sink writes it to."""
    sink = config.grafana_sink
    policy = sink.retention_policy if sink is not None else ""
    return f"{name(policy)}.{name(called)}" if policy else name(called)


def _enough(rule: RuleConfig) -> str:
    # InfluxQL knows no exponents.
    return f'"coverage" >= {format(Decimal(repr(rule.minimum_coverage)), "f")}'


_BACKWARDS = " ORDER BY time DESC"


def _by(tags: tuple[str, ...]) -> str:
    return f" GROUP BY {', '.join(map(name, tags))}"


def _minute_value(rule: RuleConfig) -> tuple[str, str]:
    match rule.signal:
        case Signal.PAIN_PROBABILITY | Signal.COVERAGE:
            return (name(rule.signal.value),) * 2
        case Signal.ACTION_UNIT:
            return (_unit(rule),) * 2
        case _:
            return f'{_status(rule.signal)} / "expected"', '"expected"'


def _unit(rule: RuleConfig) -> str:
    return name(as_tag(f"unit_{rule.unit}"))


def _status(signal: Signal) -> str:
    status = {Signal.OUT_OF_DOMAIN_SHARE: Status.OUT_OF_DOMAIN, Signal.ENGINE_ERROR_SHARE: Status.ENGINE_ERROR}[signal]
    return name(f"status_{status.value}")


def _pool(rule: RuleConfig, config: Config, cages: tuple[str, ...]) -> str:
    """Value and coverage of a pool, minute by minute, newest first.

    Numbers are made floats before they are divided: InfluxDB 1.x divides whole numbers of an inner query as such.
    """
    expected = float(sum(expected_looks(cage.sample_rate_hz) for cage in config.cages if cage.name in cages))
    scored = '("pain" + "no_pain")'
    source, where = (
        measurement(MINUTES.name, config),
        f"{site_is(config.site)} AND {any_of('cage', map(as_tag, cages))}",
    )
    sums = {"pain": name("pain"), "no_pain": name("no_pain")}
    match rule.signal:
        case Signal.PAIN_PROBABILITY:
            value = f'1.0 * "pain" / {scored}'
        case Signal.COVERAGE:
            value = f"1.0 * {scored} / {expected!r}"
        case Signal.ACTION_UNIT:
            value, sums = '"weighted" / "weight"', {**sums, "weighted": name("weighted"), "weight": name("weight")}
            source, where = f"({_weighted(rule, source, where)})", ""
        case _:
            value, sums = f'1.0 * "status" / {expected!r}', {**sums, "status": _status(rule.signal)}
    summed = ", ".join(f"sum({field}) AS {name(called)}" for called, field in sums.items())
    conditions = f"{where} AND {TIME}" if where else TIME
    inner = f"SELECT {summed} FROM {source} WHERE {conditions}{_by(SITE)}, time(1m) fill(none)"
    told = f'{value} AS "value", 1.0 * {scored} / {expected!r} AS "coverage"'
    return f"SELECT {told} FROM ({inner}{_BACKWARDS}){_by(SITE)}{_BACKWARDS}"


def _weighted(rule: RuleConfig, source: str, where: str) -> str:
    """Each cage's action unit times its weight, and the weight, which is nothing where the unit is not known."""
    unit, scored = _unit(rule), '("pain" + "no_pain")'
    weights = f'{unit} * {scored} AS "weighted", {unit} - {unit} + {scored} AS "weight", "pain", "no_pain"'
    return f"SELECT {weights} FROM {source} WHERE {where} AND {TIME}{_by((*SITE, 'cage'))}{_BACKWARDS}"
