"""The InfluxQL of dashboards: what all their queries have in common. Pure.

Kept to what 1.8, 2.x and 3 all answer; `stddev` and `sqrt` are among that. 3 Core reads at most 432 files for an
answer, one for each ten minutes in which a measurement was written: of what is written all the time no more than
AT_ONCE is asked for, beyond the range that a person looks at. In InfluxQL 0 / 0 is 0: a share is asked only of minutes
in which something was scored (SCORED). And whole numbers divided in a SELECT inside another one give whole numbers in
1.x: hence the 1.0.
"""

from __future__ import annotations

from painwatch.core.alarms import AlarmPhase
from painwatch.grafana.influxql import any_of, name, text
from painwatch.sinks.columns import Measurement
from painwatch.sinks.schema import ALARMS

RANGE = "$timeFilter"
"""The range of time that is looked at, put in by Grafana."""

STEP = "time($__interval)"
"""Steps as fine as the panel can show."""

SCORED = '"coverage" > 0'
PAIN_SHARE = '1.0 * sum("pain") / (sum("pain") + sum("no_pain"))'
"""Of all looks scored, those with pain; only together with SCORED."""

AT_ONCE_H = 70
AT_ONCE = f"{AT_ONCE_H}h"
"""How far back is looked for what is written all the time: 3 Core answers for some 72 hours."""

ALARMS_DAYS = 31
"""How far back an alarm that still stands is looked for. Alarms are written only when they change: 3 Core answers, too,
unless they changed in more than 432 pieces of ten minutes."""


def ask(fields: str, measurement: Measurement, *conditions: str, by: tuple[str, ...] = (), tail: str = "") -> str:
    """One SELECT. `by`: names of tags, and at most one `time(..)`; `tail`: what follows GROUP BY."""
    return ask_of(fields, name(measurement.name), *conditions, by=by, tail=tail)


def ask_of(fields: str, source: str, *conditions: str, by: tuple[str, ...] = (), tail: str = "") -> str:
    """One SELECT from a measurement that is quoted, or from another SELECT in brackets."""
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    grouped = ", ".join(one if one.startswith("time(") else name(one) for one in by)
    return f"SELECT {fields} FROM {source}{where}{f' GROUP BY {grouped}' if by else ''}{f' {tail}' if tail else ''}"


def tag_is(tag: str, value: str) -> str:
    """`value` is a word of ours, such as `welfare`."""
    return f"{name(tag)} = {text(value)}"


def chosen(variable: str) -> str:
    """The tag called like the variable is among what was chosen: choices are patterns, and All matches no tag, too."""
    return f"{name(variable)} =~ /^(${{{variable}:pipe}})$/"


def since(duration: str) -> str:
    """Within the last `duration`, such as 5m, whatever range of time is looked at."""
    return f"time > now() - {duration}"


def last_raised(site: str, kind: str, *conditions: str, by: tuple[str, ...], fields: str = "") -> str:
    """The last transition of every alarm of a kind, as a source for `ask_of`: `raised` is 1 if it stands.

    `by`: tags that never differ between the transitions of one alarm, `rule` and `subject` among them.
    """
    conditions = (site, tag_is("kind", kind), *conditions, since(f"{ALARMS_DAYS}d"))
    return "(" + ask('last("raised") AS "raised"' + fields, ALARMS, *conditions, by=by) + ")"


def any_phase(*phases: AlarmPhase) -> str:
    """Transitions into one of these phases."""
    return any_of("phase", [phase.value for phase in phases])
