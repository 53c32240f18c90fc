"""The queries of compiled alert rules, each asked of a real InfluxDB, and what their parts make of the answers."""

from __future__ import annotations

import json
import math
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest

from fixtures.kinds_of_record import config_with, transition
from grafana_semantics.provisioned import rules_in_group
from grafana_semantics.results import asking, values_by_part
from grafana_semantics.values import NoData, Number
from painwatch.config.models import Config
from painwatch.core.alarms import AlarmPhase, Reading
from painwatch.core.signals import SIGNALS, Of, Signal
from painwatch.core.types import MinuteSummary, UnitScore
from painwatch.grafana.api_forms import group_form
from painwatch.grafana.rules import alert_rules
from painwatch.sinks.lines import lines_for
from servers.influx import InfluxServer

MINUTE_S = 60
EXPECTED = 300
"""Looks a minute at 5 Hz."""

Minutes = Iterable[tuple[int, str, int | None]]
"""Minutes ago, cage, percent of looks with pain; None: too little was seen."""


@pytest.fixture
def now_s() -> int:
    """Some seconds after the end of a minute."""
    return int(time.time()) // MINUTE_S * MINUTE_S + 20


def minute(cage: str, start_s: int, percent: int | None, unit: float | None = None, **status: int) -> MinuteSummary:
    scored = 200 if percent is not None else 3
    pain = scored * (percent or 0) // 100
    return MinuteSummary(
        cage=cage,
        start_ns=start_s * 10**9,
        pain=pain,
        no_pain=scored - pain,
        skipped=EXPECTED - scored,
        expected=EXPECTED,
        coverage=scored / EXPECTED,
        pain_probability=pain / scored,
        by_status={"ok": scored} | status,
        faces=scored,
        units=(UnitScore("orbital", unit),) if unit is not None else (),
        models=("zoo",),
    )


def config_of(*rules: dict[str, object], **more: object) -> Config:
    return config_with({"url": "http://127.0.0.1"}, alarms={"rules": list(rules)}, **more)


def written(influx: InfluxServer, config: Config, records: Iterable[msgspec.Struct]) -> None:
    line_of = lines_for(config)
    influx.write("\n".join(line.decode() for record in records if (line := line_of(record, "influxdb"))))


