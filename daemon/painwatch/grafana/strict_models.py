"""What stands in the alerting files of Grafana's provisioning: keys, types and ranges, none besides.

After Grafana 11 to 13, pkg/services/provisioning/alerting. Grafana itself ignores keys that it does not know, so that a
rule with a misspelt one is another rule than was meant.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Uid = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Duration = Annotated[str, Field(pattern=r"^(0|(\d+(ms|s|m|h|d|w|y))+)$")]
Title = Annotated[str, Field(min_length=1, max_length=190)]
RefId = Annotated[str, Field(pattern=r"^[A-Za-z]{1,40}$")]
LabelName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Receiver = Annotated[str, Field(min_length=1)]
Matcher = tuple[str, Literal["=", "!=", "=~", "!~"], str]
Organisation = Annotated[int, Field(ge=1)]
Settings = dict[str, Any]


class Between(Strict):
    """Seconds back from the evaluation."""

    from_: int = Field(alias="from", ge=0)
    to: int = Field(ge=0)


class Entry(Strict):
    """A query or an expression; its `model` is checked besides."""

    refId: RefId
    queryType: str = ""
    relativeTimeRange: Between | None = None
    datasourceUid: Uid
    model: dict[str, Any]


class NotificationSettings(Strict):
    """Whom a rule tells past all policies."""

    receiver: Receiver
    group_by: tuple[str, ...] = ()
    group_wait: Duration | None = None
    group_interval: Duration | None = None
    repeat_interval: Duration | None = None
    mute_time_intervals: tuple[str, ...] = ()
    active_time_intervals: tuple[str, ...] = ()


class Rule(Strict):
    """An alert rule."""

    uid: Uid
    title: Title
    condition: RefId
    data: tuple[Entry, ...] = Field(min_length=1)
    dashboardUid: Uid | None = None
    panelId: int | None = None
    noDataState: Literal["NoData", "Alerting", "OK", "KeepLast"] = "NoData"
    execErrState: Literal["Error", "Alerting", "OK", "KeepLast"] = "Alerting"
    for_: Duration = Field(default="0s", alias="for")
    keepFiringFor: Duration = "0s"
    missing_series_evals_to_resolve: int | None = Field(default=None, ge=1, le=32_767)
    annotations: dict[str, str] = {}
    labels: dict[LabelName, str] = {}
    isPaused: bool = False
    notification_settings: NotificationSettings | None = None


class Group(Strict):
    """Rules that are evaluated together."""

    orgId: Organisation = 1
    name: Title
    folder: str = Field(min_length=1)
    interval: Duration
    rules: tuple[Rule, ...] = Field(min_length=1)


class Told(Strict):
    """One way of a contact point; `settings` of the types that painwatch writes are checked besides."""

    uid: Uid
    type: Annotated[str, Field(pattern=r"^[a-z-]+$")]
    settings: Settings
    disableResolveMessage: bool = False


class ContactPoint(Strict):
    """Whom Grafana tells."""

    orgId: Organisation = 1
    name: Title
    receivers: tuple[Told, ...] = Field(min_length=1)


class Below(Strict):
    """A policy below another; without a receiver it takes that of the one above."""

    receiver: Receiver | None = None
    group_by: tuple[str, ...] = ()
    matchers: tuple[str, ...] = ()
    object_matchers: tuple[Matcher, ...] = ()
    continue_: bool = Field(default=False, alias="continue")
    group_wait: Duration | None = None
    group_interval: Duration | None = None
    repeat_interval: Duration | None = None
    mute_time_intervals: tuple[str, ...] = ()
    active_time_intervals: tuple[str, ...] = ()
    routes: tuple[Below, ...] = ()


class Root(Strict):
    """The tree of policies of an organisation: it takes every alert, so that it asks for no labels."""

    orgId: Organisation = 1
    receiver: Receiver
    group_by: tuple[str, ...] = ()
    group_wait: Duration | None = None
    group_interval: Duration | None = None
    repeat_interval: Duration | None = None
    routes: tuple[Below, ...] = ()


class Gone(Strict):
    """Something that Grafana is to delete."""

    orgId: Organisation = 1
    uid: Uid


class AlertingFile(Strict):
    """One file of the folder provisioning/alerting. Templates and mute timings are not painwatch's, and not checked."""

    apiVersion: Literal[1]
    groups: tuple[Group, ...] = ()
    deleteRules: tuple[Gone, ...] = ()
    contactPoints: tuple[ContactPoint, ...] = ()
    deleteContactPoints: tuple[Gone, ...] = ()
    policies: tuple[Root, ...] = ()
    resetPolicies: tuple[Organisation, ...] = ()
    templates: list[Any] = []
    deleteTemplates: list[Any] = []
    muteTimes: list[Any] = []
    deleteMuteTimes: list[Any] = []
