"""What would keep people from the page, or let in more than were meant: tokens, certificate, proxy. Part of `check`."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from painwatch.config.page import PageConfig, UserConfig, is_loopback
from painwatch.core.errors import PainwatchError
from painwatch.secrets import read_secret
from painwatch.web.access.tls import certificate_of, days_left
from painwatch.web.access.users import why_weak

SOON_DAYS = 21

_MEND_TOKEN = "make one with `painwatch token`"


@dataclass(frozen=True, slots=True)
class PageFinding:
    """Something found at the setting `at`; only a `fatal` one keeps the page from being served."""

    at: tuple[str | int, ...]
    what: str
    mend: str
    fatal: bool


def page_findings(page: PageConfig, config_dir: Path) -> Iterator[PageFinding]:
    """Everything found about who may reach the page on this host."""
    yield from _tokens(page.users, config_dir)
    yield from _certificate(page, config_dir)
    yield from _proxy(page)


def _tokens(users: tuple[UserConfig, ...], config_dir: Path) -> Iterator[PageFinding]:
    owners: dict[str, str] = {}
    for number, user in enumerate(users):
        at = ("page", "users", number, "token")
        try:
            token = read_secret(user.token, config_dir=config_dir, what=f"the token of {user.name}")
        except PainwatchError as error:
            yield PageFinding(at, f"the token of {user.name}: {error.where} {error.what}", _MEND_TOKEN, True)
            continue
        if weak := why_weak(token):
            yield PageFinding(at, f"the token of {user.name} will not do: {weak}", _MEND_TOKEN, True)
        elif token in owners:
            what = f"{user.name} has the same token as {owners[token]}"
            yield PageFinding(at, what, "make each user a token of their own: `painwatch token`", True)
        owners.setdefault(token, user.name)
        if user.token.file is not None:
            yield from _readers(config_dir / user.token.file, at, "the token")


def _certificate(page: PageConfig, config_dir: Path) -> Iterator[PageFinding]:
    if page.tls is None:
        return
    try:
        seen = certificate_of(page.tls, config_dir)
    except PainwatchError as error:
        setting = "key" if error.where.startswith("page: tls: key") else "certificate"
        file = error.where.rpartition(": ")[2]
        yield PageFinding(("page", "tls", setting), f"{file} {error.what}", error.mend, True)
        return
    at = ("page", "tls", "certificate")
    if (days := days_left(seen)) < SOON_DAYS:
        mend = "renew it, and start painwatch anew: it reads the certificate at its start"
        yield PageFinding(at, f"the certificate ends in {days} {'day' if days == 1 else 'days'}", mend, False)
    for name in page.names:
        if not any(_covers(held, name) for held in seen.names):
            what = f"the certificate does not hold for {name}: browsers will warn of the page there"
            held = ", ".join(seen.names) or "no name at all"
            yield PageFinding(at, what, f"it holds for {held}; have one made for all names", False)
    yield from _readers(config_dir / page.tls.key, ("page", "tls", "key"), "the key")


def _readers(path: Path, at: tuple[str | int, ...], what: str) -> Iterator[PageFinding]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o007:
        yield PageFinding(
            at, f"everyone on this host can read {what} in {path}", f"let nobody else: chmod 600 {path}", False
        )


def _proxy(page: PageConfig) -> Iterator[PageFinding]:
    if page.proxy is None:
        return
    for number, text in enumerate(page.proxy.addresses):
        if ip_network(text).num_addresses > 65_536:
            what = f"whoever connects from {text} is believed to be the proxy, and may say who they are"
            mend = "name the proxy's own address"
            yield PageFinding(("page", "proxy", "addresses", number), what, mend, False)
    if is_loopback(page.host) and not page.users:
        what = "every program on this host can connect as the proxy does, and say who it is"
        mend = "let nobody else use this host, or add `users` so that people log in here"
        yield PageFinding(("page", "proxy"), what, mend, False)


def _covers(held: str, name: str) -> bool:
    if held.startswith("*."):
        return name.lower().partition(".")[2] == held[2:].lower()
    return held.lower() == name.lower()
