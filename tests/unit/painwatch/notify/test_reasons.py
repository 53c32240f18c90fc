"""Why a message did not arrive: in words that help, and without any part of the address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch.notify.reasons import http_reason, reason_of, scrubbed, unusable

URL = "mailtos://ann%40lab.org:pa%2Fss%20w0rd@mail.lab.org:465/to@lab.org?smtp=relay.lab.org&token=t0k3n%3D"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Socket Exception: [Errno 111] Connection refused", "refuses the connection"),
        ("HTTPConnectionPool(host='h'): NameResolutionError: Name or service not known", "name is not known"),
        ("Socket Exception: timed out", "does not answer in time"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "certificate cannot be verified"),
        ("Socket Exception: STARTTLS extension not supported by server.", "does not speak TLS"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "does not speak TLS"),
        ("Socket Exception: (535, b'5.7.8 authentication failed')", "refuses the login"),
        ("Socket Exception: Connection unexpectedly closed", "broke the connection off"),
        ("[Errno 113] No route to host", "cannot be reached"),
        ("Failed to send JSON POST notification: error=503.", "HTTP 503 Service Unavailable"),
        ("SMTP recipient x was refused: 550 b'no such user'", "refuses a recipient"),
        ("Socket Exception: {'x': (550, b'no such person')}", "refuses a recipient"),
        ("Socket Exception: (554, b'spam')", "refuses the message (SMTP 554)"),
        ("Socket Exception: (451, b'later')", "cannot take it now (SMTP 451)"),
    ],
)
def test_known_causes_have_words_and_a_mend(said: str, words: str) -> None:
    reason = reason_of(["Something went wrong.", said], URL)
    assert words in reason.why
    assert reason.mend


def test_the_cause_is_found_whatever_is_said_after_it() -> None:
    assert "refuses the connection" in reason_of(["[Errno 111] Connection refused", "Giving up"], URL).why


def test_an_unknown_cause_is_told_without_the_address() -> None:
    said = "Could not use ann@lab.org with pa/ss w0rd (pa%2Fss%20w0rd) at RELAY.lab.org, t0k3n="
    reason = reason_of([said], URL)
    assert reason.why.startswith("it could not be sent: Could not use *** with ***")
    for part in ("ann", "pa/ss", "w0rd", "lab.org", "t0k3n"):
        assert part not in reason.why.lower()


def test_nothing_said_is_said() -> None:
    assert "no reason" in reason_of([], URL).why
    assert "no reason" in reason_of(["  "], URL).why


@pytest.mark.parametrize("status", [301, 400, 401, 404, 413, 429, 500, 503, 599])
def test_every_answer_has_a_mend(status: int) -> None:
    assert str(status) in http_reason(status).why
    assert http_reason(status).mend


@pytest.mark.parametrize(
    ("url", "known", "words"),
    [
        ("", False, "is empty"),
        ("s3cret", False, "does not begin with its kind"),
        ("s3c ret://x", False, "does not begin with its kind"),
        ("foo://s3cret", False, 'called "foo"'),
        ("slack://s3cret/x", True, "not complete for its kind (slack): Token *** is bad"),
    ],
)
def test_an_address_that_is_none_says_what_is_wrong_with_it(url: str, known: bool, words: str) -> None:
    reason = unusable(url, known, ["Token s3cret is bad"] if known else [])
    assert words in reason.why
    assert "s3cret" not in str(reason)


SECRETS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=6, max_size=20)


@given(SECRETS, SECRETS, SECRETS, SECRETS)
def test_no_part_of_an_address_survives(user: str, password: str, path: str, query: str) -> None:
    url = f"json://{user}:{password}@host.example:81/{path}/?token={query}"
    said = f"failed at {url} for {user} with {password}, {path.upper()} and {query!r}"
    left = scrubbed(said, url).lower()
    assert not any(secret.lower() in left for secret in (user, password, path, query))
    assert len(scrubbed("word " * 500, url)) <= 300
