"""Whether provisioning files are what Grafana takes: every key and value known, every name that is used defined."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from painwatch.core.errors import Problem


def check_files(paths: Sequence[Path]) -> tuple[Problem, ...]:
    """Everything that is wrong with these alerting files together, in file order; none if Grafana will take them.

    A file that cannot be read is a problem like any other. Names (contact points, uids) may be defined in any of them.
    """
    raise NotImplementedError
