"""The queries of compiled alert rules on pools, readings, relays and silence, each asked of a real InfluxDB."""

from __future__ import annotations

import math
import time
import urllib.request

import msgspec
import pytest

from fixtures.grafana_asked import MINUTE_S, minute, parts, series, written
from fixtures.grafana_configs import config_of, pain
from fixtures.kinds_of_record import config_with, transition
from painwatch.config.models import Config
from painwatch.core.alarms import AlarmPhase, Reading
from painwatch.core.signals import SIGNALS, Of, Signal
from painwatch.sinks.lines import lines_for
from servers.influx import InfluxServer


@pytest.fixture
def now_s() -> int:
    """Some seconds after the end of a minute."""
    return int(time.time()) // MINUTE_S * MINUTE_S + 20


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
