"""People are answered once what they asked for is stored, and also if it never will be."""

from __future__ import annotations

from fixtures.alarming import asks
from fixtures.stored import mark
from painwatch.core.alarms import Answer
from painwatch.hub.answers import MOST_WAITING, Answers
from painwatch.hub.site import Judged, Outcome
from painwatch.store.ledger import Refused

DONE = Outcome(judged=(Judged(mark(), (), ()),))
NOTHING_NEW = Outcome(judged=(Judged(None, (), ()),))


def test_what_was_lost_is_answered_and_no_longer_waited_for() -> None:
    told: list[Answer] = []
    answers, request = Answers(told.append), asks("mark", 1)
    answers.taken(request, DONE)
    answers.taken(request, NOTHING_NEW)
    assert told == []
    answers.lost([Refused(request.id, "the disk is full")])
    (answer,) = told
    assert (answer.request, answer.done) == (request.id, False)
    assert "the disk is full" in answer.words


def test_only_so_many_wait() -> None:
    told: list[Answer] = []
    answers = Answers(told.append)
    for at in range(MOST_WAITING):
        assert not answers.full
        answers.taken(asks("mark", at), DONE)
    assert answers.full
    answers.lost([Refused(asks("mark", 0).id, "no room")])
    assert not answers.full
