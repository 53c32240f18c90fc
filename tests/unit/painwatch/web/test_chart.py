"""Gaps stay gaps, and pooled minutes keep the meaning of a minute."""

from __future__ import annotations

import pytest

from fixtures.fake_hub import minute
from painwatch.web.chart import MINUTE_NS, SPANS, Span, begin_ns, options, points

NOW_NS = 1_800_000_000 * 1_000_000_000
HOUR, QUARTER_DAY, DAY, WEEK = SPANS


def test_a_minute_that_is_not_there_is_a_gap_and_never_zero() -> None:
    first = begin_ns(HOUR, NOW_NS)
    stored = [minute("c", first + n * MINUTE_NS, 0.0, 0.9) for n in (0, 1, 3)]
    shown = points(stored, HOUR, NOW_NS, 4)
    assert [p.pain_probability for p in shown[:5]] == [0.0, 0.0, None, 0.0, None]
    assert [p.coverage for p in shown[:5]] == pytest.approx([0.9, 0.9, 0.0, 0.9, 0.0])


def test_a_minute_in_which_nothing_was_judged_is_a_gap() -> None:
    shown = points([minute("c", begin_ns(HOUR, NOW_NS), None, 0.0)], HOUR, NOW_NS, 4)
    assert shown[0].pain_probability is None


@pytest.mark.parametrize("span", SPANS, ids=lambda span: span.label)
def test_every_step_of_the_time_shown_has_its_point(span: Span) -> None:
    shown = points([], span, NOW_NS, 4)
    assert shown[0].start_ns <= NOW_NS - span.minutes * MINUTE_NS
    assert NOW_NS - span.per_point * MINUTE_NS <= shown[-1].start_ns < NOW_NS
    assert all(p.pain_probability is None for p in shown)
    assert all(p.coverage == 0 for p in shown[:-2])


def test_the_minute_that_runs_has_no_coverage_yet_rather_than_none_seen() -> None:
    shown = points([], HOUR, NOW_NS + MINUTE_NS // 2, 4)
    assert shown[-1].start_ns == NOW_NS
    assert [p.coverage for p in shown[-3:]] == [0, None, None]
    assert options(shown, HOUR, NOW_NS)["series"][1]["data"][-1][1] is None


def test_pooling_counts_faces_not_minutes() -> None:
    first = begin_ns(DAY, NOW_NS)
    much, little = minute("c", first, 0.5, 1.0), minute("c", first + MINUTE_NS, 0.0, 0.25)
    point = points([much, little], DAY, NOW_NS, 4)[0]
    assert point.pain_probability == pytest.approx(120 / 300)
    assert point.coverage == pytest.approx(300 / (5 * 240))


def test_the_unfinished_last_point_is_measured_by_what_may_be_closed() -> None:
    now_ns = 1_800_000_000 * 1_000_000_000 + 2 * MINUTE_NS
    start = now_ns // (5 * MINUTE_NS) * 5 * MINUTE_NS
    now_ns = start + 3 * MINUTE_NS
    shown = points([minute("c", start, 0.1, 1.0), minute("c", start + MINUTE_NS, 0.1, 1.0)], DAY, now_ns, 4)
    assert shown[-1].start_ns == start
    assert shown[-1].coverage == pytest.approx(1.0)


def test_the_line_is_in_percent_and_its_gaps_are_not_joined() -> None:
    shown = points([minute("c", begin_ns(HOUR, NOW_NS), 0.25, 1.0)], HOUR, NOW_NS, 4)
    drawn = options(shown, HOUR, NOW_NS)
    line, bars = drawn["series"]
    assert line["connectNulls"] is False
    assert [value for _, value in line["data"][:2]] == [25.0, None]
    assert [value for _, value in bars["data"][:2]] == [1.0, 0.0]
    assert (drawn["yAxis"][0]["min"], drawn["yAxis"][0]["max"]) == (0, 100)
    assert (drawn["yAxis"][1]["min"], drawn["yAxis"][1]["max"]) == (0, 1)
