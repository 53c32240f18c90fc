"""Logins over a restart of the page's process."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from fixtures.turned_clock import TurnedClock
from painwatch.config.page import Role, UserConfig
from painwatch.web.access.kept_logins import KeptLogins
from painwatch.web.access.person import Person
from painwatch.web.access.sessions import IDLE_S, LONGEST_S, MOST, Sessions
from painwatch.web.access.users import Users

ANNA, WALL = Person("anna", Role.ADMINISTER), Person("wall", Role.VIEW, stays=True)
USERS = Users(((b"a" * 32, ANNA), (b"w" * 32, WALL)))


def begun(path: Path, clock: TurnedClock, users: Users = USERS) -> Sessions:
    return Sessions(clock, KeptLogins(path, users.seals()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "web.logins"


def test_a_login_lasts_over_a_restart_and_no_longer_than_it_would_have(path: Path, clock: TurnedClock) -> None:
    made = begun(path, clock).begin(ANNA)
    clock.turn(IDLE_S)
    visit = begun(path, clock).visit(made)
    assert visit is not None
    assert visit.person == ANNA
    clock.turn(IDLE_S + 1)
    assert begun(path, clock).visit(made) is None


def test_a_login_that_was_ended_stays_so(path: Path, clock: TurnedClock) -> None:
    sessions = begun(path, clock)
    one, other = sessions.begin(ANNA), sessions.begin(ANNA)
    sessions.end(one)
    again = begun(path, clock)
    assert again.visit(one) is None
    assert again.visit(other) is not None


def test_a_screen_on_the_wall_stays(path: Path, clock: TurnedClock) -> None:
    made = begun(path, clock).begin(WALL)
    clock.turn(10 * LONGEST_S)
    assert begun(path, clock).visit(made) is not None


def test_a_new_token_or_no_user_ends_the_logins(path: Path, clock: TurnedClock) -> None:
    made = begun(path, clock).begin(ANNA)
    assert begun(path, clock, Users(((b"b" * 32, ANNA),))).visit(made) is None
    assert begun(path, clock, Users(())).visit(made) is None


def test_a_role_is_the_one_of_today(path: Path, clock: TurnedClock) -> None:
    made, less = begun(path, clock).begin(ANNA), Person("anna", Role.VIEW)
    visit = begun(path, clock, Users(((b"a" * 32, less),))).visit(made)
    assert visit is not None
    assert visit.person == less


def test_the_file_is_for_nobody_elses_eyes_and_holds_no_id(path: Path, clock: TurnedClock) -> None:
    made = begun(path, clock).begin(ANNA)
    assert path.stat().st_mode & 0o777 == 0o600
    assert made.encode() not in path.read_bytes()
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_it_is_bounded(path: Path, clock: TurnedClock) -> None:
    persons = [Person(f"user-{number}", Role.VIEW) for number in range(MOST + 5)]
    users = Users(tuple((str(n).zfill(32).encode(), person) for n, person in enumerate(persons)))
    kept = KeptLogins(path, users.seals())
    sessions = Sessions(clock)
    made = [sessions.begin(person) for person in persons]
    kept.write(sessions._logins.items())
    again = begun(path, clock, users)
    assert len(again._logins) == MOST
    assert again.visit(made[-1]) is not None


@pytest.mark.parametrize("spoil", ["junk", "open", "link", "boot", "future"])
def test_a_file_that_cannot_be_believed_logs_nobody_in(path: Path, clock: TurnedClock, spoil: str) -> None:
    made = begun(path, clock).begin(ANNA)
    match spoil:
        case "junk":
            path.write_bytes(b"{" * 1000)
        case "open":
            path.chmod(0o620)
        case "link":
            path.rename(path.with_name("elsewhere"))
            path.symlink_to("elsewhere")
        case "boot":
            text = path.read_text()
            boot = text.index(':"') + 2
            path.write_text(text[:boot] + "x" + text[boot + 1 :])
        case "future":
            clock.turn(-1)
    sessions = begun(path, clock)
    assert sessions.visit(made) is None
    path.unlink()
    assert sessions.visit(sessions.begin(ANNA)) is not None


def test_without_a_folder_logins_are_kept_in_memory_alone(path: Path, clock: TurnedClock) -> None:
    sessions = begun(path / "absent" / "file", clock)
    assert sessions.visit(sessions.begin(ANNA)) is not None


def test_only_who_looks_on_may_stay() -> None:
    user = {"name": "wall", "token": {"env": "WALL"}, "stays": True}
    assert UserConfig.model_validate(user).stays
    with pytest.raises(ValidationError, match="role: view"):
        UserConfig.model_validate(user | {"role": "acknowledge"})
