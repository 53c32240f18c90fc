"""Alert rules, contact points and notification policies of the stand-in: what Grafana keeps and answers.

After pkg/services/ngalert/{api/api_provisioning.go,provisioning,models} of Grafana 11 and 12.
"""

from __future__ import annotations

import copy
import re
from typing import Any

from servers.grafana_schemas import CONTACT_POINT, GROUP, ROUTE, wrong
from servers.grafana_things import Answered, Things, bad

REDACTED = "[REDACTED]"
SECURE = {"slack": {"url", "token"}, "teams": {"url"}, "webhook": {"password"}, "email": set()}
NEEDED = {"slack": "url", "teams": "url", "webhook": "url", "email": "addresses"}
NEWER = ("keep_firing_for", "missingSeriesEvalsToResolve")
SCHEDULER_S = 10


class Alerting:
    """`rules` by uid; `intervals` in s by folder and group; `points` by uid, with their secrets; `tree` of policies."""

    def __init__(self, things: Things, version: str) -> None:
        self.rules: dict[str, dict[str, Any]] = {}
        self.intervals: dict[tuple[str, str], int] = {}
        self.points: dict[str, dict[str, Any]] = {}
        self.tree: dict[str, Any] = {"receiver": "grafana-default-email", "group_by": ["grafana_folder", "alertname"]}
        self.tree_provenance = ""
        self._things, self._lacks = things, NEWER if int(version.split(".")[0] or 99) < 12 else ()
        default = {"uid": "", "name": "grafana-default-email", "type": "email", "settings": {"addresses": "<x@y>"}}
        self.points[""] = default | {"disableResolveMessage": False, "provenance": ""}

    def answer(self, method: str, parts: list[str], body: Any, *, editable: bool) -> Answered | None:
        """The answer, or None if it is not asked for any of this."""
        provenance = "" if editable else "api"
        match method, parts:
            case "GET", ["alert-rules"]:
                return 200, [self._shown(rule) for rule in self.rules.values()]
            case "DELETE", ["alert-rules", uid]:
                return self._delete_rule(uid, provenance)
            case "GET", ["folder", folder, "rule-groups", name]:
                rules = [self._shown(rule) for rule in self._of_group(folder, name)]
                if not rules:
                    return 404, {"messageId": "alerting.alertRuleGroup.notFound", "message": "", "statusCode": 404}
                interval = self.intervals[folder, name]
                return 200, {"title": name, "folderUid": folder, "interval": interval, "rules": rules}
            case "PUT", ["folder", folder, "rule-groups", name]:
                return self._put_group(folder, name, body, provenance)
            case "GET", ["contact-points"]:
                return 200, sorted(map(self._hidden, self.points.values()), key=lambda point: point["name"])
            case "POST", ["contact-points"]:
                return self._make_point(body, provenance)
            case "PUT", ["contact-points", uid]:
                return self._change_point(uid, body, provenance)
            case "DELETE", ["contact-points", uid]:
                return self._delete_point(uid)
            case "GET", ["policies"]:
                return 200, self.tree | ({"provenance": self.tree_provenance} if self.tree_provenance else {})
            case "PUT", ["policies"]:
                return self._put_tree(body, provenance)
        return None

    def _of_group(self, folder: str, name: str) -> list[dict[str, Any]]:
        return [one for one in self.rules.values() if (one["folderUID"], one["ruleGroup"]) == (folder, name)]

    def _shown(self, rule: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in rule.items() if value not in ({}, "", None) or key == "queryType"}

    def _put_group(self, folder: str, name: str, body: Any, provenance: str) -> Answered:
        if fault := wrong(body, GROUP):
            return bad(fault)
        if folder not in self._things.folders:
            return 400, {"message": "invalid alert rule: folder does not exist"}
        if body["interval"] % SCHEDULER_S:
            words = f"interval ({body['interval']}s) should be non-zero and divided exactly by scheduler interval: 10s"
            return 400, {"message": f"invalid alert rule: {words}"}
        if fault := self._fault(folder, name, body["rules"]):
            return 400, {"message": f"invalid alert rule: {fault}"}
        gone = [one for one in self._of_group(folder, name) if one["uid"] not in {r.get("uid") for r in body["rules"]}]
        touched = [*gone, *(self.rules[r["uid"]] for r in body["rules"] if r.get("uid") in self.rules)]
        if any(one["provenance"] not in ("", "api") for one in touched):
            words = f"cannot update with provided provenance '{provenance}', needs 'file'"
            return 409, {"message": words, "messageId": "alerting.provenanceMismatch", "statusCode": 409}
        for one in gone:
            del self.rules[one["uid"]]
        # The order of the rules is that of the body.
        for rule in body["rules"]:
            kept = self._kept(rule, folder, name, provenance)
            self.rules.pop(kept["uid"], None)
            self.rules[kept["uid"]] = kept
        self.intervals[folder, name] = body["interval"]
        known = [{key: value for key, value in rule.items() if key not in self._lacks} for rule in body["rules"]]
        return 200, body | {"folderUid": folder, "title": name, "rules": known}

    def _fault(self, folder: str, name: str, rules: list[dict[str, Any]]) -> str:
        uids = [rule["uid"] for rule in rules if "uid" in rule]
        elsewhere = [one for one in self.rules.values() if one["folderUID"] == folder and one["uid"] not in uids]
        titles = [one["title"] for one in elsewhere if one["ruleGroup"] != name] + [rule["title"] for rule in rules]
        if len(set(titles)) < len(titles):
            return "a conflicting alert rule is found: rule title under the same folder should be unique"
        if len(set(uids)) < len(uids):
            return "rule UID is not unique"
        for rule in rules:
            refs = [query["refId"] for query in rule["data"]]
            if rule["condition"] not in refs or len(set(refs)) < len(refs):
                return f"condition {rule['condition']} does not exist, must be one of {refs}"
            for query in rule["data"]:
                between = query.get("relativeTimeRange", {})
                if query["datasourceUid"] != "__expr__" and between.get("from", 0) <= between.get("to", 0):
                    return f"invalid relative time range: {between}"
                if query["datasourceUid"] not in ("__expr__", *self._things.data_sources):
                    return f"data source {query['datasourceUid']} is not there"
        return ""

    def _kept(self, rule: dict[str, Any], folder: str, name: str, provenance: str) -> dict[str, Any]:
        kept = {key: value for key, value in copy.deepcopy(rule).items() if key not in self._lacks}
        for query in kept["data"]:
            query["model"] = {"intervalMs": 1000, "maxDataPoints": 43_200} | query["model"]
            query.setdefault("queryType", "")
            query["relativeTimeRange"] = {"from": 0, "to": 0} | query.get("relativeTimeRange", {})
        uid = kept.get("uid") or f"made-{self._things.new_id()}"
        defaults = {"isPaused": False} | ({} if self._lacks else {"keep_firing_for": "0s"})
        own = {"id": self._things.new_id(), "uid": uid, "orgID": 1, "folderUID": folder, "ruleGroup": name}
        given = defaults | kept | own | {"updated": "2026-01-01T00:00:00Z", "provenance": provenance}
        durations = {key: _duration(given[key]) for key in ("for", "keep_firing_for") if key in given}
        return given | durations

    def _delete_rule(self, uid: str, provenance: str) -> Answered:
        rule = self.rules.get(uid)
        if rule is not None and rule["provenance"] not in ("", provenance):
            words = f"cannot delete with provided provenance '{provenance}', needs '{rule['provenance']}'"
            return 409, {"message": words, "messageId": "alerting.provenanceMismatch", "statusCode": 409}
        self.rules.pop(uid, None)
        return 204, None

    def _hidden(self, point: dict[str, Any]) -> dict[str, Any]:
        secure = SECURE[point["type"]]
        settings = {key: REDACTED if key in secure and value else value for key, value in point["settings"].items()}
        return {key: value for key, value in (point | {"settings": settings}).items() if value != ""}

    def _make_point(self, body: Any, provenance: str) -> Answered:
        if fault := wrong(body, CONTACT_POINT) or self._point_fault(body):
            return bad(fault)
        uid = body.get("uid") or f"made-{self._things.new_id()}"
        if uid in self.points:
            words = f"Receiver configuration with UID '{uid}' already exists in contact point"
            return 409, {"message": words, "messageId": "alerting.notifications.contact-points.uidInUse"}
        self.points[uid] = {"disableResolveMessage": False} | body | {"uid": uid, "provenance": provenance}
        return 202, self._hidden(self.points[uid])

    def _change_point(self, uid: str, body: Any, provenance: str) -> Answered:
        if fault := wrong(body, CONTACT_POINT) or self._point_fault(body):
            return bad(fault)
        there = self.points.get(uid)
        if there is None:
            return 404, {"message": f"object not found: contact point with uid '{uid}' not found"}
        if there["provenance"] not in ("", provenance):
            return 500, {"message": f"cannot change provenance from '{there['provenance']}' to '{provenance}'"}
        settings = {
            key: there["settings"].get(key) if value == REDACTED else value for key, value in body["settings"].items()
        }
        self.points[uid] = {"disableResolveMessage": False} | body | {"settings": settings, "uid": uid}
        self.points[uid]["provenance"] = provenance
        return 202, {"message": "contactpoint updated"}

    def _point_fault(self, body: dict[str, Any]) -> str:
        needed = NEEDED[body["type"]]
        return "" if body["settings"].get(needed) else f"invalid object specification: no {needed} in settings"

    def _delete_point(self, uid: str) -> Answered:
        point = self.points.get(uid)
        if point is not None:
            if point["name"] in _receivers(self.tree) and len(self._called(point["name"])) == 1:
                words = "Contact point is currently referenced by a notification policy."
                return 409, {"message": words, "messageId": "alerting.notifications.contact-points.referenced"}
            del self.points[uid]
        return 202, {"message": "contactpoint deleted"}

    def _called(self, name: str) -> list[dict[str, Any]]:
        return [point for point in self.points.values() if point["name"] == name]

    def _put_tree(self, body: Any, provenance: str) -> Answered:
        if fault := wrong(body, ROUTE):
            return bad(fault)
        if any(body.get(key) for key in ("match", "match_re", "matchers", "object_matchers", "continue")):
            return 400, {"message": "invalid object specification: root route must not have any matchers"}
        if not body.get("receiver"):
            return 400, {"message": "invalid object specification: root route must specify a default receiver"}
        unknown = [name for name in _receivers(body) if not self._called(name)]
        if unknown:
            return 400, {"message": f"invalid object specification: receiver '{unknown[0]}' does not exist"}
        if self.tree_provenance and not provenance:
            return 409, {"message": f"cannot change provenance from '{self.tree_provenance}' to ''"}
        self.tree, self.tree_provenance = _as_stored(body), provenance
        return 202, {"message": "policies updated"}


def _receivers(route: dict[str, Any]) -> set[str]:
    below = [_receivers(one) for one in route.get("routes", [])]
    return {name for name in (route.get("receiver"),) if name}.union(*below)


def _as_stored(route: dict[str, Any]) -> dict[str, Any]:
    kept = {
        key: value for key, value in route.items() if value not in ("", None, False, [], {}) and key != "provenance"
    }
    if "object_matchers" in kept:
        kept["object_matchers"] = sorted(kept["object_matchers"])
    if "routes" in kept:
        kept["routes"] = [_as_stored(below) for below in kept["routes"]]
    return kept


def _duration(text: str) -> str:
    """As Prometheus' Duration writes itself: in weeks and days only where they come out even."""
    units = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "y": 31_536_000_000}
    left = sum(int(count) * units[unit] for count, unit in re.findall(r"(\d+)(ms|s|m|h|d|w|y)", text))
    if left == 0:
        return "0s"
    parts = []
    for unit, exact in (("y", True), ("w", True), ("d", True), ("h", False), ("m", False), ("s", False), ("ms", False)):
        if not exact or left % units[unit] == 0:
            count, left = divmod(left, units[unit])
            parts += [f"{count}{unit}"] if count else []
    return "".join(parts)
