"""Whether provisioning files are what Grafana takes: every key and value known, every name that is used defined."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from painwatch.config.loader import read_text, told_in_order
from painwatch.config.yaml_tree import Fault, Mark, Tree, read_tree
from painwatch.core.errors import ConfigError, Problem
from painwatch.grafana.strict_faults import faults_of
from painwatch.grafana.strict_models import AlertingFile
from painwatch.grafana.strict_names import name_faults
from painwatch.grafana.strict_rules import group_faults


@dataclass(slots=True)
class _Read:
    """A file as far as it could be read; `content` None: it is not of the right shape."""

    path: Path
    tree: Tree = field(default_factory=Tree)
    content: AlertingFile | None = None
    faults: list[Fault] = field(default_factory=list)
    unreadable: tuple[Problem, ...] = ()


def check_files(paths: Sequence[Path]) -> tuple[Problem, ...]:
    """Everything that is wrong with these alerting files together, in file order; none if Grafana will take them.

    A file that cannot be read is a problem like any other. Names (contact points, uids) may be defined in any of them.
    """
    files = [_read(path) for path in paths]
    shaped = [(file.tree, file.content, file.faults) for file in files if file.content is not None]
    for tree, content, faults in shaped:
        for index, group in enumerate(content.groups):
            faults.extend(group_faults(tree, ("groups", index), group))
    name_faults(shaped, whole=len(shaped) == len(files))
    return tuple(problem for file in files for problem in (*file.unreadable, *told_in_order(file.path, file.faults)))


def _read(path: Path) -> _Read:
    if not os.path.lexists(path):
        return _Read(path, unreadable=(Problem(str(path), 1, 1, "there is no such file", "Check the path"),))
    try:
        text = read_text(path)
    except ConfigError as error:
        return _Read(path, unreadable=error.problems)
    tree = read_tree(text)
    faults = list(tree.faults)
    if not isinstance(tree.value, dict):
        if not faults or not text.strip():
            mend = "write `apiVersion: 1` and `groups:`, `contactPoints:` or `policies:`"
            faults = [Fault(Mark(1, 1), "the file holds no alerting", mend)]
        return _Read(path, tree, None, faults)
    try:
        content = AlertingFile.model_validate_json(json.dumps(tree.value), strict=True)
    except ValidationError as error:
        return _Read(path, tree, None, [*faults, *faults_of(error, tree, AlertingFile)])
    return _Read(path, tree, content, faults)
