"""Behind a reverse proxy: whose word counts, and on what."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from fixtures.doors import TOKENS, USERS, House, house
from painwatch.config.page import PageConfig
from painwatch.web.access.asker import asker_of
from painwatch.web.access.door import PROXY_VISIT_S
from painwatch.web.access.person import visit_of

PROXY = {"addresses": ["10.0.0.5", "fd00::/64"], "role_header": "X-Role", "names": ["lab.example"]}
BY_PROXY = "10.0.0.5"


def behind(**changed: object) -> House:
    return house({"host": "0.0.0.0", "proxy": PROXY | changed})


def who(made: House, headers: object, address: str = BY_PROXY) -> object:
    answer = made.client("http://lab.example", address).get("/api/person", headers=headers)
    return answer.json() if answer.status_code == 200 else answer.status_code


def test_the_proxys_word_says_who_asks() -> None:
    said = {"x-forwarded-user": "zoë", "x-role": " Acknowledge "}
    encoded = [(name, value.encode()) for name, value in said.items()]
    assert who(behind(), encoded) == {"name": "zoë", "role": "acknowledge"}
    fixed = behind(role_header=None, role="acknowledge", user_header="Remote-User")
    assert who(fixed, {"remote-user": "zoe"}) == {"name": "zoe", "role": "acknowledge"}
    assert who(behind(role_header=None), {"x-forwarded-user": "zoe"}) == {"name": "zoe", "role": "view"}


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.6", "::1", "fd01::1", "testclient"])
@pytest.mark.parametrize("path", ["/", "/healthz", "/login"])
def test_nobody_else_may_connect_whatever_they_say(address: str, path: str) -> None:
    said = {"x-forwarded-user": "root", "x-role": "administer", "x-forwarded-for": BY_PROXY}
    answer = behind().client("http://lab.example", address).get(path, headers=said)
    assert answer.status_code == 403
    assert "proxy" in answer.json()["what"]


@pytest.mark.parametrize("address", ["10.0.0.5", "::ffff:10.0.0.5", "fd00::7"])
def test_the_proxy_may_come_from_each_of_its_addresses(address: str) -> None:
    assert who(behind(), {"x-forwarded-user": "zoe", "x-role": "view"}, address) == {"name": "zoe", "role": "view"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 401),
        ([("x-role", "view")], 401),
        ([("x-forwarded-user", ""), ("x-role", "view")], 401),
        ([("x-forwarded-user", "zoe"), ("x-forwarded-user", "root"), ("x-role", "view")], 401),
        ([("x-forwarded-user", "x" * 129), ("x-role", "view")], 403),
        ([("x-forwarded-user", "a\tb"), ("x-role", "view")], 403),
        ([("x-forwarded-user", "zoe")], 403),
        ([("x-forwarded-user", "zoe"), ("x-role", "root")], 403),
        ([("x-forwarded-user", "zoe"), ("x-role", "view"), ("x-role", "administer")], 403),
    ],
)
def test_a_word_that_is_missing_doubled_or_none_lets_nobody_in(headers: list[tuple[str, str]], status: int) -> None:
    assert who(behind(), headers) == status


def test_a_browser_is_not_led_to_a_login_that_is_not_ours() -> None:
    client = behind().client("http://lab.example", BY_PROXY)
    assert client.get("/", headers={"accept": "text/html"}).status_code == 401
    assert client.get("/login").headers["location"] == "/"
    assert client.get("/healthz").text == "ok"


def test_names_of_the_proxy() -> None:
    said = {"x-forwarded-user": "zoe", "x-role": "view"}
    for base, status in (("http://lab.example", 200), ("http://LAB.example.", 200), ("http://evil.example", 403)):
        assert behind().client(base, BY_PROXY).get("/", headers=said).status_code == status
    assert behind(names=[]).client("http://any.example", BY_PROXY).get("/", headers=said).status_code == 200


def test_what_changes_something_needs_our_header_here_too() -> None:
    client = behind().client("http://lab.example", BY_PROXY)
    said = {"x-forwarded-user": "zoe", "x-role": "acknowledge"}
    assert client.post("/api/acknowledge", headers=said).status_code == 403
    assert client.post("/api/acknowledge", headers=said | {"x-painwatch": "1"}).json() == {"by": "zoe"}


def test_an_open_page_lives_on_the_proxys_word_for_so_long_only() -> None:
    made = behind()
    visit = made.door.visit(
        Headers({"x-forwarded-user": "zoe", "x-role": "view"}),
        asker_of({"client": (BY_PROXY, 1)}, Headers({}), made.door.page),
    )
    assert visit.lasts()
    made.clock.turn(PROXY_VISIT_S)
    assert not visit.lasts()


def test_without_a_proxy_its_headers_are_mere_noise() -> None:
    said = {
        "x-forwarded-user": "root",
        "x-forwarded-for": "10.1.1.1",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "evil.example",
    }
    made = house({"users": USERS})
    assert made.client().get("/api/person", headers=said).status_code == 401
    wall = said | {"authorization": f"Bearer {TOKENS['wall']}"}
    answer = made.client().get("/api/person", headers=wall)
    assert answer.json() == {"name": "wall", "role": "view"}
    assert "strict-transport-security" not in answer.headers


def test_with_users_the_proxy_only_brings_requests() -> None:
    made = house({"host": "0.0.0.0", "users": USERS, "proxy": PROXY})
    said = {"x-forwarded-user": "root", "x-role": "administer", "x-forwarded-proto": "https"}
    assert who(made, said) == 401
    assert who(made, said | {"authorization": f"Bearer {TOKENS['wall']}"}) == {"name": "wall", "role": "view"}
    client = made.client("http://lab.example", BY_PROXY)
    answer = client.post("/login", data={"token": TOKENS["bert"]}, headers=said | {"origin": "https://lab.example"})
    assert answer.status_code == 303
    assert answer.headers["set-cookie"].startswith("__Host-painwatch=")
    assert "Secure" in answer.headers["set-cookie"]
    assert "strict-transport-security" in answer.headers


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ([], "10.0.0.5"),
        (["192.0.2.7"], "192.0.2.7"),
        (["203.0.113.9, 192.0.2.7"], "192.0.2.7"),
        (["203.0.113.9", "192.0.2.7, 10.0.0.5"], "192.0.2.7"),
        (["192.0.2.7:4711"], "192.0.2.7"),
        (["[2001:db8::7]:4711"], "2001:db8::7"),
        (["::ffff:192.0.2.7"], "192.0.2.7"),
        (["192.0.2.7, unknown"], "10.0.0.5"),
        (["10.0.0.5, 10.0.0.5"], "10.0.0.5"),
        ([""], "10.0.0.5"),
    ],
)
def test_limits_go_by_the_persons_own_machine(forwarded: list[str], address: str) -> None:
    page = PageConfig.model_validate({"host": "0.0.0.0", "proxy": PROXY})
    headers = Headers(raw=[(b"x-forwarded-for", value.encode()) for value in forwarded])
    assert asker_of({"client": (BY_PROXY, 1), "scheme": "http"}, headers, page).address == address


def test_a_machine_has_a_whole_network_of_ipv6_to_itself() -> None:
    page = PageConfig()
    keys = {asker_of({"client": (f"2001:db8::{n}", 1)}, Headers({}), page).key for n in range(9)}
    assert keys == {"2001:db8::/64"}
    assert asker_of({"client": ("fe80::1%eth0", 1)}, Headers({}), page).address == "fe80::1"


def test_nothing_from_outside_can_make_a_visit() -> None:
    scope = {"type": "http", "painwatch.visit": {"person": "root"}, "headers": [(b"painwatch.visit", b"root")]}
    assert visit_of(HTTPConnection(scope)) is None
