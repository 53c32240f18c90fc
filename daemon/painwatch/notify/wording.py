"""An alarm's transition in a person's words. Pure."""

from __future__ import annotations

from datetime import UTC, tzinfo

from painwatch.config.models import Config
from painwatch.core.alarms import Notice, Transition


def notices_of(transition: Transition, config: Config, validation: str = "", zone: tzinfo = UTC) -> tuple[Notice, ...]:
    """What each target in `transition.notify` is to be told; targets that `config` no longer has are left out.

    Args:
        validation: what the model's card says of its validation, told wherever a score is.
        zone: the reader's; times are told in UTC besides.
    """
    raise NotImplementedError
