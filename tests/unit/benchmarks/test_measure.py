"""That the harness tells ratios and spreads rightly, with clocks and costs that are known."""

from __future__ import annotations

import pytest

from benchmarks.measure import Sample, Spread, interleaved, line_through, ratios, spread


def test_the_spread_of_one_value_is_that_value() -> None:
    assert spread([3.0]) == Spread(3.0, 3.0, 3.0, 1)


def test_a_spread_runs_from_the_5th_to_the_95th_percentile() -> None:
    found = spread([float(value) for value in range(101)])

    assert (found.low, found.median, found.high, found.n) == (5.0, 50.0, 95.0, 101)


def test_there_is_no_spread_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        spread([])


def test_ratios_are_taken_within_a_round() -> None:
    """A busy moment that slows both alike changes no ratio."""
    assert ratios([10.0, 100.0, 20.0], [5.0, 50.0, 10.0]) == Spread(2.0, 2.0, 2.0, 3)


def test_ratios_of_unequal_numbers_of_rounds_are_refused() -> None:
    with pytest.raises(ValueError):
        ratios([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (Spread(4.678, 4.6, 4.87, 9), "4.68 (4.60 .. 4.87)"),
        (Spread(0.01234, 0.01, 0.02, 9), "0.0123 (0.0100 .. 0.0200)"),
        (Spread(1234.5, 1000.0, 2000.0, 9), "1234 (1000 .. 2000)"),
        (Spread(0.0, 0.0, 0.0, 1), "0 (0 .. 0)"),
    ],
)
def test_a_spread_is_shown_with_three_figures(found: Spread, shown: str) -> None:
    assert str(found) == shown


def test_every_case_runs_once_a_round_and_each_is_first_in_turn() -> None:
    ran: list[tuple[str, int]] = []

    def case(name: str):
        def run(turn: int) -> int:
            ran.append((name, turn))
            return 2

        return run

    samples = interleaved({"a": case("a"), "b": case("b")}, 2)

    assert ran == [("a", -1), ("b", -1), ("a", 0), ("b", 0), ("b", 1), ("a", 1)]
    assert {name: len(each) for name, each in samples.items()} == {"a": 2, "b": 2}


def test_a_case_is_charged_with_its_own_processor_time_only() -> None:
    used = {"s": 0.0}

    def costs(seconds: float):
        def run(_turn: int) -> int:
            used["s"] += seconds
            return 4

        return run

    samples = interleaved({"dear": costs(8.0), "cheap": costs(2.0)}, 3, cpu=lambda: used["s"])

    assert [sample.cpu_ms for sample in samples["dear"]] == [2000.0] * 3
    assert [sample.cpu_ms for sample in samples["cheap"]] == [500.0] * 3


def test_costs_are_of_one_item() -> None:
    sample = Sample(cpu_s=0.5, wall_s=1.0, items=10)

    assert (sample.cpu_ms, sample.wall_ms) == (50.0, 100.0)


def test_the_line_through_points_on_a_line_is_that_line() -> None:
    slope, offset = line_through([1, 2, 4], [0.5, 0.7, 1.1])

    assert slope == pytest.approx(0.2)
    assert offset == pytest.approx(0.3)


def test_one_number_of_cameras_makes_no_line() -> None:
    with pytest.raises(ValueError, match="two"):
        line_through([2, 2], [1.0, 1.1])
