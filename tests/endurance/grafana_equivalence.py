"""Do Grafana's alerts and painwatch's alarms agree? Thirty simulated cage-days through both, on a real InfluxDB.

Minutes and readings go through the hub's alarm book, with its restarts, and as the sink's lines into InfluxDB as time
goes by; Grafana's rules, as the provisioning file has them, are evaluated every minute by Grafana's semantics. The
database is away now and then and gets what it missed afterwards, evaluations fail, cages fall silent, animals change.

    make grafana-equivalence [EQUIVALENCE_FLAGS="--cages 10 --days 3 --picture docs/pictures/grafana_agreement.png"]

Exit status 1 if a difference has no cause, an alert ended by silence, or a cage fell silent without one.
"""

from __future__ import annotations

import argparse
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from rich.progress import Progress

from endurance.grafana_picture import draw
from fixtures.agreement import Agreement, agreement, silent_wrongly, unfounded_ends
from fixtures.cage_nights import DAY_NS
from fixtures.grafana_replay import Database, GrafanaReplay, evaluate
from fixtures.rules_of_every_kind import SINK, config_with_rules, in_a_grafana
from fixtures.troubled_days import SECOND_NS, TroubledDays, troubled_days
from fixtures.watch_replay import replay
from servers.influx import InfluxServer, missing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cages", type=int, default=10)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--failing", type=int, default=500, help="one evaluation in so many fails")
    parser.add_argument("--offset", type=int, default=30, help="seconds after whole minutes at which Grafana evaluates")
    parser.add_argument("--out", type=Path, default=None, help="where the table goes; unset: only shown")
    parser.add_argument("--picture", type=Path, default=None, help="where a picture of the alarms goes")
    wanted = parser.parse_args()
    if missing():
        print(missing(), file=sys.stderr)
        return 2
    began, commit = time.monotonic(), _commit()
    days = troubled_days(wanted.cages, 24 * wanted.days, seed=wanted.seed)
    config = config_with_rules(days.cages)
    rules, watch = in_a_grafana(config), replay(config, days, SINK)
    with (
        tempfile.TemporaryDirectory(prefix="pw-agree-") as folder,
        InfluxServer(Path(folder)) as server,
        Progress() as bar,
    ):
        server.query("CREATE DATABASE painwatch")
        done = bar.add_task("evaluations", total=(days.end_ns - days.begin_ns) / SECOND_NS / rules[0].interval_s)
        with Database(server.direct, watch.lines) as database:
            grafana = evaluate(
                rules,
                database,
                days.begin_ns,
                days.end_ns,
                away=days.away,
                fails=lambda rule, at_s: random.Random(f"{rule.uid} {at_s}").randrange(wanted.failing) == 0,
                offset_s=wanted.offset,
                on_time=lambda _: bar.advance(done),
            )
    found = agreement(config, rules, days, watch, grafana)
    wrong = [*unfounded_ends(config, rules, watch, grafana), *silent_wrongly(rules, days, watch, grafana)]
    took_min = (time.monotonic() - began) / 60
    table = "\n".join(report(days, found, grafana, len(watch.lines), commit, took_min))
    print(table)
    for difference in found.unexplained:
        print(f"not explained: {difference}", file=sys.stderr)
    for one in wrong:
        print(f"not as it must be: {one}", file=sys.stderr)
    if wanted.out is not None:
        wanted.out.write_text(table + "\n", encoding="utf-8")
    if wanted.picture is not None:
        draw(wanted.picture, days, watch, rules, grafana, found)
    return 1 if found.unexplained or wrong else 0


def report(
    days: TroubledDays, found: Agreement, grafana: GrafanaReplay, records: int, commit: str, took_min: float
) -> Iterator[str]:
    """The figures as Markdown."""
    away_min = sum(end - begin for begin, end in days.away) / 60e9
    yield f"`make grafana-equivalence` at commit {commit}, {datetime.now(UTC):%Y-%m-%d}, {platform.machine()},"
    yield f"Python {platform.python_version()}, InfluxDB 1.6.7, {took_min:.0f} min:"
    yield f"{_cage_days(days):g} simulated cage-days, {records} records; {len(grafana.states)} rules at"
    yield f"{len(grafana.times_s)} moments make {grafana.evaluations} evaluations, of which {grafana.failed} failed;"
    yield f"{len(days.restarts)} restarts of the hub; the database was away {len(days.away)} times, {away_min:.0f} min"
    yield f"in all. From painwatch's turn to Grafana's: median {statistics.median(found.lags_s):.0f} s,"
    yield f"{min(found.lags_s):.0f} to {max(found.lags_s):.0f} s."
    yield ""
    apart = Counter(difference.rule for difference in found.differences)
    yield "| rule | turns that agree | turns that differ |"
    yield "|---|---|---|"
    for name, agreed in sorted(found.agreed.items()):
        yield f"| `{name}` | {agreed} | {apart[name]} |"
    for name in sorted(apart.keys() - found.agreed.keys()):
        yield f"| `{name}` | 0 | {apart[name]} |"
    yield f"| all | {found.agreed.total()} | {apart.total()} |"
    yield ""
    yield "| why they differ | turns |"
    yield "|---|---|"
    for reason, count in found.by_reason().items():
        yield f"| {reason} | {count} |"


def _cage_days(days: TroubledDays) -> float:
    return len(days.cages) * (days.end_ns - days.begin_ns) / DAY_NS


def _commit() -> str:
    asked = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
