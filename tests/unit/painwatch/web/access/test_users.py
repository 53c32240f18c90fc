"""Tokens: which serve, and whose they are."""

from __future__ import annotations

import pytest

from fixtures.doors import TOKENS, USERS
from painwatch.config.page import Role, UserConfig
from painwatch.core.errors import PainwatchError
from painwatch.web.access.person import Person
from painwatch.web.access.users import Users, read_users, why_weak


def users_with(tokens: dict[str, str]) -> Users:
    return read_users(map(UserConfig.model_validate, USERS), lambda secret: tokens[str(secret.env)])


def test_each_token_is_its_users() -> None:
    users = users_with(TOKENS)
    assert users.whose(TOKENS["bert"]) == Person("bert", Role.ACKNOWLEDGE)
    for wrong in ("", "wrong", TOKENS["bert"][:-1], TOKENS["bert"] + "x", "x" * 100_000, "\udc80" * 30):
        assert users.whose(wrong) is None


def test_no_token_is_kept() -> None:
    assert not any(token in repr(users_with(TOKENS)) for token in TOKENS.values())


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("", "0 characters"),
        ("0123456789-abcdefgh", "19 characters"),
        ("0123456789-abc defghij", "spaces"),
        ("0123456789-abc\ndefghij", "line breaks"),
        ("0123456789-abcdefghiü", "ASCII"),
        ("x" * 2000, "2000 characters"),
        ("abababababababababababab", "2 different"),
    ],
)
def test_a_weak_token_is_refused_at_the_start_without_a_word_of_it(token: str, why: str) -> None:
    with pytest.raises(PainwatchError, match=why) as refused:
        users_with(TOKENS | {"bert": token})
    assert refused.value.where == "page: users: bert: token"
    assert "painwatch token" in refused.value.mend
    assert not token or token not in str(refused.value)


def test_two_users_do_not_share_a_token() -> None:
    with pytest.raises(PainwatchError, match="also the token of anna") as refused:
        users_with(TOKENS | {"wall": TOKENS["anna"]})
    assert TOKENS["anna"] not in str(refused.value)


def test_a_token_of_twenty_characters_serves() -> None:
    assert why_weak("0123456789-abcdefghi") == ""
