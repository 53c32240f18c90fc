"""Who comes in, by which way, and what is refused before anything answers."""

from __future__ import annotations

import pytest
from starlette.websockets import WebSocketDisconnect

from fixtures.doors import TOKENS, USERS, House, house
from painwatch.web.access import layer, sockets
from painwatch.web.access.headers import CONTENT_SECURITY_POLICY, NOTHING_POLICY

LOCAL = "http://127.0.0.1:8080"
SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
OWN = {"origin": LOCAL, "host": "127.0.0.1:8080"}


def bearer(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {TOKENS[name]}"}


@pytest.fixture
def open_house() -> House:
    return house({})


@pytest.fixture
def users() -> House:
    return house({"users": USERS})


def test_on_loopback_without_users_everyone_is_local_and_may_do_all(open_house: House) -> None:
    client = open_house.client()
    assert client.get("/api/person").json() == {"name": "local", "role": "administer"}
    assert client.post("/api/acknowledge", headers={"x-painwatch": "1"}).json() == {"by": "local"}
    assert client.get("/login").headers["location"] == "/"
    with client.websocket_connect(SOCKET, headers=OWN) as socket:
        assert socket.receive_text() == "local"


@pytest.mark.parametrize("path", ["/", "/api/person", "/_nicegui/x.js", "/page/page.css", "/metrics", "/anything"])
def test_with_users_nothing_is_answered_to_a_stranger(users: House, path: str) -> None:
    answer = users.client().get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert set(answer.json()) == {"what", "mend", "age_s"}


@pytest.mark.parametrize("path", ["/login/", "/login/x", "//login", "/healthz/", "/healthz/../api/person", "/LOGIN"])
def test_only_the_login_itself_and_healthz_are_open(users: House, path: str) -> None:
    assert users.client().get(path).status_code == 401


def test_a_strangers_socket_and_its_polling_are_refused_before_they_open(users: House) -> None:
    client = users.client()
    for headers in (OWN, OWN | {"cookie": "painwatch=" + "a" * 43}, OWN | {"authorization": "Bearer " + "a" * 43}):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(SOCKET, headers=headers):
            pass
        assert client.get("/_nicegui_ws/socket.io/?EIO=4&transport=polling", headers=headers).status_code == 401
        assert client.post("/_nicegui_ws/socket.io/?EIO=4&transport=polling", headers=headers).status_code == 401


def test_a_stranger_hears_that_it_lives_and_no_more(users: House) -> None:
    assert users.client().get("/healthz").text == "ok"
    assert users.client().get("/healthz", headers={"authorization": "Bearer wrong"}).text == "ok"
    assert users.client().get("/healthz", headers=bearer("wall")).text == "ok, with details"


@pytest.mark.parametrize(("name", "role"), [("anna", "administer"), ("bert", "acknowledge"), ("wall", "view")])
def test_a_token_says_who_a_program_is(users: House, name: str, role: str) -> None:
    assert users.client().get("/api/person", headers=bearer(name)).json() == {"name": name, "role": role}


@pytest.mark.parametrize(
    "value",
    ["Bearer", "Bearer ", "Bearer wrong", "Basic YTpi", "bearer-anna", TOKENS["anna"], "Bearer \xff" + "x" * 30],
)
def test_any_other_authorization_is_refused_even_beside_a_login(users: House, value: str) -> None:
    client = users.logged_in()
    assert client.get("/api/person").status_code == 200
    assert client.get("/api/person", headers={"authorization": value.encode("latin-1")}).status_code == 401


def test_two_authorizations_are_none(users: House) -> None:
    both = [("authorization", f"Bearer {TOKENS['anna']}"), ("authorization", f"Bearer {TOKENS['wall']}")]
    assert users.client().get("/api/person", headers=both).status_code == 401


def test_a_role_that_does_not_reach_is_told_apart_from_a_missing_login(users: House) -> None:
    refused = users.client().post("/api/acknowledge", headers=bearer("wall"))
    assert refused.status_code == 403
    assert refused.json()["what"] == "wall may view only"
    assert "acknowledge" in refused.json()["mend"]
    for name in ("bert", "anna"):
        assert users.client().post("/api/acknowledge", headers=bearer(name)).json() == {"by": name}
    assert users.client().post("/api/acknowledge").status_code == 401


def test_a_browser_is_led_to_the_login_and_back(users: House) -> None:
    html = {"accept": "text/html,*/*;q=0.8"}
    assert users.client().get("/", headers=html).headers["location"] == "/login"
    assert (
        users.client().get("/a?b=c&d=%2F", headers=html).headers["location"] == "/login?next=%2Fa%3Fb%3Dc%26d%3D%252F"
    )
    assert users.client().get("http://127.0.0.1:8080//evil.example/", headers=html).headers["location"] == "/login"
    for path in ("/api/person", "/metrics", "/page/page.js", "/_nicegui/x"):
        assert users.client().get(path, headers=html).status_code == 401
    assert users.client().post("/", headers=html).status_code == 401


def test_a_link_from_a_mail_is_asked_for_again_from_here_so_that_the_cookie_comes_along(users: House) -> None:
    followed = {"accept": "text/html", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    answer = users.client().get("/?alarm=1&x=2", headers=followed)
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0; url=/?alarm=1&amp;x=2">' in answer.text
    assert 'url=/"' in users.client().get("http://127.0.0.1:8080//evil.example/x", headers=followed).text
    assert users.client().get("/", headers=followed | {"sec-fetch-site": "same-origin"}).status_code == 303


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_what_changes_something_needs_more_than_a_cookie(users: House, open_house: House, method: str) -> None:
    for client in (users.logged_in(), open_house.client()):
        for headers in ({}, OWN, {"x-painwatch": "0"}):
            refused = client.request(method, "/api/acknowledge", headers=headers)
            assert refused.status_code == 403
            assert "X-Painwatch" in refused.json()["what"]
        assert client.request(method, "/api/acknowledge", headers={"x-painwatch": "1"}).status_code in (200, 405)


def test_the_pages_own_polling_needs_an_origin_as_it_can_send_no_header(users: House) -> None:
    client = users.logged_in()
    assert client.post("/_nicegui_ws/socket.io/").status_code == 403
    assert client.post("/_nicegui_ws/socket.io/", headers=OWN).text == "anna"


def test_a_socket_needs_an_origin_unless_a_program_opens_it(users: House) -> None:
    client = users.logged_in()
    login = {"host": "127.0.0.1:8080", "cookie": f"painwatch={client.cookies['painwatch']}"}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(SOCKET, headers=login):
        pass
    with client.websocket_connect(SOCKET, headers=login | OWN) as socket:
        assert socket.receive_text() == "anna"
    with client.websocket_connect(SOCKET, headers={"host": "127.0.0.1:8080"} | bearer("wall")) as socket:
        assert socket.receive_text() == "wall"


def test_a_socket_ends_with_its_login_whoever_speaks_next(users: House) -> None:
    for speaks in (True, False):
        client = users.logged_in()
        cookie = {"cookie": f"painwatch={client.cookies['painwatch']}"}
        with client.websocket_connect(SOCKET, headers=OWN | cookie) as socket:
            assert socket.receive_text() == "anna"
            socket.send_text("still here")
            assert socket.receive_text() == "still here"
            if speaks:
                client.post("/logout", headers=OWN)
            else:
                users.clock.turn(8 * 86_400)
            socket.send_text("and now")
            with pytest.raises(WebSocketDisconnect) as ended:
                socket.receive_text()
            assert ended.value.reason == "the login has ended"


def test_a_socket_that_floods_is_closed(open_house: House) -> None:
    with open_house.client().websocket_connect(SOCKET, headers=OWN) as socket:
        assert socket.receive_text() == "local"
        for number in range(sockets.MESSAGES_AT_ONCE):
            socket.send_text(str(number))
            assert socket.receive_text() == str(number)
        socket.send_text("one more")
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_text()
        assert ended.value.reason == "too many messages"


def test_every_answer_and_every_refusal_keeps_the_browser_on_this_host(users: House, open_house: House) -> None:
    for answer in (open_house.client().get("/"), open_house.client().get("/none"), users.client().get("/")):
        assert answer.headers["content-security-policy"] == NOTHING_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in answer.headers
    page = open_house.client().get("/page")
    assert page.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert "*" not in CONTENT_SECURITY_POLICY


def test_over_tls_the_browser_is_told_to_come_back_that_way_only(users: House) -> None:
    named = house({"users": USERS, "names": ["lab.example"]})
    assert "max-age" in named.client("https://lab.example").get("/").headers["strict-transport-security"]
    # For localhost it would hold for every other program on this machine.
    assert "strict-transport-security" not in users.client("https://127.0.0.1:8080").get("/").headers


@pytest.mark.parametrize("base", ["http://127.0.0.1:8080", "http://localhost:9000", "http://[::1]:8080"])
def test_loopback_answers_to_its_names(open_house: House, base: str) -> None:
    assert open_house.client(base).get("/").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "", "[", "a:b:c"])