def asked(influx: InfluxServer) -> Callable[[str], dict[str, Any]]:
    def ask(query: str) -> dict[str, Any]:
        body = urllib.parse.urlencode({"db": "painwatch", "q": query, "epoch": "ms"}).encode()
        with urllib.request.urlopen(f"{influx.direct}/query", body, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
        assert "error" not in answer["results"][0], (query, answer)
        return answer

    return ask


def parts(influx: InfluxServer, config: Config, about: str, at_s: float, ref: str = "Z") -> dict[str, float | None]:
    """The numbers of a part of the rules about `about`, by the last of their labels and the rule's group, if any."""
    made = [rule for rule in alert_rules(config) if rule.about == about]
    found: dict[str, float | None] = {}
    for rule in made:
        (read,) = rules_in_group(group_form(rule.group, [rule], folder_uid="folder", data_source_uid="database"))
        known = values_by_part(read, asking(read, at_s, asked(influx)), frozenset())
        for value in known[ref]:
            assert isinstance(value, Number | NoData)
            if isinstance(value, Number):
                assert tuple(name for name, _ in value.labels) == tuple(sorted(rule.queries[0].tags))
                found[rule.labels.get("group") or dict(value.labels)[rule.queries[0].tags[-1]]] = value.value
    return found


TURNS = {1.0: 1.0, -1.0: 0.0, 0.0: None}
"""What the condition makes of it: raised, ended, and nothing at all in between."""


def pain(**more: object) -> dict[str, object]:
    return {"name": "pain", "signal": "pain_probability", "above": 0.6, "clear": 0.4} | more


def series(now_s: int, minutes: Minutes) -> list[MinuteSummary]:
    begin_s = now_s // MINUTE_S * MINUTE_S
    return [minute(cage, begin_s - ago * MINUTE_S, percent) for ago, cage, percent in minutes]


@pytest.mark.parametrize(
    ("percents", "becomes"),
    [
        ([70, 70, 70], 1.0),
        ([60, 60, 60], 1.0),
        ([59, 70, 70], 0.0),
        ([70, 59, 70], 0.0),
        ([70, 70, 59], 0.0),
        ([70, 70], 0.0),
        ([39, 70, 70], -1.0),
        ([40, 40, 40], 0.0),
        ([None, 70, 70, 70], 1.0),
        ([70, None, 70, None, None, 70], 1.0),
        ([None, None, 10, 70, 70], -1.0),
    ],
)
def test_judged_minutes_in_a_row(influx: InfluxServer, now_s: int, percents: list[int | None], becomes: float) -> None:
    """Newest first; minutes of which too little was seen neither count nor break the row."""
    config = config_of(pain(for_min=3))
    written(influx, config, series(now_s, ((ago, "cage-1", p) for ago, p in enumerate(percents, 1))))
    assert parts(influx, config, "pain", now_s) == {"cage-1": becomes}
    assert parts(influx, config, "pain", now_s, "T") == {"cage-1": TURNS[becomes]}


def test_one_minute_is_enough_where_no_time_is_asked_for(influx: InfluxServer, now_s: int) -> None:
    config = config_of(pain())
    minutes = [(1, "cage-1", 60), (2, "cage-1", 0), (1, "cage-2", None), (2, "cage-2", 10)]
    written(influx, config, series(now_s, minutes))
    assert parts(influx, config, "pain", now_s) == {"cage-1": 1.0, "cage-2": -1.0}


def test_the_least_coverage_that_can_be_asked_for(influx: InfluxServer, now_s: int) -> None:
    config = config_of(pain(minimum_coverage=0.00001), pain(name="pool", scope="all", minimum_coverage=0.00001))
    written(influx, config, series(now_s, [(3, "cage-1", None)]))
    assert parts(influx, config, "pain", now_s) == {"cage-1": -1.0}
    assert parts(influx, config, "pool", now_s) == {"North wing": -1.0}


@pytest.mark.parametrize(("gap", "becomes"), [(30, 1.0), (31, 0.0)])
def test_a_row_with_too_long_a_gap_is_none(influx: InfluxServer, now_s: int, gap: int, becomes: float) -> None:
    """So many minutes without a judged one lie between two."""
    config = config_of(pain(for_min=3, longest_gap_min=30))
    agos = (1, 2, 3 + gap)
    written(influx, config, series(now_s, ((ago, "cage-1", 90) for ago in agos)))
    assert parts(influx, config, "pain", now_s) == {"cage-1": becomes}
    assert parts(influx, config, "pain", now_s, "Q") == {"cage-1": 60.0 * (gap + 1)}


@pytest.mark.parametrize(
    ("percents", "becomes"), [([30, 30, 90], -1.0), ([30, 90], 0.0), ([30, None, 30], -1.0), ([30, 40, 30], 0.0)]
)
def test_it_ends_by_a_row_too(influx: InfluxServer, now_s: int, percents: list[int | None], becomes: float) -> None:
    config = config_of(pain(for_min=1, clear_for_min=2))
    written(influx, config, series(now_s, ((ago, "cage-1", p) for ago, p in enumerate(percents, 1))))
    assert parts(influx, config, "pain", now_s) == {"cage-1": becomes}


def test_rules_that_are_raised_below(influx: InfluxServer, now_s: int) -> None:
    config = config_of({"name": "dark", "signal": "coverage", "below": 0.5, "clear": 0.6, "for_min": 2})
    minutes = [(1, "cage-1", None), (2, "cage-1", None), (1, "cage-2", 0), (2, "cage-2", None)]
    written(influx, config, series(now_s, minutes))
    assert parts(influx, config, "dark", now_s) == {"cage-1": 1.0, "cage-2": -1.0}
    assert parts(influx, config, "dark", now_s, "H") == {"cage-1": 0.01, "cage-2": pytest.approx(2 / 3)}


def test_shares_of_looks_and_action_units(influx: InfluxServer, now_s: int) -> None:
    config = config_of(
        {"name": "domain", "signal": "out_of_domain_share", "above": 0.5},
        {"name": "engine", "signal": "engine_error_share", "above": 0.5, "clear": 0.1},
        {"name": "eyes", "signal": "action_unit", "unit": "orbital", "above": 1.5, "clear": 1},
    )
    start_s = now_s // MINUTE_S * MINUTE_S - MINUTE_S
    written(
        influx,
        config,
        [
            minute("cage-1", start_s, 0, 1.5, out_of_domain=150, engine_error=30),
            minute("cage-2", start_s, 0, None, out_of_domain=149),
            minute("cage-2", start_s - MINUTE_S, None, 2.0),
        ],
    )
    assert parts(influx, config, "domain", now_s) == {"cage-1": 1.0, "cage-2": -1.0}
    assert parts(influx, config, "engine", now_s) == {"cage-1": 0.0, "cage-2": -1.0}
    assert parts(influx, config, "eyes", now_s) == {"cage-1": 1.0}


def pooled_config(*rules: dict[str, object]) -> Config:
    cages = config_of().model_dump(mode="json")["cages"]
    cages[1] |= {"group": "treated", "sample_rate_hz": 5}
    third = {**cages[0], "name": "cage-3", "group": "control"}
    third["cameras"] = [cages[0]["cameras"][0] | {"name": "cage-3-left"}]
    return config_of(*rules, cages=[*cages, third])


def test_pools_are_sums_over_their_cages(influx: InfluxServer, now_s: int) -> None:
    config = pooled_config(
        pain(name="group-pain", scope="group", minimum_coverage=0.1),
        pain(name="all-pain", scope="all", minimum_coverage=0.1),
        {"name": "eyes", "signal": "action_unit", "unit": "orbital", "above": 1, "scope": "all"},
        {"name": "dark", "signal": "coverage", "below": 0.4, "scope": "all"},
        {"name": "domain", "signal": "out_of_domain_share", "above": 0.1, "scope": "all"},
    )
    start_s = now_s // MINUTE_S * MINUTE_S - 5 * MINUTE_S
    written(
        influx,
        config,
        [
            minute("cage-1", start_s, 90, 1.5, out_of_domain=90),
            minute("cage-2", start_s, 50, 0.5),
            minute("cage-3", start_s, 20, None),
        ],
    )
    assert parts(influx, config, "group-pain", now_s, "H") == {"treated": 0.7, "control": 0.2}
    assert parts(influx, config, "group-pain", now_s) == {"treated": 1.0, "control": -1.0}
    assert parts(influx, config, "all-pain", now_s, "H") == {"North wing": pytest.approx(320 / 600)}
    assert parts(influx, config, "eyes", now_s, "H") == {"North wing": pytest.approx(1.0)}
    assert parts(influx, config, "dark", now_s, "H") == {"North wing": pytest.approx(600 / 900)}
    assert parts(influx, config, "domain", now_s, "H") == {"North wing": pytest.approx(0.1)}


def test_an_absent_cage_of_a_pool_counts_as_not_seen(influx: InfluxServer, now_s: int) -> None:
    config = pooled_config(pain(scope="group", minimum_coverage=0.5, for_min=2), pain(name="any", scope="all"))
    begin_s = now_s // MINUTE_S * MINUTE_S
    both = [minute(cage, begin_s - ago * MINUTE_S, 80) for ago in (5, 6, 7) for cage in ("cage-1", "cage-2")]
    one = [minute("cage-1", begin_s - ago * MINUTE_S, 0) for ago in (3, 4)]
    written(influx, config, [*both, *one])
    # 200 of 600 looks are too few to judge: what one cage alone says is not heard.
    assert parts(influx, config, "pain", now_s) == {"treated": 1.0}
    assert parts(influx, config, "pain", now_s, "Q") == {"treated": 60.0}
    assert parts(influx, config, "any", now_s) == {}


def test_the_minute_of_a_pool_that_others_have_still_to_tell_is_left_out(influx: InfluxServer, now_s: int) -> None:
    config = pooled_config(pain(scope="group", minimum_coverage=0.1))
    begin_s = now_s // MINUTE_S * MINUTE_S
    written(influx, config, [minute("cage-1", begin_s - MINUTE_S, 90)])
    assert parts(influx, config, "pain", now_s) == {}
    assert parts(influx, config, "pain", now_s + 15) == {"treated": 1.0}


READ = [signal for signal, about in SIGNALS.items() if about.of is not Of.CAGE_MINUTE]


@pytest.mark.parametrize("signal", READ, ids=lambda signal: signal.value)
def test_readings(influx: InfluxServer, now_s: int, signal: Signal) -> None:
    limits = {"below": 0.5, "clear": 0.6} if signal is Signal.DISK_FREE_FRACTION else {"above": 0.5, "clear": 0.4}
    targets = [{"name": "vet", "url": {"env": "VET"}}]
    rule = {"name": "told", "signal": signal.value, **limits, "for_min": 1}
    config = config_of(rule, notify={"targets": targets})
    subject = {
        Of.CAMERA: "cage-1-left",
        Of.CAGE: "cage-1",
        Of.PROCESS: "hub",
        Of.SINK: "influxdb",
        Of.TARGET: "vet",
        Of.SITE: "site",
    }[SIGNALS[signal].of]
    raised, between, ended = (0.1, 0.55, 0.9) if "below" in limits else (1.0, 0.45, 0.0)

    def told(*values: float) -> dict[str, float | None]:
        at_ns = now_s * 10**9
        influx.query("DROP MEASUREMENT painwatch_readings")
        records = [Reading(signal, subject, at_ns - i * 15 * 10**9, v) for i, v in enumerate(reversed(values))]
        written(influx, config, records)
        return parts(influx, config, "told", now_s)

    assert told(*[raised] * 5) == {subject: 1.0}
    assert told(*[raised] * 4) == {subject: 0.0}
    assert told(raised, raised, between, raised, raised) == {subject: 0.0}
    assert told(*[raised] * 4, ended) == {subject: -1.0}


def test_processes_of_other_hosts_are_watched_too(influx: InfluxServer, now_s: int) -> None:
    remote = {
        "name": "cage-1-left",
        "source": {"kind": "remote", "host": "far-host"},
    }
    cages = config_of().model_dump(mode="json")["cages"]
    cages[0]["cameras"] = [remote]
    config = config_of(cages=cages)
    subjects = ("far-host:infer-cpu", "hub", "else:infer-cpu", "gone")
    written(influx, config, [Reading(Signal.PROCESS_DOWN_S, name, now_s * 10**9, 99.0) for name in subjects])
    assert parts(influx, config, "process-down", now_s) == {"far-host:infer-cpu": 1.0, "hub": 1.0}


def test_what_painwatch_said_is_relayed(influx: InfluxServer, now_s: int) -> None:
    config = config_of(pain(baseline={"first_minutes": 30}))
    said = [
        ("cage-1", AlarmPhase.PENDING, 40),
        ("cage-1", AlarmPhase.ACTIVE, 30),
        ("cage-1", AlarmPhase.ACKNOWLEDGED, 20),
        ("cage-2", AlarmPhase.ACTIVE, 30),
        ("cage-2", AlarmPhase.CLEARED, 20),
    ]
    written(
        influx,
        config,
        (
            msgspec.structs.replace(transition("pain", cage, phase=phase), time_ns=(now_s - ago * MINUTE_S) * 10**9)
            for cage, phase, ago in said
        ),
    )
    assert parts(influx, config, "pain", now_s) == {"cage-1": 1.0, "cage-2": -1.0}
    assert parts(influx, config, "seldom-judged", now_s) == {}


def test_a_cage_is_silent_five_minutes_after_its_last_minute_began(influx: InfluxServer, now_s: int) -> None:
    config = config_of()
    written(influx, config, series(now_s, [(4, "cage-1", None), (5, "cage-2", 50)]))
    assert parts(influx, config, "silent", now_s) == {"cage-1": -1.0}
    assert parts(influx, config, "silent", now_s - 20) == {"cage-1": -1.0, "cage-2": -1.0}


def test_another_site_is_another(influx: InfluxServer, now_s: int) -> None:
    """Also one of which the name means something in a query, in an expression or to Grafana."""
    names = ["North wing", "North", r"a/b \d $x 'q' \"w\" {{ .Labels }}", "$timeFilter"]
    minutes = series(now_s, [(1, "cage-1", 90)])
    for number, name in enumerate(names):
        config = config_of(pain(), site=name)
        assert parts(influx, config, "pain", now_s) == {}, number
        written(influx, config, minutes)
        assert parts(influx, config, "pain", now_s) == {"cage-1": 1.0}, number


def test_a_retention_policy_of_its_own(influx: InfluxServer, now_s: int) -> None:
    influx.query("CREATE RETENTION POLICY short ON painwatch DURATION 3d REPLICATION 1")
    config = config_with({"url": "http://127.0.0.1", "retention_policy": "short"}, alarms={"rules": [pain()]})
    line = lines_for(config)(series(now_s, [(1, "cage-1", 90)])[0], "influxdb")
    request = urllib.request.Request(f"{influx.direct}/write?db=painwatch&rp=short", line)
    with urllib.request.urlopen(request, timeout=60):
        pass
    assert parts(influx, config, "pain", now_s) == {"cage-1": 1.0}


def test_no_answer_is_nan_or_of_another_type(influx: InfluxServer, now_s: int) -> None:
    config = config_of(pain(for_min=2), pain(name="pool", scope="all"))
    written(
        influx, config, [minute("cage-1", now_s // 60 * 60 - 300, None), minute("cage-2", now_s // 60 * 60 - 300, 0)]
    )
    for ref in ("H", "Z"):
        for about in ("pain", "pool", "cannot-see"):
            for value in parts(influx, config, about, now_s, ref).values():
                assert value is not None
                assert math.isfinite(value)
