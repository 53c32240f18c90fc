"""How a value is shown, by a panel's settings: its words, its colour, its unit."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from typing import Any

GREY = "#8C8C8C"

_FRACTIONS = {"percentunit": (100, " %"), "percent": (1, " %"), "hertz": (1, " Hz"), "ms": (1, " ms"), "s": (1, " s")}


@dataclass(frozen=True, slots=True)
class Look:
    """The settings of one field: the panel's, with what is overridden for its name."""

    settings: dict[str, Any]
    now_s: float

    def custom(self, name: str, default: Any = None) -> Any:
        return self.settings.get(f"custom.{name}", default)

    @property
    def colour(self) -> str:
        return str(self.settings.get("color", {}).get("fixedColor", GREY))

    def told(self, value: Any) -> tuple[str, str | None]:
        """Words, and the colour that a mapping or threshold gives, if any."""
        for mapping in self.settings.get("mappings", ()):
            if (result := _mapped(mapping, value)) is not None:
                return result["text"], result.get("color")
        if value is None:
            return "", None
        by_limit = self.settings.get("color", {}).get("mode") == "thresholds"
        return self.number(value), self.step_colour(value) if by_limit else None

    def step_colour(self, value: float) -> str:
        steps = self.settings.get("thresholds", {}).get("steps", [])
        return str([step["color"] for step in steps if step["value"] is None or value >= step["value"]][-1])

    def number(self, value: Any) -> str:
        unit, decimals = self.settings.get("unit", ""), self.settings.get("decimals")
        if isinstance(value, str):
            return value
        if unit == "dateTimeFromNow":
            return _ago(self.now_s - value)
        if unit == "bytes":
            power = 0 if value < 1 else min(3, int(math.log(value, 1024)))
            return f"{value / 1024**power:.3g} {('B', 'KiB', 'MiB', 'GiB')[power]}"
        factor, sign = _FRACTIONS.get(unit, (1, ""))
        shown = value * factor
        return (f"{shown:.{decimals}f}" if decimals is not None else f"{shown:.4g}") + sign

    def time(self, value: float) -> str:
        if self.settings.get("unit") == "dateTimeFromNow":
            return self.number(value)
        return datetime.datetime.fromtimestamp(value, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")


def look_of(panel: dict[str, Any], name: str, now_s: float) -> Look:
    """Of the field called `name`."""
    config = panel.get("fieldConfig") or {}
    defaults = dict(config.get("defaults") or {})
    custom = defaults.pop("custom", None) or {}
    settings = defaults | {f"custom.{key}": value for key, value in custom.items()}
    for override in config.get("overrides") or ():
        if override["matcher"] == {"id": "byName", "options": name}:
            settings |= {one["id"]: one["value"] for one in override["properties"]}
    return Look(settings, now_s)


def _mapped(mapping: dict[str, Any], value: Any) -> dict[str, Any] | None:
    options = mapping["options"]
    match mapping["type"]:
        case "value":
            told = options.get(str(int(value)) if isinstance(value, float) and value.is_integer() else str(value))
        case "range":
            within = isinstance(value, int | float) and options["from"] <= value <= options["to"]
            told = options["result"] if within else None
        case _:
            told = options["result"] if value is None else None
    return told if told is None else dict(told)


def _ago(seconds: float) -> str:
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {word}{'s' if count > 1 else ''} ago"
    return "a few seconds ago"
