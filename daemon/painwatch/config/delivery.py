"""Where results and notices go to."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from painwatch.config.names import Name
from painwatch.config.sources import Model, Secret, with_scheme, without_credentials
from painwatch.core.alarms import Priority
from painwatch.core.signals import AlarmKind

HttpUrl = Annotated[str, with_scheme("http", "https"), AfterValidator(without_credentials)]


class InfluxConfig(Model):
    """An InfluxDB that takes all results: 1.8 or later, 2.x or 3, by the same settings."""

    name: Name = "influxdb"
    url: HttpUrl = Field(description="such as http://127.0.0.1:8086")
    bucket: str = Field(
        default="painwatch",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$",
        description="2.x: the bucket; 1.8 and 3: the database",
    )
    retention_policy: str = Field(
        default="", pattern=r"^[A-Za-z0-9_-]{0,64}$", description="1.8: another policy than the default one"
    )
    org: str = Field(default="", max_length=100, description="2.x: the organisation; unused in 1.8 and 3")
    token: Secret | None = Field(default=None, description="2.x and 3: where the token is read from")
    username: str | None = Field(default=None, min_length=1, description="1.8: the user, with `password`")
    password: Secret | None = None
    points: bool = Field(default=True, description="also every single moment, not only the minutes")
    timeout_s: float = Field(default=10, gt=0, le=120)

    @model_validator(mode="after")
    def _one_login(self) -> InfluxConfig:
        if self.token is not None and self.username is not None:
            raise ValueError("has both a token and a username: 2.x and 3 take a token, 1.8 a username and a password")
        if (self.username is None) != (self.password is None):
            raise ValueError("needs username and password together")
        return self


class TargetConfig(Model):
    """Someone who is told of alarms. The address is an Apprise URL, which holds credentials: never written here."""

    name: Name
    url: Secret = Field(description="where the Apprise URL is read from, such as mailtos:// (see notifications.md)")
    kinds: tuple[AlarmKind, ...] = Field(default=(AlarmKind.WELFARE, AlarmKind.TECHNICAL), min_length=1)
    minimum_priority: Priority = Priority.LOW
    cleared: bool = Field(default=True, description="also told when an alarm that it was told of has ended")
    at_most_per_hour: int = Field(
        default=30, ge=1, le=3600, description="more notices than this are put together into one, none is dropped"
    )


class NotifyConfig(Model):
    """Who is told of alarms, and what tells the world that the watch itself is alive."""

    targets: tuple[TargetConfig, ...] = ()
    page: str = Field(default="", max_length=300, description="the page's address as people reach it, for links")
    heartbeat: Secret | None = Field(
        default=None,
        description="where the URL is read from that is asked for again and again: its silence tells others",
    )
    heartbeat_s: float = Field(default=60, ge=10, le=3600)
