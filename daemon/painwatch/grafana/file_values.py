"""Values as Grafana's provisioning files take them. Pure.

Grafana puts variables of its environment in the place of every `$` in them; two of them are one that is meant. What is
secret it reads itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from painwatch.config.sources import Secret


def literal(value: Any) -> Any:
    """`value` without variables in it."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, list):
        return [literal(inner) for inner in value]
    if isinstance(value, dict):
        return {key: literal(inner) for key, inner in value.items()}
    return value


def pointed_to(secret: Secret, config_dir: Path) -> str:
    """Where Grafana itself reads it: its own environment, or a file on its own host."""
    if secret.env is not None:
        return f"$__env{{{secret.env}}}"
    return f"$__file{{{(config_dir / (secret.file or Path())).absolute()}}}"
