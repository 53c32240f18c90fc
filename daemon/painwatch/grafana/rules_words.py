"""What people read of an alert, and the labels by which it is told on. Pure.

Annotations are Go templates, in which Grafana puts the alert's own labels and numbers. No `$` stands in them: in files
it means a variable to some versions of Grafana and not to others. Labels never depend on a number: each would be
another alert.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from painwatch.config.alarms import RuleConfig
from painwatch.config.models import Config
from painwatch.core.alarms import Priority
from painwatch.core.signals import SIGNALS, AlarmKind, Of, Signal
from painwatch.core.words import for_how_long
from painwatch.grafana.dashboards.places import Board, CagePanel, SystemPanel, uid_of_board
from painwatch.grafana.names import site_label, uid_of
from painwatch.grafana.rules_rows import NEAREST
from painwatch.validation import NO_DIAGNOSIS

SILENT = "silent"
_SHIPPED = "zoo:"


@dataclass(frozen=True, slots=True)
class Told:
    """Of what an alert is: its series' `tags`, or the `group` that the rule is about, or all cages together."""

    tags: tuple[str, ...]
    group: str = ""
    relayed: bool = False


@dataclass(frozen=True, slots=True)
class SilentWords:
    """What is said of a cage of which nothing arrives."""

    labels: dict[str, str]
    annotations: dict[str, str]
    kind: AlarmKind = AlarmKind.TECHNICAL
    priority: Priority = Priority.HIGH


def title_of(config: Config, rule: str, of: str = "") -> str:
    """Unlike that of any other rule of any site: rules of one folder must differ in it."""
    return f"{config.site}: {rule} {of}".rstrip()


def group_of(config: Config, kind: str) -> str:
    """A rule group of this site; it stands in the path of a request, so that it holds no more than letters."""
    return uid_of(config.site, kind)


def labels_of(rule: RuleConfig, config: Config, told: Told) -> dict[str, str]:
    """The labels of a rule; those of its series come to them."""
    group = {"group": told.group} if told.group else {}
    return _labels(config, rule.name, rule.kind, rule.priority, rule.signal.value) | group


def annotations_of(rule: RuleConfig, config: Config, told: Told) -> dict[str, str]:
    """What is said of an alert of this rule."""
    welfare = rule.kind is AlarmKind.WELFARE
    asked = "Please review the animal" if welfare else "Please see to the watch"
    asked = "Please review the animals" if welfare and not told.tags else asked
    number = "" if told.relayed else _NUMBER
    lines = [
        f"{asked}: {_of(told)}: {_signal(rule)} {_limit(rule)}{_sustained(rule)}{number}.",
        f"It ends when it is {_end(rule)}." if not told.relayed else _RELAYED,
        "Nothing ends it while nothing is seen: missing data never do." if not told.relayed else "",
        "Acknowledging, silencing and escalation are painwatch's own: see its page.",
        _validation(config) if welfare else "",
        NO_DIAGNOSIS if welfare else "",
    ]
    board, panel = _shown(rule)
    return {
        "summary": lines[0],
        "description": " ".join(line for line in lines[1:] if line),
        **_elsewhere(rule.runbook, config, board, panel),
    }


def silent_words(cage: str, config: Config, after_s: int) -> SilentWords:
    """What is said of a cage of which no minute arrived for `after_s`."""
    labels = _labels(config, SILENT, AlarmKind.TECHNICAL, Priority.HIGH, SILENT) | {"cage": cage}
    annotations = {
        "summary": f"Please see to the watch: cage {cage}: no minute arrived in the database for "
        f"{for_how_long(after_s)}, or the database does not answer.",
        "description": "Nobody is watching this cage from here: silence is not comfort, and pain may raise no alarm.",
        **_elsewhere(
            "See whether painwatch runs (its page, `painwatch status`), whether the database does, and whether records "
            "wait to be sent.",
            config,
            Board.SYSTEM,
            SystemPanel.BACKLOG,
        ),
    }
    return SilentWords(labels, annotations)


