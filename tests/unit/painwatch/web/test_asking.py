"""Asking the hub: an answer counts for who asked, and only once the hub shows it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from fixtures.fake_hub import Story, snapshot
from painwatch.config.models import Config
from painwatch.core.alarms import Answer, Mark, Request, RequestAction
from painwatch.core.errors import PainwatchError
from painwatch.web import asking
from painwatch.web.asking import Asking, Wait
from painwatch.web.wishes import about_alarm, readable, to_mark

SEEN = about_alarm(RequestAction.ACKNOWLEDGE, "pain", "cage-1", who="anna", time_ns=60, given="one")


def test_it_is_done_when_a_snapshot_has_come_after_the_answer(config: Config) -> None:
    order: list[str] = []

    def send(request: Request, wait: Wait) -> Answer | None:
        desk.hear(snapshot(config, Story()))
        desk.hear(Answer("of another", True))
        desk.hear(Answer(request.id, True))
        order.append("answered")
        desk.hear(snapshot(config, Story()))
        return wait()

    desk = Asking(send)
    assert desk.ask(SEEN) == Answer(SEEN.id, True)
    assert order == ["answered"]


def test_a_refusal_is_told_at_once_and_silence_as_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(request: Request, wait: Wait) -> Answer | None:
        desk.hear(Answer(request.id, False, "no such alarm"))
        return wait()

    desk = Asking(refuse)
    assert desk.ask(SEEN) == Answer(SEEN.id, False, "no such alarm")
    monkeypatch.setattr(asking, "WAIT_S", 0.01)
    assert Asking(lambda _, wait: wait()).ask(SEEN) is None


def test_no_more_wait_than_can() -> None:
    def ask_again(request: Request, _: Wait) -> Answer | None:
        return desk.ask(replace(request, id=f"{request.id}+"))

    desk = Asking(ask_again)
    with pytest.raises(PainwatchError, match="too many requests wait"):
        desk.ask(SEEN)
    assert Asking(lambda *_: None).ask(SEEN) is None


def test_a_request_is_the_same_only_if_the_same_is_asked_by_the_same_person() -> None:
    def named(who: str = "anna", rule: str = "pain", given: str = "one", time_ns: int = 60) -> str:
        return about_alarm(RequestAction.ACKNOWLEDGE, rule, "cage-1", who=who, time_ns=time_ns, given=given).id

    assert named() == named(time_ns=99) == SEEN.id
    mark = to_mark(Mark("cage-1", "pain", 60), who="anna", time_ns=60, given="one")
    assert len({named(), named(who="bert"), named(rule="other"), named(given="two"), mark.id}) == 5
    assert len(named()) <= 64


def test_a_silence_ends_so_many_minutes_from_now() -> None:
    asked = about_alarm(RequestAction.SILENCE, "p", "c", who="a", time_ns=60, given="x", minutes=1.5)
    assert asked.until_ns == 60 + 90 * 10**9
    assert SEEN.until_ns is None


@pytest.mark.parametrize("words", ["two\nlines", "\x1b[2J", "a\u202eb"])
def test_words_are_one_line_that_can_be_shown(words: str) -> None:
    assert readable("  5 mg/kg, günstig ") == "5 mg/kg, günstig"
    with pytest.raises(ValueError, match="one line"):
        readable(words)
