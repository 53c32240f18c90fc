"""What Grafana's HTTP API takes: the bodies of the operations that painwatch uses, nothing unknown in them.

Facts from Grafana's published OpenAPI (public/api-merged.json of 12.x), and where that is behind the server, from the
server: it takes `KeepLast`, matchers as lists of three, and wants a title and a JSON body.
"""

from __future__ import annotations

from typing import Any

import jsonschema

TEXT: dict[str, Any] = {"type": "string"}
WHOLE: dict[str, Any] = {"type": "integer"}
YES_NO: dict[str, Any] = {"type": "boolean"}
ANY: dict[str, Any] = {"type": "object"}
TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": TEXT}
UID: dict[str, Any] = {"type": "string", "pattern": "^[a-zA-Z0-9_-]+$", "minLength": 1, "maxLength": 40}
NAME: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 190}
DURATION: dict[str, Any] = {"type": "string", "pattern": "^(0|([0-9]+(ms|s|m|h|d|w|y))+)$"}


def _thing(required: tuple[str, ...] = (), **fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}


def _list_of(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


FOLDER = _thing(("title",), title=NAME, uid=UID, parentUid=TEXT, description=TEXT)
FOLDER_CHANGE = _thing(title=NAME, description=TEXT, version={"type": ["integer", "null"]}, overwrite=YES_NO)

_DATA_SOURCE = {
    **dict.fromkeys(("name", "type", "url", "user", "database", "basicAuthUser"), TEXT),
    **dict.fromkeys(("basicAuth", "withCredentials", "isDefault"), YES_NO),
    "access": {"enum": ["proxy", "direct"]},
    "uid": UID,
    "jsonData": ANY,
    "secureJsonData": TEXTS,
}
DATA_SOURCE = _thing(("name", "type", "access"), **_DATA_SOURCE)
DATA_SOURCE_CHANGE = _thing(("name", "type", "access"), **_DATA_SOURCE, version=WHOLE)

DASHBOARD = _thing(
    ("dashboard",),
    dashboard={"type": "object", "required": ["title"], "properties": {"title": NAME, "id": {"type": "null"}}},
    folderUid=TEXT,
    message=TEXT,
    overwrite=YES_NO,
)

RANGE = {"from": WHOLE, "to": WHOLE}
QUERY = _thing(
    ("refId", "datasourceUid", "model"),
    refId={"type": "string", "minLength": 1},
    queryType=TEXT,
    relativeTimeRange=_thing(**RANGE),
    datasourceUid={"type": "string", "minLength": 1},
    model=ANY,
)
NOTIFIED = _thing(
    ("receiver",),
    receiver=TEXT,
    **dict.fromkeys(("group_by", "mute_time_intervals", "active_time_intervals"), _list_of(TEXT)),
    **dict.fromkeys(("group_wait", "group_interval", "repeat_interval"), DURATION),
)
RULE = _thing(
    ("orgID", "folderUID", "ruleGroup", "title", "condition", "data", "noDataState", "execErrState", "for"),
    **{"for": DURATION},
    id=WHOLE,
    uid=UID,
    orgID=WHOLE,
    folderUID=UID,
    ruleGroup=NAME,
    title=NAME,
    condition={"type": "string", "minLength": 1},
    data=_list_of(QUERY) | {"minItems": 1},
    noDataState={"enum": ["Alerting", "NoData", "OK", "KeepLast"]},
    execErrState={"enum": ["OK", "Alerting", "Error", "KeepLast"]},
    keep_firing_for=DURATION,
    missingSeriesEvalsToResolve={"type": "integer", "minimum": 1},
    annotations=TEXTS,
    labels=TEXTS,
    isPaused=YES_NO,
    notification_settings={"anyOf": [{"type": "null"}, NOTIFIED]},
    record={"type": "null"},
)
GROUP = _thing(
    ("interval", "rules"), title=NAME, folderUid=UID, interval={"type": "integer", "minimum": 1}, rules=_list_of(RULE)
)

CONTACT_POINT = _thing(
    ("type", "settings"),
    uid=UID,
    name=NAME,
    type={"enum": ["email", "webhook", "slack", "teams"]},
    settings=ANY,
    disableResolveMessage=YES_NO,
)

MATCHER = {"type": "array", "items": TEXT, "minItems": 3, "maxItems": 3}
ROUTE = _thing(
    receiver=TEXT,
    provenance=TEXT,
    match=TEXTS,
    match_re=TEXTS,
    matchers=_list_of(TEXT),
    object_matchers=_list_of(MATCHER),
    routes=_list_of({"$ref": "#"}),
    **{"continue": YES_NO},
    **dict.fromkeys(("group_by", "mute_time_intervals", "active_time_intervals"), _list_of(TEXT)),
    **dict.fromkeys(("group_wait", "group_interval", "repeat_interval"), DURATION),
)


def wrong(body: Any, schema: dict[str, Any]) -> str:
    """What is wrong with a body, with its place; empty if nothing is."""
    errors = jsonschema.Draft202012Validator(schema).iter_errors(body)
    return "; ".join(f"{error.json_path}: {error.message[:200]}" for error in errors)
