"""What no header can carry is a fault of its own: the client would repeat it in an error that goes into the log."""

from __future__ import annotations

import logging

import pytest

from fixtures.draining import SECRET, TOKEN, draining, lines
from fixtures.outboxes import MemoryOutbox
from fixtures.waiting import wait_until
from painwatch.config.delivery import InfluxConfig
from painwatch.core.errors import PainwatchError
from painwatch.sinks.drainer import secret_of
from painwatch.sinks.read_minutes import InfluxHistory


@pytest.mark.parametrize("words", [f"{SECRET}\nID 0123\n", f"{SECRET}\r\n0123", f"{SECRET}€", f"{SECRET}\0"])
@pytest.mark.parametrize("login", [{"token": TOKEN}, {"username": "vet", "password": TOKEN}])
def test_a_secret_that_no_header_can_carry_is_told_without_it(words: str, login: dict[str, object]) -> None:
    sink = InfluxConfig.model_validate({"url": "http://127.0.0.1:1"} | login)
    with pytest.raises(PainwatchError, match=r"^\$INFLUX_TOKEN: the (token|password) there holds") as fault:
        secret_of(sink, lambda _: words)
    assert SECRET not in str(fault.value)
    with pytest.raises(PainwatchError, match="on one line"):
        InfluxHistory(sink, site="site", read_secret=lambda _: words)


def test_a_token_of_two_lines_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    outbox = MemoryOutbox(lines(1))
    with draining("http://127.0.0.1:1", outbox, read=lambda _: f"{SECRET}\nID 0123") as drainer:
        wait_until(lambda: drainer.state.fault, what="the fault to be told")
        assert "on one line" in drainer.state.fault
    assert SECRET not in caplog.text
