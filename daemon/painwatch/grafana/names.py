"""How things are called in a Grafana: the same thing always by the same name, another site's by another. Pure."""

from __future__ import annotations

import hashlib
import re

LONGEST_UID = 40
"""Grafana refuses longer ones."""


def slug(words: str) -> str:
    """`words` in a-z, 0-9 and dashes, never empty."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "x"


def uid_of(site: str, *parts: str) -> str:
    """The uid of something of a site: readable, at most 40 of A-Z a-z 0-9 - _, and unlike that of any other parts."""
    exact = "\x1f".join((site, *parts))
    digest = hashlib.sha256(exact.encode()).hexdigest()[:8]
    readable = "-".join(("painwatch", *map(slug, parts)))
    return f"{readable[: LONGEST_UID - len(digest) - 1].rstrip('-')}-{digest}"


def data_source_uid(site: str) -> str:
    """The data source that a site's dashboards and rules ask."""
    return uid_of(site, "database")


def folder_uid(site: str) -> str:
    """The folder that holds a site's dashboards and rules."""
    return uid_of(site, "folder")


def rule_uid(site: str, about: str) -> str:
    """The alert rule that stands for painwatch's rule `about`."""
    return uid_of(site, "rule", about)


def silent_uid(site: str, cage: str) -> str:
    """The alert rule that tells that nothing arrives of a cage."""
    return uid_of(site, "silent", cage)


def contact_point_uid(site: str, name: str) -> str:
    """The contact point called `name` in the settings."""
    return uid_of(site, "contact", name)


def site_label(site: str) -> str:
    """The label `site` of a site's alerts. Labels are templates, in which a double brace begins something."""
    return re.sub(r"{(?={)", "{ ", site)
