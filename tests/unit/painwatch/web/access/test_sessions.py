"""How long a login lasts, and how many there are."""

from __future__ import annotations

from fixtures.turned_clock import TurnedClock
from painwatch.config.page import Role
from painwatch.web.access.person import Person
from painwatch.web.access.sessions import IDLE_S, LONGEST_S, MOST, MOST_OF_ONE, Sessions

ANNA = Person("anna", Role.ADMINISTER)


def test_a_login_lasts_while_it_is_used(clock: TurnedClock) -> None:
    sessions = Sessions(clock)
    made = sessions.begin(ANNA)
    for _ in range(LONGEST_S // IDLE_S):
        visit = sessions.visit(made)
        assert visit is not None
        assert (visit.person, visit.session, visit.ambient, visit.lasts()) == (ANNA, made, True, True)
        clock.turn(IDLE_S)
    clock.turn(1)
    assert sessions.visit(made) is None


def test_a_login_that_is_not_used_ends(clock: TurnedClock) -> None:
    sessions = Sessions(clock)
    visit = sessions.visit(sessions.begin(ANNA))
    assert visit is not None
    clock.turn(IDLE_S)
    assert visit.lasts()  # looking at it is no use of it
    clock.turn(1)
    assert not visit.lasts()


def test_logging_out_ends_a_login_and_no_other(clock: TurnedClock) -> None:
    sessions = Sessions(clock)
    one, other = sessions.begin(ANNA), sessions.begin(ANNA)
    visit = sessions.visit(one)
    assert visit is not None
    assert sessions.end(one) == ANNA
    assert not visit.lasts()
    assert sessions.end(one) is None
    assert sessions.visit(other) is not None


def test_an_id_is_long_random_and_not_kept(clock: TurnedClock) -> None:
    sessions = Sessions(clock)
    ids = {sessions.begin(ANNA) for _ in range(20)}
    assert len(ids) == 20
    assert {len(made) for made in ids} == {43}
    assert not any(made.encode() in key for made in ids for key in sessions._logins)
    for wrong in ("", "x" * 43, "x" * 10_000, "\udc80" * 43):
        assert sessions.visit(wrong) is None


def test_there_are_only_so_many_and_the_one_unused_for_longest_gives_way(clock: TurnedClock) -> None:
    sessions = Sessions(clock)
    first, second = sessions.begin(ANNA), sessions.begin(ANNA)
    sessions.visit(first)
    for _ in range(MOST_OF_ONE - 1):
        sessions.begin(ANNA)
    assert sessions.visit(second) is None
    assert sessions.visit(first) is not None
    for number in range(MOST + 100):
        sessions.begin(Person(f"user-{number}", Role.VIEW))
    assert len(sessions._logins) == MOST


def test_ended_logins_make_room_first(clock: TurnedClock) -> None:
    sessions = Sessions(clock)
    for number in range(100):
        sessions.begin(Person(f"user-{number}", Role.VIEW))
    clock.turn(IDLE_S + 1)
    sessions.begin(ANNA)
    assert len(sessions._logins) == 1