def plain(words: str) -> str:
    """`words` as they are, in a template."""
    return re.sub(r"[{$]", lambda found: f'{{{{ "\\x{ord(found.group()):02x}" }}}}', words)


def _labels(config: Config, rule: str, kind: AlarmKind, priority: Priority, signal: str) -> dict[str, str]:
    return {
        "source": "painwatch",
        "site": site_label(config.site),
        "rule": rule,
        "kind": kind.value,
        "priority": priority.value,
        "signal": signal,
    }


_NUMBER = f'{{{{ with .Values.{NEAREST} }}}} (nearest to that: {{{{ printf "%.2f" .Value }}}}){{{{ end }}}}'
_RELAYED = (
    "Relayed: painwatch judges this by what the database does not hold, and Grafana tells what painwatch last said."
)


def _elsewhere(runbook: str, config: Config, board: Board, panel: int) -> dict[str, str]:
    link = runbook.startswith(("http://", "https://"))
    said = {"runbook_url" if link else "runbook": plain(runbook)} if runbook else {}
    page = {"page": plain(config.notify.page)} if config.notify.page else {}
    return said | page | {"__dashboardUid__": uid_of_board(config.site, board), "__panelId__": str(int(panel))}


def _of(told: Told) -> str:
    if told.group:
        return f"group {told.group}"
    if not told.tags:
        return "all cages together"
    tag = told.tags[-1]
    return f"{{{{ .Labels.{tag} }}}}" if tag == "subject" else f"{tag} {{{{ .Labels.{tag} }}}}"


def _signal(rule: RuleConfig) -> str:
    words = rule.signal.value.removesuffix("_s").replace("_", " ")
    return f"{words} {plain(rule.unit)}" if rule.unit else words


def _limit(rule: RuleConfig) -> str:
    base = " more than its own mean" if rule.baseline is not None else ""
    return f"{'at least' if rule.above is not None else 'below'} {_number(rule, rule.threshold)}{base}"


def _end(rule: RuleConfig) -> str:
    row = f" for {rule.clear_for_min:g} min" if rule.clear_for_min else ""
    return f"{'below' if rule.above is not None else 'at least'} {_number(rule, rule.clear_at)}{row}"


def _number(rule: RuleConfig, value: float) -> str:
    return f"{value:g} s" if SIGNALS[rule.signal].unit == "s" else f"{value:g}"


def _sustained(rule: RuleConfig) -> str:
    if not rule.for_min:
        return ""
    if SIGNALS[rule.signal].of is not Of.CAGE_MINUTE:
        return f" for {rule.for_min:g} min"
    if rule.kind is AlarmKind.TECHNICAL:
        return f" for {rule.for_min:g} min in a row"
    return f" for {rule.for_min:g} min in a row of those with coverage {rule.minimum_coverage:g} or more"


def _validation(config: Config) -> str:
    if config.classifier.model.startswith(_SHIPPED):
        return "The model was trained on rendered animals and is not validated on live animals."
    return "See the model's card for the animals that it was validated on."


def _shown(rule: RuleConfig) -> tuple[Board, int]:
    """The panel that shows what the rule judges."""
    match rule.signal:
        case Signal.PAIN_PROBABILITY:
            return Board.CAGE, CagePanel.PROBABILITY
        case Signal.ACTION_UNIT:
            return Board.CAGE, CagePanel.UNITS
        case Signal.COVERAGE | Signal.BLIND_RULES | Signal.JUDGED_SHARE:
            return Board.CAGE, CagePanel.COVERAGE
        case Signal.OUT_OF_DOMAIN_SHARE | Signal.ENGINE_ERROR_SHARE:
            return Board.CAGE, CagePanel.SKIPPED
        case _:
            return Board.SYSTEM, SystemPanel.READINGS
