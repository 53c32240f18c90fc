"""What stands between a Grafana and the alerting it is to hold: contact points, rules, our policy. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from painwatch.core.errors import PainwatchError
from painwatch.grafana.api_forms import tree_with
from painwatch.grafana.as_read import contact_point_as_read, group_as_read, policy_as_read, rule_as_read
from painwatch.grafana.client import Grafana
from painwatch.grafana.differences import differ
from painwatch.grafana.names import contact_point_uid, site_label
from painwatch.grafana.steps import Step, refuse_files
from painwatch.grafana.wanted import Wanted

NEWER = {"missingSeriesEvalsToResolve": "it ends alerts of cages that are not seen after two evaluations"}
"""Settings of rules that Grafana has from 12.0 on and painwatch uses, with what becomes of alerts without them."""


def contact_point_steps(
    grafana: Grafana, wanted: Wanted, found: Sequence[Mapping[str, Any]], *, renew: bool
) -> Iterator[Step]:
    """The contact points, of which all that there are were `found`; `renew`: also those that seem as they should be."""
    there = {point.get("uid"): point for point in found}
    for point in wanted.contact_points:
        form, old = point.form, there.get(point.form["uid"])
        what = f'contact point "{form["name"]}"'
        if old is None:
            after = contact_point_as_read(form, point.secret)
            yield Step(what, None, after, partial(grafana.make_contact_point, form))
            continue
        before = contact_point_as_read(old, point.secret)
        after = contact_point_as_read(form, point.secret, old.get("settings") or {})
        if differ(before, after) or (renew and point.secret):
            refuse_files(what, old.get("provenance"))
            yield Step(what, before, after, partial(grafana.change_contact_point, form["uid"], form))


def group_steps(grafana: Grafana, wanted: Wanted) -> Iterator[Step]:
    """The rule groups, each with all its rules.

    Raises:
        PainwatchError: somebody's own rule is in one of them: it would be lost.
    """
    for name, form in wanted.groups.items():
        what = f'rule group "{name}"'
        found = grafana.rule_group(wanted.folder_uid, name)
        before, after = group_as_read(found) if found is not None else None, group_as_read(form)
        if before is not None and not differ(before, after):
            continue
        for rule in (found or {}).get("rules") or ():
            refuse_files(f'alert rule "{rule.get("title")}"', rule.get("provenance"))
            if rule.get("uid") not in wanted.rule_uids and not _ours(rule, wanted):
                mend = "move it into a group or folder of its own: this group is painwatch's, and is written as a whole"
                where = f'alert rule "{rule.get("title")}" of {what}'
                raise PainwatchError("is not painwatch's, and would be lost", where=where, mend=mend)
        yield Step(what, before, after, partial(_saved, grafana, wanted, name, form))


def begun_anew(steps: Iterable[Step]) -> tuple[str, ...]:
    """Titles of the rules of which Grafana forgets what was raised, when these steps are done.

    It does so when anything but a rule's annotations changes, or its place in the group (its own source,
    pkg/services/ngalert/schedule: the fingerprint of a rule).
    """
    return tuple(title for step in steps if step.act == "change" for title in _begun_anew(step.before, step.after))


def policy_steps(grafana: Grafana, wanted: Wanted) -> Iterator[Step]:
    """Our own notification policy in the tree of all of them; no other is changed."""
    tree = grafana.policies()
    before, after = policy_as_read(tree), policy_as_read(tree_with(tree, wanted.route, wanted.config))
    if differ(before, after):
        refuse_files("notification policies", tree.get("provenance"))
        yield Step("notification policy", before, after, partial(_replanted, grafana, wanted))


def leftover_rules(grafana: Grafana, wanted: Wanted, found: Sequence[Mapping[str, Any]]) -> Iterator[Step]:
    """Rules of ours that the configuration no longer asks for, of all that were `found`.

    Raises:
        PainwatchError: one that it asks for comes from a provisioning file, which made it in another folder.
    """
    for rule in found:
        if rule.get("uid") in wanted.rule_uids and rule.get("folderUID") != wanted.folder_uid:
            refuse_files(f'alert rule "{rule.get("title")}"', rule.get("provenance"))
        # A group that is written takes those along that are no longer in it.
        written = rule.get("ruleGroup") in wanted.groups
        if _ours(rule, wanted) and rule.get("uid") not in wanted.rule_uids and not written:
            what = f'alert rule "{rule.get("title")}"'
            refuse_files(what, rule.get("provenance"))
            uid = str(rule["uid"])
            yield Step(what, rule_as_read(rule), None, partial(grafana.delete_rule, uid))


def leftover_contact_points(grafana: Grafana, wanted: Wanted, found: Sequence[Mapping[str, Any]]) -> Iterator[Step]:
    """Contact points of ours that the configuration no longer asks for, of all that were `found`."""
    asked_for = {point.form["uid"] for point in wanted.contact_points}
    for point in found:
        uid, name = str(point.get("uid")), str(point.get("name"))
        if uid not in asked_for and _named_by_us(wanted.site, uid, name):
            what, hidden = f'contact point "{name}"', tuple(point.get("settings") or ())
            refuse_files(what, point.get("provenance"))
            before = contact_point_as_read(point, hidden)
            yield Step(what, before, None, partial(grafana.delete_contact_point, uid))


def _begun_anew(before: Any, after: Any) -> Iterator[str]:
    if "order" not in before:
        return
    for title, rule in before["rules"].items():
        new = after["rules"].get(title)
        if new is not None and (
            differ(rule | {"annotations": {}}, new | {"annotations": {}})
            or before["order"].index(rule["uid"]) != after["order"].index(new["uid"])
        ):
            yield title


def _ours(rule: Mapping[str, Any], wanted: Wanted) -> bool:
    labels = rule.get("labels") or {}
    labelled = labels.get("source") == "painwatch" and labels.get("site") == site_label(wanted.site)
    return labelled and str(rule.get("uid")).startswith("painwatch-") and rule.get("folderUID") == wanted.folder_uid


def _named_by_us(site: str, uid: str, name: str) -> bool:
    """Whether a uid is made of this site and the end of a contact point's name: that in the configuration."""
    return any(contact_point_uid(site, name[start:]) == uid for start in range(len(name)))


def _saved(grafana: Grafana, wanted: Wanted, name: str, form: dict[str, Any]) -> Sequence[str]:
    told = grafana.put_rule_group(wanted.folder_uid, name, form)
    taken = {rule.get("uid"): rule_as_read(rule) for rule in (told or {}).get("rules") or ()}
    asked = [(rule_as_read(rule), taken.get(rule["uid"])) for rule in form["rules"]]
    lost = [key for key in NEWER if any(new[key] != old[key] for new, old in asked if old is not None)]
    return [f"this Grafana does not know `{key}`: {NEWER[key]}" for key in lost]


def _replanted(grafana: Grafana, wanted: Wanted) -> None:
    # Read again, so that hardly any time is left in which somebody's change could be lost.
    tree = grafana.policies()
    refuse_files("notification policies", tree.get("provenance"))
    new = tree_with(tree, wanted.route, wanted.config)
    provenance = new.pop("provenance", "")
    grafana.put_policies(new, editable=not provenance)
