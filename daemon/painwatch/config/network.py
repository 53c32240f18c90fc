"""Watches of more than one host: a hub that listens, and hosts with cameras that send to it, all under CURVE."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from painwatch.config.names import Name
from painwatch.config.sources import Model

KEY = r"^[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}$"
"""A CurveZMQ key as 40 characters of Z85."""


class ListenConfig(Model):
    """Where the hub takes in results from other hosts. Only those with a key in `network.keys` get in."""

    host: str = Field(min_length=1, description="the address of this machine that other hosts reach")
    port: int = Field(default=5701, ge=1, le=65535)


class HubAddress(Model):
    """The hub of another host: this one then captures and infers only."""

    host: str = Field(min_length=1)
    port: int = Field(default=5701, ge=1, le=65535)
    public_key: str = Field(pattern=KEY, description="as `painwatch keys show` says on the hub's host")


class NetworkConfig(Model):
    """Unset: this machine only. Never without encryption and a list of keys."""

    name: Name = Field(default="here", description="what this host is called in the key lists")
    listen: ListenConfig | None = None
    hub: HubAddress | None = None
    keys: Path = Field(default=Path("keys"), description="folder of `painwatch keys`; relative to this file")

    @model_validator(mode="after")
    def _hub_or_not(self) -> NetworkConfig:
        if self.listen is not None and self.hub is not None:
            raise ValueError("has both listen and hub: a host has the hub, or sends to it")
        return self