@pytest.mark.parametrize("path", ["/", "/login", "/healthz"])
def test_a_name_that_is_not_ours_is_refused(open_house: House, users: House, host: str, path: str) -> None:
    for client in (open_house.client(), users.client()):
        answer = client.get(path, headers={"host": host})
        assert answer.status_code == 403
        assert answer.json()["what"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://[", ""])
@pytest.mark.parametrize("path", ["/", "/login"])
def test_another_sites_page_may_not_ask(open_house: House, origin: str, path: str) -> None:
    assert open_house.client().get(path, headers={"origin": origin}).status_code == 403


def test_over_tls_the_page_without_it_is_another_site() -> None:
    client = house({"names": ["lab.example"]}).client("https://lab.example")
    assert client.get("/", headers={"origin": "http://lab.example"}).status_code == 403
    assert client.get("/", headers={"origin": "https://lab.example"}).status_code == 200


def test_another_sites_page_may_link_here_but_not_fetch_pictures_or_send_forms(open_house: House) -> None:
    elsewhere = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
    client = open_house.client()
    assert client.get("/", headers=elsewhere).status_code == 403
    assert client.get("/", headers=elsewhere | {"sec-fetch-mode": "navigate"}).status_code == 200
    assert client.get("/", headers=elsewhere | {"sec-fetch-site": "same-origin"}).status_code == 200
    sent = elsewhere | {"sec-fetch-mode": "navigate", "x-painwatch": "1"}
    assert client.post("/api/acknowledge", headers=sent).status_code == 403


def test_a_strangers_web_socket_is_closed_before_it_opens(open_house: House) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        open_house.client().websocket_connect(SOCKET, headers={"origin": "https://evil.example"}),
    ):
        pass


