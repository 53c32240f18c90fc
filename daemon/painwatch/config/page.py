"""Who may reach the page and the API, and how."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from painwatch.config.names import Name
from painwatch.config.sources import Model, Secret


class Role(StrEnum):
    """What a person may do; each may do what those before may."""

    VIEW = "view"
    ACKNOWLEDGE = "acknowledge"
    ADMINISTER = "administer"

    def may(self, needed: Role) -> bool:
        roles = tuple(Role)
        return roles.index(self) >= roles.index(needed)


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address) can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        raise ValueError("is no address or network: write it as 10.0.0.7 or 10.0.0.0/24") from None
    return text


class UserConfig(Model):
    """Someone who may open the page with a token of their own (`painwatch token` makes one)."""

    name: Name
    role: Role = Role.VIEW
    token: Secret = Field(description="where the token is read from; at least 20 characters")
    stays: bool = Field(
        default=False, description="logins do not end by themselves: for a screen on the wall; with role `view` only"
    )

    @model_validator(mode="after")
    def _stays_to_look_on(self) -> UserConfig:
        if self.stays and self.role is not Role.VIEW:
            raise ValueError("`stays` is for users with `role: view`: nobody may find a login that acts left open")
        return self


class TlsConfig(Model):
    """The page's own certificate, as PEM files."""

    certificate: Path
    key: Path


class ProxyConfig(Model):
    """A reverse proxy that lets people in and says who they are; nobody else may then connect.

    With `users` beside it, people log in at the page, and the proxy only brings their requests.
    """

    addresses: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        min_length=1, description="where the proxy connects from"
    )
    user_header: str = Field(default="X-Forwarded-User", pattern=r"^[A-Za-z0-9-]{1,64}$")
    role_header: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9-]{1,64}$", description="holds view, acknowledge or administer"
    )
    role: Role = Field(default=Role.VIEW, description="of everyone the proxy lets in, without a `role_header`")
    names: tuple[str, ...] = Field(
        default=(), description="host names under which the proxy is reached; unset: any the proxy forwards"
    )


class PageConfig(Model):
    """The live page and the API. On loopback without `users` everyone on this machine may do everything."""

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="loopback, else `users` (with `tls`) or `proxy` are needed",
    )
    port: int = Field(default=8080, ge=0, le=65535)
    names: tuple[str, ...] = Field(
        default=(), description="host names by which the page may be asked for, besides `host`"
    )
    users: tuple[UserConfig, ...] = ()
    tls: TlsConfig | None = None
    proxy: ProxyConfig | None = None

    @model_validator(mode="after")
    def _is_safe(self) -> PageConfig:
        if is_loopback(self.host):
            return self
        if self.proxy is None and not self.users:
            raise ValueError(
                "can be reached from other machines without a login: add `users` with `tls`, or `proxy`,"
                " or set `host: 127.0.0.1`"
            )
        if self.proxy is None and self.tls is None:
            raise ValueError("would send tokens in the clear: add `tls`, or put a `proxy` in front")
        return self
