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
