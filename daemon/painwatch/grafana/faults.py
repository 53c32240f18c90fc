"""What a Grafana's refusals mean, and how a person mends them. Pure."""

from __future__ import annotations

import re
from typing import Any

import requests
import urllib3

from painwatch.core.errors import PainwatchError

SAID_MAX_CHARS = 300
"""No more is repeated of what a server says."""


class GrafanaFault(PainwatchError):
    """A Grafana that does not do what it was asked for.

    `status`: of its answer over HTTP; None if there was none. `said`: its own words, if it had any.
    """

    def __init__(self, what: str, *, where: str, mend: str, status: int | None = None, said: str = "") -> None:
        self.status, self.said = status, said
        super().__init__(what, where=where, mend=mend)

    @property
    def may_pass(self) -> bool:
        """Whether the same again may succeed later, with nothing mended here."""
        return self.status is None or self.status in (408, 425, 429) or self.status >= 500


def no_answer(error: Exception, *, where: str) -> GrafanaFault:
    """The fault that a request without an answer means."""
    what, mend = _why(error)
    return GrafanaFault(what, where=where, mend=mend)


def refusal(status: int, told: Any, text: str, *, where: str, leads_to: str = "") -> GrafanaFault:
    """The fault that an answer other than 2xx means, or one that is not JSON.

    Args:
        told: the body as JSON; None if it is none.
        text: the body, without anything secret.
        leads_to: the address that a redirection names.
    """
    what, mend = _meaning(status, told, text, leads_to)
    return GrafanaFault(what, where=where, mend=mend, status=status, said=said_in(told, text))


def without(fault: GrafanaFault, hidden: str) -> GrafanaFault:
    """The same, with stars in the place of what is not to be told."""
    what, said = fault.what.replace(hidden, "***"), fault.said.replace(hidden, "***")
    return GrafanaFault(what, where=fault.where, mend=fault.mend, status=fault.status, said=said)


def _meaning(status: int, told: Any, text: str, leads_to: str) -> tuple[str, str]:
    said = said_in(told, text) or "without a word"
    if 300 <= status < 400:
        return f"leads elsewhere ({status}, to {leads_to or 'nowhere'})", "set `url` of `grafana` to that address"
    if told is None and (status < 300 or (status in (400, 404, 405) and "<html" in text.lower())):
        return f"answers {status} with {said}: this is not Grafana's API", _ADDRESS
    match status:
        case 401:
            return f"does not know the token (401: {said})", _TOKEN
        case 403:
            return _forbidden(said)
        case 404:
            return f"does not know what is asked for (404: {said})", _OLD
        case 409:
            return f"holds something that is in the way (409: {said})", _CONFLICT
        case 412:
            return _precondition(told, said)
        case 400 | 422:
            return f"does not take it ({status}: {said})", f"see which version this Grafana is: {_NEEDED}"
        case 413:
            return f"will not take so much at once (413: {said})", "let the proxy before it take larger bodies"
    if status == 429:
        return f"is asked too often (429: {said})", "run it again later: it goes on where it stopped"
    if status >= 500:
        return f"has a fault of its own ({status}: {said})", "look into its log; run it again: it goes on"
    return f"answers {status}: {said}", _ADDRESS


def _why(error: Exception) -> tuple[str, str]:
    reason = next((inner for arg in error.args if (inner := getattr(arg, "reason", None)) is not None), error)
    running = "start it, or correct `url` of `grafana`"
    if isinstance(error, requests.exceptions.SSLError) or isinstance(reason, urllib3.exceptions.SSLError):
        told = " ".join(str(reason).split())[:SAID_MAX_CHARS]
        mend = "its certificate must be of an authority that this host trusts (REQUESTS_CA_BUNDLE names a file of more)"
        return f"gives no safe connection ({told})", f"{mend}, and `url` must name the host as the certificate does"
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return "cannot be reached: the name of the host is not known", "correct `url` of `grafana`"
    if isinstance(error, requests.exceptions.ProxyError):
        return "cannot be reached through the proxy", "correct HTTPS_PROXY or HTTP_PROXY, or put the host into NO_PROXY"
    if isinstance(error, requests.exceptions.ReadTimeout) or isinstance(reason, urllib3.exceptions.ReadTimeoutError):
        return "does not answer in time", "see how it is, or raise `timeout_s` of `grafana`; run it again: it goes on"
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "cannot be reached: nothing answers at its address", running
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return "cannot be reached: nothing listens at its address", running
    if isinstance(error, OSError):
        return "breaks off the connection", "see whether it runs; run it again: it goes on"
    return f"cannot be asked ({type(error).__name__})", "correct `url` of `grafana`"


def said_in(told: Any, text: str) -> str:
    """The server's own words, on one line."""
    words = text
    if isinstance(told, dict):
        words = str(told.get("message") or told.get("msg") or told.get("error") or text)
    if "<html" in words.lower():
        title = re.search(r"<title>(.*?)</title>", words, re.IGNORECASE | re.DOTALL)
        words = f'a web page, "{title[1].strip()}"' if title and title[1].strip() else "a web page"
    return " ".join(words.split())[:SAID_MAX_CHARS]


def _forbidden(said: str) -> tuple[str, str]:
    if "read-only" in said:
        return f"refuses (403: {said})", "it comes from a provisioning file: remove it there, or leave it to the file"
    if "quota" in said.lower():
        return f"refuses (403: {said})", "raise the quota of this organisation"
    missing = re.search(r"Permissions needed: (.+)", said)
    if missing:
        what = f"refuses: the token's service account lacks {missing[1].strip()}"
        return what, "give the service account that permission, or the role Admin"
    return f"refuses (403: {said})", _ROLE


def _precondition(told: Any, said: str) -> tuple[str, str]:
    status = told.get("status") if isinstance(told, dict) else None
    if status == "version-mismatch":
        mend = "run it with --dry-run to see the difference, and again to put it right; --overwrite does not ask"
        return f"was changed by somebody meanwhile (412: {said})", mend
    if status == "name-exists":
        return f"holds another by that name (412: {said})", "rename or delete the other one"
    if status == "plugin-dashboard":
        return f"will not change it (412: {said})", "delete it there: it belongs to a plugin"
    return f"was changed meanwhile (412: {said})", "run it again"


_ADDRESS = "set `url` of `grafana` to the address of Grafana's start page, with the folder it is served under, if any"
_NEEDED = "painwatch needs 11.0 or later"
_OLD = f"check `url` of `grafana`; {_NEEDED}, with its alerting (`unified_alerting`) on"
_TOKEN = "make a new token for the service account, and put it where `token` of `grafana` says"
_CONFLICT = "delete or rename what is in the way there, or run it again if somebody is working on it"
_ROLE = "give the token's service account the role Admin, or the permissions that docs/grafana.md lists"
