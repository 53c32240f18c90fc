"""What a long run is told to have been: every target, met and missed."""

from __future__ import annotations

from pathlib import Path

from benchmarks.sustained import Course, Sample, draw, verdict


def course(
    *, late_ms: float = 100.0, last_mib: float = 400.0, worst: float = 1.0, ms: float = 100.0, seconds: float = 100.0
) -> Course:
    """Two cameras at two looks a second; `late_ms` and `last_mib` in the last fifth, `worst`: share of the second."""
    times = [second / 2 for second in range(int(2 * seconds))]
    late = 0.8 * seconds
    samples = [
        Sample(
            at_s,
            {"infer": 300.0, "hub": last_mib - 300.0 if at_s >= late else 100.0},
            {"infer": 0.5 * at_s},
            {"one": round(2 * at_s), "two": round(2 * at_s * worst)},
        )
        for at_s in (0.0, 5.0, 50.0, 85.0, 95.0, 100.0)
    ]
    latencies = [(at_s, late_ms if at_s >= late else ms) for at_s in times]
    return Course(seconds, 2.0, samples, latencies, scored=200)


def test_a_steady_run_misses_nothing() -> None:
    found = verdict(course())

    assert found.missed == ()
    assert found.shares == {"one": 1.0, "two": 1.0}
    assert (found.p95_ms, found.core) == (100.0, 0.5)
    assert (found.first_mib, found.last_mib) == (400.0, 400.0)


def test_a_slow_run_misses_the_latency() -> None:
    found = verdict(course(ms=600.0, late_ms=600.0))

    assert len(found.missed) == 1
    assert "600 ms" in found.missed[0]


def test_a_run_that_grows_slower_is_not_flat() -> None:
    assert any("latency grew from 100 to 200" in words for words in verdict(course(late_ms=200.0)).missed)


def test_a_run_that_grows_is_not_flat() -> None:
    assert any("memory grew from 400 to 500" in words for words in verdict(course(last_mib=500.0)).missed)


def test_a_camera_below_its_share_is_named() -> None:
    missed = verdict(course(worst=0.85)).missed

    assert len(missed) == 1
    assert missed[0].startswith("two was looked at 85")


def test_a_run_without_a_single_score_is_missed() -> None:
    silent = course()
    silent.latencies = []

    assert any("latency nan" in words for words in verdict(silent).missed)


def test_a_course_is_drawn(tmp_path: Path) -> None:
    draw(course(), "a course", tmp_path / "course.png")

    assert (tmp_path / "course.png").read_bytes().startswith(b"\x89PNG")