def test_a_body_of_up_to_64_kib_comes_through_and_no_larger_one(open_house: House) -> None:
    client, own = open_house.client(), {"x-painwatch": "1"}
    whole = bytes(layer.LARGEST_BODY_BYTES)
    assert client.post("/api/acknowledge", content=whole, headers=own).status_code == 200
    assert open_house.bodies == [whole]
    assert client.post("/api/acknowledge", content=whole + b"x", headers=own).status_code == 413
    assert client.post("/api/acknowledge", content=iter([whole, b"x"]), headers=own).status_code == 413
    assert client.post("/login", content=whole + b"x", headers=OWN).status_code == 413
    assert client.post("/api/acknowledge", content=iter([b"a", b"b"]), headers=own).status_code == 200
    assert open_house.bodies == [whole, b"ab"]


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "99999999999999999999"])
def test_a_length_that_is_none_is_refused(open_house: House, length: str) -> None:
    headers = {"x-painwatch": "1", "content-length": length}
    assert open_house.client().post("/api/acknowledge", content=b"a", headers=headers).status_code == 413


def test_addresses_and_headers_are_bounded(open_house: House) -> None:
    client = open_house.client()
    assert client.get("/?" + "x" * 4000).status_code == 200
    assert client.get("/?" + "x" * 5000).status_code == 414
    assert client.get("/", headers={f"x-{number}": "y" for number in range(70)}).status_code == 431
    assert client.get("/", headers={"x": "y" * 30_000}).status_code == 431


def test_a_machine_that_asks_too_often_is_told_to_wait_and_no_other_one() -> None:
    made = house({"users": USERS}, requests_per_s=2)
    hasty, other = made.client(address="10.0.0.1"), made.client(address="10.0.0.2")
    answers = [hasty.get("/healthz").status_code for _ in range(25)]
    assert answers == [200] * 20 + [429] * 5
    refused = hasty.get("/healthz")
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["what"] == "too many requests from your machine"
    assert other.get("/healthz").status_code == 200
    made.clock.turn(1)
    assert [hasty.get("/healthz").status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("path", [SOCKET, f"{SOCKET}&sid=x", "/_nicegui_ws/socket.io/?transport=x&transport=websocket"])
def test_a_socket_asked_for_without_an_upgrade_is_refused_in_words(open_house: House, path: str) -> None:
    answer = open_house.client().get(path, headers=OWN)
    assert answer.status_code == 400
    assert "WebSocket" in answer.json()["what"]
