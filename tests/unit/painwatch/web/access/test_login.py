"""Logging in and out, and what it takes to guess."""

from __future__ import annotations

import logging

import pytest

from fixtures.doors import TOKENS, USERS, House, house
from painwatch.web.access.door import ALL_WRONG_AT_ONCE, WRONG_AT_ONCE
from painwatch.web.access.login_page import POLICY, own_path

LOCAL = "http://127.0.0.1:8080"
OWN = {"origin": LOCAL}


@pytest.fixture
def users() -> House:
    return house({"users": USERS})


def test_the_login_is_a_form_that_needs_no_script_and_nothing_from_anywhere(users: House) -> None:
    page = users.client().get("/login?next=/a%22b")
    assert page.status_code == 200
    assert page.headers["content-security-policy"] == POLICY
    assert POLICY.startswith("default-src 'none'; style-src 'sha256-")
    assert "script" not in page.text
    assert "<h1>Room &lt;1&gt;</h1>" in page.text
    assert 'name="next" value="/a&quot;b"' in page.text
    assert 'type="password"' in page.text


def test_the_right_token_opens_the_page_with_a_cookie_no_script_can_read(users: House) -> None:
    client = users.client()
    answer = client.post("/login", data={"token": f" {TOKENS['wall']}\n", "next": "/?alarm=1"}, headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?alarm=1")
    cookie = answer.headers["set-cookie"]
    assert {part.strip().lower() for part in cookie.split(";")[1:]} == {
        "httponly",
        "max-age=604800",
        "path=/",
        "samesite=strict",
    }
    assert len(client.cookies["painwatch"]) == 43
    assert client.get("/api/person").json() == {"name": "wall", "role": "view"}


def test_over_tls_the_cookie_never_leaves_it() -> None:
    client = house({"users": USERS, "names": ["lab.example"]}).logged_in("wall", "https://lab.example")
    assert client.cookies["__Host-painwatch"]
    assert client.get("/").text == "wall"
    cookie = client.post("/login", data={"token": TOKENS["wall"]}, headers={"origin": "https://lab.example"})
    assert "Secure" in cookie.headers["set-cookie"]


def test_every_login_has_an_id_of_its_own_and_the_one_before_it_ends(users: House) -> None:
    client = users.logged_in("anna")
    first = client.cookies["painwatch"]
    client.post("/login", data={"token": TOKENS["wall"]}, headers=OWN)
    assert client.cookies["painwatch"] != first
    assert users.client().get("/", headers={"cookie": f"painwatch={first}"}).status_code == 401


def test_two_different_ids_in_one_request_are_none(users: House) -> None:
    one, other = (users.logged_in(name).cookies["painwatch"] for name in ("anna", "wall"))
    client = users.client()
    assert client.get("/", headers={"cookie": f"painwatch={one}; x=y"}).text == "anna"
    assert client.get("/", headers={"cookie": f"bad,;\x01 =; painwatch={one}"}).text == "anna"
    assert client.get("/", headers={"cookie": f"painwatch={one}; painwatch={other}"}).status_code == 401
    assert (
        client.get("/", headers=[("cookie", f"painwatch={one}"), ("cookie", f"painwatch={other}")]).status_code == 401
    )


def test_logging_out_ends_it_for_good(users: House) -> None:
    client = users.logged_in()
    cookie = {"cookie": f"painwatch={client.cookies['painwatch']}"}
    assert client.get("/").text == "anna"
    assert client.post("/logout").status_code == 403
    assert client.get("/logout").status_code == 405
    answer = client.post("/logout", headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "painwatch" not in client.cookies
    assert users.client().get("/", headers=cookie).status_code == 401


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_a_form_of_another_site_logs_nobody_in(users: House, origin: str | None) -> None:
    headers = {"origin": origin} if origin else {}
    answer = users.client().post("/login", data={"token": TOKENS["anna"]}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"token=",
        b"token=wrong",
        b"token=%ff%fe",
        b"next=/",
        b"{}",
        b"\xff\xfe",
        b"token=" + b"x" * 5000,
        b"a=b&" * 9000,
    ],
)
def test_a_wrong_token_is_told_so_and_nothing_else(users: House, body: bytes) -> None:
    form = OWN | {"content-type": "application/x-www-form-urlencoded"}
    answer = users.client().post("/login", content=body, headers=form)
    assert answer.status_code == 401
    assert "This token is not known here." in answer.text
    assert "set-cookie" not in answer.headers


def test_guessing_is_slowed_and_no_right_token_with_it(users: House, caplog: pytest.LogCaptureFixture) -> None:
    guesser, other = users.client(address="10.0.0.1"), users.client(address="10.0.0.2")
    with caplog.at_level(logging.INFO):
        for _ in range(WRONG_AT_ONCE):
            assert guesser.post("/login", data={"token": "wrong" * 9}, headers=OWN).status_code == 401
        refused = guesser.post("/login", data={"token": "wrong" * 9}, headers=OWN)
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "12"
        assert "Too many wrong tokens. Try again in 12 s." in refused.text
        again = guesser.get("/api/person", headers={"authorization": "Bearer wrong"})
        assert (again.status_code, again.headers["retry-after"]) == (429, "12")
        assert other.post("/login", data={"token": TOKENS["anna"]}, headers=OWN).status_code == 303
        # Another program of that machine, with an old token, locks nobody out.
        right = guesser.get("/api/person", headers={"authorization": f"Bearer {TOKENS['anna']}"})
        assert right.status_code == 200
        assert guesser.post("/login", data={"token": TOKENS["anna"]}, headers=OWN).status_code == 303
    assert caplog.text.count("a wrong token was shown from 10.0.0.1") == WRONG_AT_ONCE
    assert "anna (administer) logged in from 10.0.0.2" in caplog.text
    assert "wrongwrong" not in caplog.text
    assert TOKENS["anna"] not in caplog.text


def test_whoever_is_logged_in_is_not_troubled_by_a_guesser_beside_them(users: House) -> None:
    client = users.logged_in()
    for _ in range(WRONG_AT_ONCE + 1):
        users.client().get("/", headers={"authorization": "Bearer wrong"})
    assert client.get("/").text == "anna"


def test_guessing_from_many_machines_is_slowed_together(users: House) -> None:
    for number in range(ALL_WRONG_AT_ONCE):
        guesser = users.client(address=f"10.0.{number // 250}.{number % 250}")
        assert guesser.get("/", headers={"authorization": "Bearer wrong"}).status_code == 401
    fresh = users.client(address="10.9.9.9")
    assert fresh.get("/", headers={"authorization": "Bearer wrong"}).status_code == 429
    users.clock.turn(1)
    assert fresh.get("/", headers={"authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/", "/"),
        ("/alarms?x=1", "/alarms?x=1"),
        ("", "/"),
        ("alarms", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nset-cookie: x", "/"),
        ("/é", "/"),
        ("/login", "/"),
        ("/login?next=/login", "/"),
        ("/" + "x" * 2000, "/"),
    ],
)
def test_a_login_leads_to_a_path_of_ours_only(text: str, path: str) -> None:
    assert own_path(text) == path
