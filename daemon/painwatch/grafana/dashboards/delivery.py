"""What waits to be written to databases and sent to people."""

from __future__ import annotations

from collections.abc import Sequence

from painwatch.core.signals import Signal
from painwatch.grafana.dashboards.asking import RANGE, STEP, ask, tag_is
from painwatch.grafana.dashboards.limits import in_words, limits
from painwatch.grafana.dashboards.panels import lines
from painwatch.grafana.dashboards.places import SystemPanel
from painwatch.grafana.dashboards.sdk import builder, dashboard, timeseries
from painwatch.grafana.dashboards.setting import Setting
from painwatch.sinks.schema import HEALTH

_SIGNALS = (Signal.SINK_BACKLOG_S, Signal.NOTICE_AGE_S)


def delivery(setting: Setting) -> list[builder.Builder[dashboard.Panel]]:
    """How much waits, and how long."""
    config = setting.config
    names = [*(sink.name for sink in config.sinks), *(target.name for target in config.notify.targets)]
    return [_waiting(setting, names), _backlog(setting, names)]


def _waiting(setting: Setting, names: Sequence[str]) -> timeseries.Panel:
    own = ask(
        'max("history_waiting") AS "waiting"', HEALTH, setting.site, tag_is("of", "site"), RANGE, by=(STEP, "subject")
    )
    return lines(
        setting,
        SystemPanel.WAITING,
        "What waits to be written or sent",
        "Records for each database, notices for each target, and what the history on disk has not taken yet.",
        (0, 23, 12, 8),
        setting.series("A", _of_each(setting, 'max("waiting") AS "waiting"'), "$tag_subject"),
        setting.series("B", f"{own} fill(null)", "history"),
        unit="short",
        names=[*names, "history"],
    )


def _backlog(setting: Setting, names: Sequence[str]) -> timeseries.Panel:
    found = tuple(limit for signal in _SIGNALS for limit in limits(setting.config, signal))
    return lines(
        setting,
        SystemPanel.BACKLOG,
        "How old the oldest of it is",
        "What a database has not taken comes here when it takes it again: until then there is a gap. "
        f"{in_words(found)}",
        (12, 23, 12, 8),
        setting.series("A", _of_each(setting, 'max("oldest_s") AS "oldest"'), "$tag_subject"),
        unit="s",
        limits=found,
        names=names,
    )


def _of_each(setting: Setting, field: str) -> str:
    """Of each database and each target."""
    of = '"of" =~ /^(sink|target)$/'
    return ask(field, HEALTH, setting.site, of, RANGE, by=(STEP, "subject"), tail="fill(null)")
