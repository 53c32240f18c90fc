"""Messages through Apprise to real servers: delivered, or told why not, soon and without the address."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from fixtures.certificates import make_certificate
from painwatch.core.alarms import Priority
from painwatch.notify.delivery import Delivery, ask, deliver
from painwatch.notify.messages import Message
from servers.smtp_server import PASSWORD, USER, SmtpServer
from servers.web_hook import WebHook

MESSAGE = Message(
    "Lab: please review the animal in cage-1", "Please look.\n0.81 > 0.60 & <rising>\n${HOME} {{x}}", Priority.HIGH
)
TOKEN = "t0ken-s3cret"


def sent(url: str, timeout_s: float = 30) -> Delivery:
    return deliver(url, MESSAGE, threading.Event(), timeout_s)


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_web_hook_gets_the_words_as_they_are() -> None:
    with WebHook() as hook:
        assert sent(hook.address(path=TOKEN)) == Delivery(True)
    (taken,) = hook.taken
    assert (taken.message["title"], taken.message["message"]) == (MESSAGE.title, MESSAGE.body)
    assert taken.message["type"] == "failure"


def test_what_is_too_long_for_a_service_comes_in_parts() -> None:
    words = [f"word-{number}" for number in range(6000)]
    with WebHook() as hook:
        assert deliver(hook.address(), Message("long", " ".join(words), Priority.LOW), threading.Event()).delivered
    assert len(hook.taken) > 1
    assert "".join("".join(taken.message["message"] for taken in hook.taken).split()) == "".join(words)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("status/500/", "HTTP 500 Internal Server Error"),
        ("status/401/", "HTTP 401 Unauthorized"),
        ("status/404/", "HTTP 404 Not Found"),
        ("hang/", "does not answer in time"),
        ("cut/", "broke the connection off"),
        ("moved/", "points elsewhere (HTTP 301"),
    ],
)
def test_a_web_hook_that_fails_is_told_without_its_address(path: str, words: str) -> None:
    with WebHook() as hook:
        delivery = sent(hook.address(path=path + TOKEN, login=f"{USER}:{PASSWORD}@") + "?rto=1")
    assert not delivery.delivered
    assert words in delivery.why
    assert delivery.mend
    assert TOKEN not in str(delivery)
    assert PASSWORD not in str(delivery)
    assert hook.taken == []


def test_a_refused_connection_and_an_unknown_name_are_told(closed_port: int) -> None:
    assert "refuses the connection" in sent(f"json://127.0.0.1:{closed_port}/{TOKEN}").why
    assert "name is not known" in sent(f"json://no-such-host.invalid/{TOKEN}").why


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "is empty"),
        (TOKEN, "does not begin with its kind"),
        (f"nosuchkind://{TOKEN}", 'called "nosuchkind"'),
        (f"tgram://{TOKEN}", "not complete for its kind (tgram)"),
        (f"slack://{TOKEN}/x", "not complete for its kind (slack)"),
        ("json://", "not complete for its kind (json)"),
    ],
)
def test_an_address_that_is_none_is_told(url: str, words: str) -> None:
    delivery = sent(url)
    assert words in delivery.why
    assert TOKEN not in str(delivery)


def test_whatever_never_ends_is_ended() -> None:
    with WebHook() as hook:
        delivery = sent(hook.address(path="drip/"), timeout_s=2)
    assert "not sent within 2 s" in delivery.why


def test_a_stop_breaks_off_what_hangs_and_leaves_no_process() -> None:
    stop, found = threading.Event(), []
    with WebHook() as hook:
        url = hook.address(path="hang/") + "?rto=60"
        thread = threading.Thread(target=lambda: found.append(deliver(url, MESSAGE, stop)))
        thread.start()
        while not hook.asked:
            time.sleep(0.01)
        stop.set()
        thread.join(30)
    assert found == [Delivery(False, "it was broken off", broken_off=True)]


def test_mail_arrives_as_it_was_written() -> None:
    with SmtpServer() as mail:
        assert sent(mail.address()) == Delivery(True)
    (received,) = mail.mails
    assert received["subject"] == MESSAGE.title
    assert received["to"] == "vet@lab.example"
    assert received.get_content().strip().splitlines() == MESSAGE.body.splitlines()


def test_mail_goes_over_tls_with_a_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = make_certificate(tmp_path, name="mail")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with SmtpServer(certificate, key) as mail:
        assert sent(mail.address("mailtos", f"{USER}:{PASSWORD}@", "&mode=starttls")) == Delivery(True)
    assert len(mail.mails) == 1
    assert [line for line in mail.said if line.startswith("AUTH")]


def test_a_certificate_that_nobody_vouches_for_is_told(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, name="mail")
    with SmtpServer(certificate, key) as mail:
        delivery = sent(mail.address("mailtos", f"{USER}:{PASSWORD}@", "&mode=starttls"))
    assert "certificate cannot be verified" in delivery.why
    assert not any("AUTH" in line for line in mail.said)


def test_no_login_goes_to_a_mail_server_without_tls_that_was_to_have_it() -> None:
    with SmtpServer() as mail:
        delivery = sent(mail.address("mailtos", f"{USER}:{PASSWORD}@", "&mode=starttls"))
    assert "does not speak TLS" in delivery.why
    assert not any("AUTH" in line for line in mail.said)
    assert mail.mails == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("hang", "does not answer in time"),
        ("login", "refuses the login"),
        ("recipient", "refuses a recipient"),
        ("cut", "broke the connection off"),
        ("data", "refuses the message (SMTP 554)"),
        ("busy", "cannot take it now (SMTP 421)"),
    ],
)
def test_a_mail_server_that_fails_is_told_without_its_address(fault: str, words: str) -> None:
    with SmtpServer(fault=fault) as mail:
        delivery = sent(mail.address(login=f"{USER}:{PASSWORD}@", more="&cto=1"))
    assert not delivery.delivered
    assert words in delivery.why, delivery
    assert PASSWORD not in str(delivery)
    assert "vet@lab" not in str(delivery)
    assert mail.mails == []


def test_what_leaves_the_host_in_the_clear_is_said() -> None:
    assert sent("json://no-such-host.invalid/").in_the_clear
    assert sent("mailto://no-such-host.invalid/?from=a@b.de&to=c@d.de").in_the_clear
    assert not sent("jsons://no-such-host.invalid/").in_the_clear
    assert not sent("mailtos://no-such-host.invalid/?from=a@b.de&to=c@d.de").in_the_clear


def test_a_heartbeat_asks_once_and_follows_where_it_is_pointed() -> None:
    stop = threading.Event()
    with WebHook() as hook:
        assert ask(hook.address("http", "beat"), stop) == Delivery(True)
        assert ask(hook.address("http", "moved/beat"), stop) == Delivery(True)
        assert "HTTP 503" in ask(hook.address("http", f"status/503/{TOKEN}"), stop).why
        assert "not sent within" in ask(hook.address("http", f"hang/{TOKEN}"), stop, timeout_s=1).why
    assert [taken.method for taken in hook.taken] == ["GET", "GET"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://h/x", TOKEN, "", "http://"])
def test_a_heartbeat_asks_the_web_only(url: str) -> None:
    delivery = ask(url, threading.Event())
    assert "no http(s):// address" in delivery.why
    assert TOKEN not in str(delivery)


def test_the_address_is_on_no_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import psutil

    seen: list[str] = []
    stop = threading.Event()
    with WebHook() as hook:
        url = hook.address(path=f"hang/{TOKEN}")
        thread = threading.Thread(target=deliver, args=(url, MESSAGE, stop))
        thread.start()
        while not hook.asked:
            time.sleep(0.01)
        for child in psutil.Process(os.getpid()).children():
            seen += [*child.cmdline(), *child.environ().values()]
        stop.set()
        thread.join(30)
    assert "painwatch.notify.courier" in seen
    assert TOKEN not in "".join(seen)
