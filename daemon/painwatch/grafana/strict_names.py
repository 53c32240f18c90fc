"""What must hold between provisioning files: names that are used are defined, and none twice. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from painwatch.config.explain import closest
from painwatch.config.yaml_tree import Fault, Path, Tree
from painwatch.grafana.strict_faults import faults_of
from painwatch.grafana.strict_models import AlertingFile, Below, Root
from painwatch.grafana.strict_parts import SETTINGS

BUILT_IN = "grafana-default-email"
"""The contact point that a Grafana has from the beginning."""

_File = tuple[Tree, AlertingFile, list[Fault]]
_Named = tuple[list[Fault], Tree, Path, str]


def name_faults(files: Sequence[_File], *, whole: bool) -> None:
    """Adds to each file's faults what is wrong with its names; `whole`: no file is left out because it is broken."""
    _once("alert rule", "uid", (one for file in files for one in _rules(file, "uid")))
    _once("receiver", "uid", (one for file in files for one in _receiver_uids(file)))
    _titles(files)
    for tree, content, faults in files:
        faults.extend(_settings(tree, content))
    known = [BUILT_IN, *(point.name for _, content, _ in files for point in content.contactPoints)]
    for faults, tree, path, name in (one for file in files for one in _used(file)):
        if whole and name not in known:
            mend = f"{closest(name, known)}define it under `contactPoints:`, or name the file that does"
            faults.append(Fault(tree.at(path), f'there is no contact point "{name}" in these files', mend))


def _once(noun: str, key: str, named: Iterator[_Named]) -> None:
    seen: set[str] = set()
    for faults, tree, path, name in named:
        if name in seen:
            faults.append(Fault(tree.at(path), f'a second {noun} with the {key} "{name}"', f"give it another {key}"))
        seen.add(name)


def _rules(file: _File, key: str) -> Iterator[_Named]:
    tree, content, faults = file
    for g, group in enumerate(content.groups):
        for r, rule in enumerate(group.rules):
            yield faults, tree, ("groups", g, "rules", r, key), getattr(rule, key)


def _receiver_uids(file: _File) -> Iterator[_Named]:
    tree, content, faults = file
    for p, point in enumerate(content.contactPoints):
        for r, receiver in enumerate(point.receivers):
            yield faults, tree, ("contactPoints", p, "receivers", r, "uid"), receiver.uid


def _titles(files: Sequence[_File]) -> None:
    """Rules of one folder must differ in their titles."""
    seen: set[tuple[int, str, str]] = set()
    for tree, content, faults in files:
        for g, group in enumerate(content.groups):
            for r, rule in enumerate(group.rules):
                key = (group.orgId, group.folder, rule.title)
                if key in seen:
                    what = f'a second alert rule "{rule.title}" in folder "{group.folder}"'
                    mark = tree.at(("groups", g, "rules", r, "title"))
                    faults.append(Fault(mark, what, "give it another title: Grafana takes one of a title in a folder"))
                seen.add(key)


def _settings(tree: Tree, content: AlertingFile) -> Iterator[Fault]:
    for p, point in enumerate(content.contactPoints):
        for r, receiver in enumerate(point.receivers):
            model = SETTINGS.get(receiver.type)
            if model is None:
                continue
            try:
                model.model_validate(receiver.settings)
            except ValidationError as error:
                below = ("contactPoints", p, "receivers", r, "settings")
                yield from faults_of(error, tree, model, below, hidden=True)


def _used(file: _File) -> Iterator[_Named]:
    tree, content, faults = file
    for index, root in enumerate(content.policies):
        for path, name in _receivers(root, ("policies", index)):
            yield faults, tree, path, name
    for g, group in enumerate(content.groups):
        for r, rule in enumerate(group.rules):
            if rule.notification_settings is not None:
                path = ("groups", g, "rules", r, "notification_settings", "receiver")
                yield faults, tree, path, rule.notification_settings.receiver


def _receivers(policy: Root | Below, path: Path) -> Iterator[tuple[Path, str]]:
    if policy.receiver is not None:
        yield (*path, "receiver"), policy.receiver
    for index, below in enumerate(policy.routes):
        yield from _receivers(below, (*path, "routes", index))
