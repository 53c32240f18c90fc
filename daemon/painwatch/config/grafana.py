"""The Grafana that shows the results, and whom it tells."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from painwatch.config.delivery import HttpUrl
from painwatch.config.names import Name
from painwatch.config.sources import Model, Secret
from painwatch.core.alarms import Priority
from painwatch.core.signals import AlarmKind

ANNOTATIONS = "grafana-annotations"
"""What the outbox of annotations is called where sinks are named; no sink may be called so."""


class _Told(Model):
    """What all ways of telling have in common."""

    name: Name
    kinds: tuple[AlarmKind, ...] = Field(default=(AlarmKind.WELFARE, AlarmKind.TECHNICAL), min_length=1)
    minimum_priority: Priority = Priority.LOW
    cleared: bool = Field(default=True, description="also told when an alarm that it was told of has ended")


class EmailPoint(_Told):
    """Mail, by the mail server that Grafana is set to."""

    kind: Literal["email"]
    addresses: tuple[Annotated[str, Field(pattern=r"^[^@\s;,]+@[^@\s;,]+$", max_length=200)], ...] = Field(min_length=1)


class AddressPoint(_Told):
    """A web hook, or the incoming web hook of Slack or Microsoft Teams. The address is a secret: never written here."""

    kind: Literal["webhook", "slack", "teams"]
    url: Secret = Field(description="where the address is read from")


ContactPoint = Annotated[EmailPoint | AddressPoint, Field(discriminator="kind")]


class DatabaseLogin(Model):
    """How Grafana logs in to the database: it needs to read, no more. Give a token, or a user with a password."""

    token: Secret | None = Field(default=None, description="2.x and 3: where the token is read from")
    username: str | None = Field(default=None, min_length=1, description="1.8: the user, with `password`")
    password: Secret | None = None

    @model_validator(mode="after")
    def _one_login(self) -> DatabaseLogin:
        if (self.token is None) == (self.username is None):
            raise ValueError("needs either a token or a username with its password")
        if (self.username is None) != (self.password is None):
            raise ValueError("needs username and password together")
        return self


class GrafanaConfig(Model):
    """Dashboards, alert rules and annotations in a Grafana; `painwatch grafana push` brings them there."""

    url: HttpUrl = Field(default="http://127.0.0.1:3000", description="such as https://grafana.example.org/monitoring")
    token: Secret | None = Field(
        default=None, description="where the token of a service account is read from; `push` and `annotations` need it"
    )
    folder: str = Field(default="painwatch", min_length=1, max_length=80, pattern=r"^[^/$]+$", description="its title")
    sink: Name | None = Field(default=None, description="which of `sinks` it reads; unset: the first")
    database_url: HttpUrl | None = Field(
        default=None, description="the database as Grafana reaches it; unset: the sink's `url`"
    )
    database_login: DatabaseLogin | None = Field(default=None, description="unset: the database wants none")
    evaluate_s: int = Field(
        default=60, ge=30, le=600, multiple_of=10, description="how often Grafana evaluates the alert rules"
    )
    contact_points: tuple[ContactPoint, ...] = Field(
        default=(), description="whom Grafana tells; without any, its own notification policies decide"
    )
    annotations: bool = Field(default=False, description="the hub also writes marks and alarms into Grafana itself")
    timeout_s: float = Field(default=10, gt=0, le=120)
