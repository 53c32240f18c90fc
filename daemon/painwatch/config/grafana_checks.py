"""What must hold between `grafana` and the rest of a configuration. Works on plain values, as crosschecks do. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from painwatch.config.explain import closest
from painwatch.config.grafana import ANNOTATIONS
from painwatch.config.plain import entries, get
from painwatch.config.sink_checks import UNNAMED
from painwatch.config.yaml_tree import Fault, Tree

_GRAFANA = ("grafana",)


def grafana_faults(tree: Tree) -> Iterator[Fault]:
    """Every fault between what a Grafana is to be given and what it is made of."""
    yield from _sink_is_there(tree)
    yield from _reserved_name(tree)
    yield from _annotations_have_a_token(tree)


def _sink_names(tree: Tree) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for path, sink in entries(tree.value, ("sinks",)):
        name = get(sink, ("name",)) if isinstance(sink, dict) and "name" in sink else UNNAMED
        if isinstance(name, str):
            yield path, name


def _sink_is_there(tree: Tree) -> Iterator[Fault]:
    path = (*_GRAFANA, "sink")
    wanted, known = get(tree.value, path), [name for _, name in _sink_names(tree)]
    if isinstance(wanted, str) and wanted not in known:
        mend = f"{closest(wanted, known)}Sinks: {', '.join(known)}" if known else "there are no `sinks:` at all yet"
        yield Fault(tree.at(path), f'there is no sink "{wanted}"', mend)


def _reserved_name(tree: Tree) -> Iterator[Fault]:
    for path, name in _sink_names(tree):
        if name == ANNOTATIONS:
            what = f'"{ANNOTATIONS}" is what the annotations that go to Grafana are called'
            yield Fault(tree.at((*path, "name")), what, "rename this sink")


def _annotations_have_a_token(tree: Tree) -> Iterator[Fault]:
    path = (*_GRAFANA, "annotations")
    if get(tree.value, path) is True and get(tree.value, (*_GRAFANA, "token")) is None:
        mend = "add `token:` beside it, such as `{env: GRAFANA_TOKEN}`, or delete `annotations`"
        yield Fault(tree.key_at(path), "`annotations` needs a `token` of Grafana's to write them with", mend)
