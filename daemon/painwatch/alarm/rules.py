"""The rules in force: those of the watch itself that are built in, and the user's."""

from __future__ import annotations

from dataclasses import dataclass

from painwatch.config.alarms import RuleConfig
from painwatch.config.models import Config


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in force. `hash`: SHA-256 of its definition in hex; `built_in`: not written by the user."""

    config: RuleConfig
    hash: str
    built_in: bool


def rules_of(config: Config) -> tuple[Rule, ...]:
    """Every rule in force: the user's in file order, then the built-in ones that are neither replaced nor off."""
    raise NotImplementedError
