"""What a watch goes by, for the audit log. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.metadata import version

from painwatch.alarm.rules import rules_of
from painwatch.config.models import Config
from painwatch.core.alarms import AuditNote
from painwatch.core.clock import Stamp


def in_force(config: Config, now: Stamp) -> AuditNote:
    """The program, its model and every rule, at a start of the hub."""
    rules = rules_of(config)
    definitions: Iterable[tuple[str, str]] = (
        (f"rule {rule.config.name}", json.dumps(rule.config.model_dump(mode="json"), sort_keys=True)) for rule in rules
    )
    facts = {
        "painwatch": version("painwatch"),
        "classifier": config.classifier.model,
        "off": ",".join(config.alarms.off),
    }
    return AuditNote("the hub began", now.wall_ns, facts | dict(definitions))
