"""The alarm rules: the one definition that the hub, the backtest, the page and the dashboards go by."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from painwatch.config.names import Name
from painwatch.config.sources import Model
from painwatch.core.alarms import Priority
from painwatch.core.signals import SIGNALS, AlarmKind, Of, Signal


class BaselineConfig(Model):
    """Compare each value with the same animal's own mean: give exactly one of the two."""

    first_minutes: int | None = Field(
        default=None, ge=1, le=10_080, description="the first so many minutes that could be judged"
    )
    marked: bool = Field(default=False, description="the minutes of the cage's interval that was marked `baseline`")

    @model_validator(mode="after")
    def _one_of_two(self) -> BaselineConfig:
        if (self.first_minutes is None) is not self.marked:
            raise ValueError("needs exactly one of first_minutes and marked")
        return self


class EscalationStep(Model):
    """What happens when nobody has acknowledged an alarm."""

    after_min: float = Field(gt=0, le=1440, description="counted from when the alarm became active")
    priority: Priority | None = Field(default=None, description="the alarm's priority from then on; unset: as it was")
    notify: tuple[Name, ...] = Field(default=(), description="targets that are told then, besides the rule's own")


class RuleConfig(Model):
    """When a person is asked to look. The signal says whether it is a welfare or a technical alarm."""

    name: Name
    signal: Signal = Field(description="see alarms.md for what each is and its unit")
    unit: str | None = Field(default=None, description="the action unit, for `signal: action_unit`, such as orbital")
    above: float | None = Field(default=None, description="raised at or above this value (give this or `below`)")
    below: float | None = Field(default=None, description="raised below this value")
    clear: float | None = Field(
        default=None, description="ends only beyond this value (hysteresis); unset: the threshold itself"
    )
    for_min: float = Field(
        default=0, ge=0, le=1440, description="must hold this long; minutes that cannot be judged do not count"
    )
    clear_for_min: float = Field(default=0, ge=0, le=1440, description="must have ended for this long")
    longest_gap_min: float = Field(
        default=30,
        gt=0,
        le=1440,
        description="a pending alarm is given up after so long without a judged minute",
    )
    minimum_coverage: float = Field(
        default=0.5, gt=0, le=1, description="minutes with less can neither raise nor clear (welfare rules)"
    )
    baseline: BaselineConfig | None = Field(
        default=None, description="hold the difference to the animal's own mean against the threshold"
    )
    scope: Literal["cage", "group", "all"] = Field(
        default="cage", description="an alarm for each cage, for each group of cages pooled, or one for all of them"
    )
    cages: tuple[Name, ...] | None = Field(default=None, min_length=1, description="only these; unset: all")
    groups: tuple[Name, ...] | None = Field(default=None, min_length=1, description="only cages of these groups")
    priority: Priority = Priority.MEDIUM
    cooldown_min: float = Field(
        default=0, ge=0, le=1440, description="an alarm that comes back within this time is shown, but not sent again"
    )
    latched: bool | None = Field(
        default=None, description="stays until a person has seen it; unset: true for welfare, false for technical rules"
    )
    escalation: tuple[EscalationStep, ...] = Field(default=(), max_length=5)
    notify: tuple[Name, ...] | None = Field(
        default=None, description="targets that are told; unset: every target that takes this kind and priority"
    )
    runbook: str = Field(default="", max_length=500, description="where it says what to do: a link or a text")

    @property
    def kind(self) -> AlarmKind:
        return SIGNALS[self.signal].kind

    @property
    def threshold(self) -> float:
        """The value at which it is raised."""
        return self.above if self.above is not None else self.below  # type: ignore[return-value]

    @property
    def clear_at(self) -> float:
        """The value beyond which it ends."""
        return self.threshold if self.clear is None else self.clear

    @property
    def stays(self) -> bool:
        """Whether it stays until a person has seen it."""
        return self.kind is AlarmKind.WELFARE if self.latched is None else self.latched

    @model_validator(mode="after")
    def _makes_sense(self) -> RuleConfig:
        if (self.above is None) == (self.below is None):
            raise ValueError("needs exactly one of above and below")
        if self.clear is not None and (
            self.clear > self.threshold if self.above is not None else self.clear < self.threshold
        ):
            raise ValueError("clear lies on the wrong side of the threshold: an alarm would end while it is raised")
        if (self.signal is Signal.ACTION_UNIT) != (self.unit is not None):
            raise ValueError("unit goes with signal action_unit, and only with it")
        if self.baseline is not None and (self.kind is not AlarmKind.WELFARE or self.scope != "cage"):
            raise ValueError("baseline goes with a welfare signal of scope cage")
        if self.scope != "cage" and SIGNALS[self.signal].of is not Of.CAGE_MINUTE:
            raise ValueError("scope goes with signals of a cage's minutes")
        if SIGNALS[self.signal].of not in (Of.CAGE_MINUTE, Of.CAGE, Of.CAMERA) and (self.cages or self.groups):
            raise ValueError("cages and groups go with signals of cages and cameras")
        return self


class AlarmsConfig(Model):
    """The rules; those that watch the watch itself are built in, and one of the same name takes a built-in's place."""

    rules: tuple[RuleConfig, ...] = Field(default=(), description="see alarms.md for the built-in ones")
    off: tuple[Name, ...] = Field(default=(), description="built-in rules that are not wanted; the page says so")
