"""Where passwords, tokens and addresses that hold them are read: the environment or a file, never the configuration."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from painwatch.config.sources import Secret
from painwatch.core.errors import PainwatchError

SecretReader = Callable[[Secret], str]
"""Gives what is behind a Secret; raises PainwatchError if there is none."""


def read_secret(secret: Secret, *, config_dir: Path, what: str = "the camera's password") -> str:
    """What `secret` points to, from the environment or a file, without a final line break.

    Args:
        what: it is called in faults, such as "the token of influxdb".

    Raises:
        PainwatchError: the variable is not set, or the file cannot be read.
    """
    if secret.env is not None:
        value = os.environ.get(secret.env)
        if value is None:
            raise PainwatchError("is not set", where=f"${secret.env}", mend=f"set it to {what}")
        return value
    path = config_dir / (secret.file or Path())
    try:
        return path.read_text("utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise PainwatchError(f"cannot be read ({why})", where=str(path), mend=f"put {what} there") from None
