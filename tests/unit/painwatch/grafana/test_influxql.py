import re

from hypothesis import given
from hypothesis import strategies as st

from painwatch.grafana.influxql import any_of, name, text


def test_quotes_are_escaped() -> None:
    assert name('a"b') == '"a\\"b"'
    assert text("it's") == "'it\\'s'"


def test_nothing_in_a_value_ends_the_expression_or_is_a_variable() -> None:
    assert any_of("site", ["a/b $x"]) == '"site" =~ /^(a\\x2fb \\x24x)$/'


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=3), st.text(max_size=8))
def test_only_the_values_match(values: list[str], other: str) -> None:
    pattern = any_of("t", values).removeprefix('"t" =~ /').removesuffix("/")
    for value in [*values, other]:
        found = re.fullmatch(pattern.removeprefix("^").removesuffix("$"), value, re.DOTALL)
        assert (found is not None) == (value in values)
