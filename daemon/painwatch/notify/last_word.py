"""What is told when the hub itself is down: sent at once, without a history."""

from __future__ import annotations

from pathlib import Path

from painwatch.config.models import Config
from painwatch.notify.delivery import Delivery


def last_word(config: Config, about: str, *, config_dir: Path) -> dict[str, Delivery]:
    """Tells every target that takes technical alarms of high priority, all at the same time; what became of each."""
    raise NotImplementedError
