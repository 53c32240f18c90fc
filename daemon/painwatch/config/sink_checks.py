"""What must hold between sinks. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from painwatch.config.delivery import InfluxConfig
from painwatch.config.plain import entries, get
from painwatch.config.yaml_tree import Fault, Tree

UNNAMED = str(InfluxConfig.model_fields["name"].default)


def sink_faults(tree: Tree) -> Iterator[Fault]:
    """Two sinks of one name, where one without a name has the default one: they would share an outbox."""
    first: dict[str, int] = {}
    for path, sink in entries(tree.value, ("sinks",)):
        if not isinstance(sink, dict):
            continue
        name = get(sink, ("name",)) if "name" in sink else UNNAMED
        mark = tree.at((*path, "name") if "name" in sink else path)
        if isinstance(name, str) and name in first:
            mend = "give each a `name` of its own"
            yield Fault(mark, f'a second sink named "{name}" (first on line {first[name]})', mend)
        elif isinstance(name, str):
            first[name] = mark.line
