import re

from hypothesis import given
from hypothesis import strategies as st

from painwatch.grafana.names import uid_of


@given(st.text(max_size=90), st.lists(st.text(max_size=60), min_size=1, max_size=3))
def test_grafana_takes_every_uid(site: str, parts: list[str]) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", uid_of(site, *parts))


def test_another_site_or_thing_has_another_uid() -> None:
    names = {uid_of("a", "x-y"), uid_of("b", "x-y"), uid_of("a", "x", "y"), uid_of("a", "x y")}
    assert len(names) == 4


def test_the_same_thing_keeps_its_uid() -> None:
    assert uid_of("Demo room", "rule", "sustained-pain") == uid_of("Demo room", "rule", "sustained-pain")
    assert uid_of("Demo room", "rule", "sustained-pain").startswith("painwatch-rule-sustained-pain-")
