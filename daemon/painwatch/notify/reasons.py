"""Why a message did not arrive, in plain words and without the address, which holds credentials. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

LONGEST = 300
HIDDEN = "***"


class Reason(NamedTuple):
    """`mend` is what a person can do about it."""

    why: str
    mend: str


_CAUSES: tuple[tuple[str, Reason], ...] = (
    (
        r"refused\b.*\[Errno 111\]|Connection refused",
        Reason("the server refuses the connection", "see that it runs, and that the port is right"),
    ),
    (
        r"NameResolutionError|Name or service not known|name resolution|No address associated|nodename nor servname",
        Reason("the server's name is not known", "see that the name is right, and that this host can look names up"),
    ),
    (
        r"certificate verify failed|CERTIFICATE_VERIFY_FAILED|CertificateError",
        Reason(
            "the server's certificate cannot be verified",
            "let it show a certificate that this host trusts, for the name in the address",
        ),
    ),
    (
        r"STARTTLS extension not supported|WRONG_VERSION_NUMBER|wrong version number|SSLError|\[SSL|UNEXPECTED_EOF",
        Reason("the server does not speak TLS there", "see that port and mode of the address fit the server"),
    ),
    (
        r"\(5(?:30|34|35|38),|SMTPAuthentication|SMTP AUTH extension not supported",
        Reason("the mail server refuses the login", "see that user name and password are right"),
    ),
    (
        r"timed out|TimeoutError|time-?out",
        Reason("the server does not answer in time", "see that it runs, and that no firewall is between"),
    ),
    (
        r"No route to host|Network is unreachable",
        Reason("the server cannot be reached from this host", "see to the network, or to a proxy"),
    ),
    (
        r"Connection reset|Connection aborted|RemoteDisconnected|unexpectedly closed|IncompleteRead|Broken pipe",
        Reason("the server broke the connection off", "look into the server's log"),
    ),
)

_HTTP_STATUS = re.compile(r"\b(?:error|status)\s*[=:]\s*(\d{3})\b")
_SMTP_REPLY = re.compile(r"(?:\(|was refused: )([45]\d\d),? b")

_HTTP_MENDS = {
    400: "see that the address is complete, and look into the server's log",
    401: "see that the credentials in the address are right and still hold",
    403: "see that the credentials in the address are right and may post there",
    404: "see that the address is right and still exists",
    410: "make a new address there: this one was taken back",
    413: "let the server take longer messages",
    429: "the server wants fewer messages: lower `at_most_per_hour` of this target",
}


def reason_of(told: Iterable[str], url: str) -> Reason:
    """The reason in what a library `told` while it used `url`: a known cause if there is one, else its last words.

    The words of known causes are ours; what else is said has every part of `url` taken out.
    """
    lines = [line for line in told if line.strip()]
    whole = "\n".join(lines)
    for pattern, reason in _CAUSES:
        if re.search(pattern, whole, re.IGNORECASE):
            return reason
    if found := _HTTP_STATUS.search(whole):
        return http_reason(int(found[1]))
    if found := _SMTP_REPLY.search(whole):
        return _smtp_reason(int(found[1]))
    if not lines:
        return Reason("no reason was given", "look into the server's log")
    return Reason(f"it could not be sent: {scrubbed(lines[-1], url)}", "look into the server's log")


def http_reason(status: int) -> Reason:
    """Why an answer with this HTTP `status` is no delivery."""
    try:
        said = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        said = str(status)
    if 300 <= status < 400:
        return Reason(f"the server points elsewhere (HTTP {said})", "write the address it points to")
    usual = "look into the server's log" if status >= 500 else "see that the address is right"
    return Reason(f"the server answers HTTP {said}", _HTTP_MENDS.get(status, usual))


def _smtp_reason(reply: int) -> Reason:
    if reply < 500:
        return Reason(f"the mail server cannot take it now (SMTP {reply})", "look into the server's log if this lasts")
    if reply in (550, 551, 553):
        why = f"the mail server refuses a recipient or the sender (SMTP {reply})"
        return Reason(why, "see that the mail addresses are right")
    return Reason(f"the mail server refuses the message (SMTP {reply})", "look into the server's log")


def unusable(url: str, known: bool, told: Iterable[str] = ()) -> Reason:
    """Why `url` is no address at all.

    Args:
        known: whether its kind, the word before ://, is one that is known.
        told: what was said of it; every part of `url` is taken out.
    """
    if not url:
        return Reason("the address is empty", "write an Apprise address there")
    kind, mark, _ = url.partition("://")
    if not mark or not re.fullmatch(r"[A-Za-z0-9+.-]{1,32}", kind):
        return Reason(
            "the address does not begin with its kind",
            "write it as docs/notifications.md says, such as json://host/path or mailtos://user:password@host",
        )
    if not known:
        return Reason(f'no kind of address is called "{kind}"', "see docs/notifications.md for the usual ones")
    said = "".join(f": {scrubbed(line, url)}" for line in told)
    return Reason(f"the address is not complete for its kind ({kind}){said}", "see docs/notifications.md for its parts")


def scrubbed(text: str, url: str) -> str:
    """`text` on one line, at most 300 characters, without any part of `url` but its kind."""
    for piece in _pieces(url):
        # Short pieces are taken out as words only, or every "a" of the text would go.
        pattern = re.escape(piece) if len(piece) > 3 else rf"(?<!\w){re.escape(piece)}(?!\w)"
        text = re.sub(pattern, HIDDEN, text, flags=re.IGNORECASE)
    return " ".join(text.split())[:LONGEST]


def _pieces(url: str) -> list[str]:
    """Everything in `url` that may be secret: all but its kind; as it stands and decoded, longest first."""
    rest = url.partition("://")[2] or url
    pieces = {rest}
    for cut in (r"[/?&#]+", r"[/?&#@]+", r"[/:@?&=#;,]+", r"[/:@?&=#;,+._~-]+"):
        pieces.update(re.split(cut, rest))
    pieces |= {form(piece) for piece in tuple(pieces) for form in (unquote, unquote_plus)}
    return sorted((piece for piece in pieces if piece), key=len, reverse=True)
