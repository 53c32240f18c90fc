"""Which strangers are told."""

from __future__ import annotations

from painwatch.curve.knocks import ADDRESS_AGAIN_NS, ANY_AGAIN_NS, KEY_AGAIN_NS, MOST, Knocks


def test_a_crowd_of_strangers_hides_no_new_host() -> None:
    knocks, at = Knocks(), 5
    told = 0
    for number in range(5 * MOST):
        at += ANY_AGAIN_NS // 50
        told += knocks.worth_telling(f"key {number}", "10.0.0.66", at)
    assert told <= 1 + 5 * MOST * (ANY_AGAIN_NS // 50) / ADDRESS_AGAIN_NS
    assert any(knocks.worth_telling("the new host", "10.0.0.7", at + ANY_AGAIN_NS * n) for n in range(2))


def test_a_key_is_told_once_and_again_when_an_hour_has_passed() -> None:
    knocks = Knocks()
    assert knocks.worth_telling("a", "10.0.0.7", 5)
    assert not knocks.worth_telling("a", "10.0.0.7", 4 + KEY_AGAIN_NS)
    assert knocks.worth_telling("a", "10.0.0.7", 5 + KEY_AGAIN_NS)


def test_two_new_hosts_are_both_told_though_they_knock_together() -> None:
    knocks = Knocks()
    assert knocks.worth_telling("a", "10.0.0.7", 5)
    assert not knocks.worth_telling("b", "10.0.0.8", 6)
    assert knocks.worth_telling("b", "10.0.0.8", 6 + ANY_AGAIN_NS)


def test_what_is_kept_in_mind_is_bounded() -> None:
    knocks = Knocks()
    for number in range(2 * MOST):
        assert knocks.worth_telling(f"key {number}", f"address {number}", number * ANY_AGAIN_NS)
    assert len(knocks._keys) == len(knocks._addresses) == MOST
