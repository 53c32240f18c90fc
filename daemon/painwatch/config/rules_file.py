"""Alarm rules in a file of their own, held to the same checks as those in the configuration."""

from __future__ import annotations

from pathlib import Path

from painwatch.config.loader import Loaded, check_tree, read_text, told_in_order
from painwatch.config.yaml_tree import Fault, Mark, Tree, read_tree
from painwatch.config.yaml_tree import Path as TreePath
from painwatch.core.errors import ConfigError

_ALARMS = "alarms"


def load_rules(path: Path, base: Loaded) -> Loaded:
    """The configuration `base` with the rules in the YAML file `path` in the place of its own.

    The file holds `rules:`, as it stands under `alarms:` in a configuration, and `off:` if need be.

    Raises:
        ConfigError: with every problem found in the file, in file order; also when it cannot be read at all.
    """
    rules = read_tree(read_text(path))
    if not isinstance(rules.value, dict) or "rules" not in rules.value:
        mend = "write `rules:` and a list below it, as under `alarms:` of a configuration"
        raise ConfigError(told_in_order(path, rules.faults or [Fault(Mark(1, 1), "the file holds no rules", mend)]))
    return check_tree(_joined(base.tree, rules), path, base.path.absolute().parent)


def _joined(base: Tree, rules: Tree) -> Tree:
    """The configuration's document with these rules as its alarms; what is said of them points into their own file."""
    return Tree(
        value={**base.value, _ALARMS: rules.value},
        values=_moved(base.values, rules.values),
        keys=_moved(base.keys, rules.keys),
        faults=rules.faults,
    )


def _moved(base: dict[TreePath, Mark], rules: dict[TreePath, Mark]) -> dict[TreePath, Mark]:
    kept = {path: mark for path, mark in base.items() if path[:1] != (_ALARMS,)}
    return kept | {(_ALARMS, *path): mark for path, mark in rules.items()}
