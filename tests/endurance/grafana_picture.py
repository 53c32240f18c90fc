"""A picture of painwatch's alarms and Grafana's alerts over the same days, above each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import matplotlib as mpl
from matplotlib.dates import DateFormatter
from matplotlib.figure import Figure

from fixtures.agreement import Agreement
from fixtures.grafana_replay import GrafanaReplay
from fixtures.troubled_days import SECOND_NS, TroubledDays
from fixtures.watch_replay import WatchReplay
from grafana_semantics.provisioned import Rule

RULE = "sustained-pain"
OURS, THEIRS, AWAY = "#0072B2", "#E69F00", "#999999"
"""Okabe and Ito's blue and orange, which colour-blind people tell apart."""


def draw(
    path: Path, days: TroubledDays, watch: WatchReplay, rules: Sequence[Rule], grafana: GrafanaReplay, found: Agreement
) -> None:
    """The alarms of `sustained-pain` of every cage, and how long Grafana took after painwatch."""
    mpl.use("Agg")
    figure = Figure(figsize=(12, 1.5 + 0.42 * len(days.cages) + 2.4), layout="constrained")
    lanes, lags = figure.subplots(2, 1, height_ratios=(len(days.cages), 4))
    (uid,) = {rule.uid for rule in rules if rule.labels["rule"] == RULE}
    alerts = {dict(labels).get("cage"): turns for (rule, labels), turns in grafana.turns.items() if rule == uid}
    for row, cage in enumerate(days.cages):
        ours = watch.turns.get((RULE, cage), [])
        theirs = [(turn.at_s * SECOND_NS, turn.firing) for turn in alerts.get(cage, ())]
        lanes.broken_barh(_spans(ours, days.end_ns), (row - 0.36, 0.34), color=OURS)
        lanes.broken_barh(_spans(theirs, days.end_ns), (row + 0.02, 0.34), color=THEIRS)
        apart = [d.at_ns for d in found.differences if (d.rule, d.subject) == (RULE, cage)]
        lanes.plot([_when(at_ns) for at_ns in apart], [row] * len(apart), "kx", markersize=5)
    for begin_ns, end_ns in days.away:
        lanes.axvspan(_when(begin_ns), _when(end_ns), color=AWAY, alpha=0.5, linewidth=0)
    lanes.set_yticks(range(len(days.cages)), days.cages)
    lanes.invert_yaxis()
    lanes.xaxis.set_major_formatter(DateFormatter("%d %H:%M", UTC))
    lanes.set_title(
        f"`{RULE}` of simulated cages: painwatch (above, blue) and Grafana's semantics (below, orange);"
        "\ncrosses: turns without a counterpart within one evaluation; grey: the database was away",
        fontsize=10,
        loc="left",
    )
    lags.hist(found.lags_s, bins=range(-60, 62, 2), color=OURS)
    lags.set_xlabel("from painwatch's turn to Grafana's, s (all rules; an evaluation a minute)")
    lags.set_ylabel("turns")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def _spans(turns: Iterable[tuple[int, bool]], end_ns: int) -> list[tuple[datetime, timedelta]]:
    spans, since_ns = list[tuple[datetime, timedelta]](), None
    for at_ns, begins in turns:
        if begins:
            since_ns = at_ns
        elif since_ns is not None:
            spans.append((_when(since_ns), _when(at_ns) - _when(since_ns)))
            since_ns = None
    return [*spans, (_when(since_ns), _when(end_ns) - _when(since_ns))] if since_ns is not None else spans


def _when(at_ns: int) -> datetime:
    return datetime.fromtimestamp(at_ns / SECOND_NS, UTC)
