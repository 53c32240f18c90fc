"""The numbers beside the words, as text; shared by page and terminal. Pure. A dash means: not known."""

from __future__ import annotations

from dataclasses import dataclass

from painwatch.core.live import CageLive, CameraLive
from painwatch.core.words import for_how_long
from painwatch.web.wording import ENOUGH_COVERAGE, SILENT_AFTER_S, percent, speaks

UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class CageFigures:
    """The last 60 s of a cage. The shares in 0..1 are for bars and None where the text is a dash."""

    pain: str = UNKNOWN
    pain_share: float | None = None
    coverage: str = UNKNOWN
    coverage_share: float | None = None
    skipped: str = UNKNOWN
    repeated: str = UNKNOWN
    last_judged: str = UNKNOWN
    latency: str = UNKNOWN


def cage_figures(cage: CageLive | None, now_ns: int, age_s: float | None) -> CageFigures:
    """The figures of a cage; arguments as for `wording.about_cage`. Latency is that of judged moments, and a dash
    while there is none; so is the time of the last one when the clock was set back since.

    Pain is a dash below `wording.ENOUGH_COVERAGE`: a share of too few looks would be read as more than it is.
    """
    if cage is None or age_s is None or age_s > SILENT_AFTER_S:
        return CageFigures()
    recent = cage.recent
    told = recent is not None and recent.coverage >= ENOUGH_COVERAGE
    pain = recent.pain_probability if recent and told else None
    scored = recent is not None and recent.pain_probability is not None
    p50, p95 = (cage.latency_ms_p50, cage.latency_ms_p95) if scored else (None, None)
    last_ns = cage.last_scored_ns
    last_s = None if last_ns is None else (now_ns - last_ns) / 1e9 + age_s
    return CageFigures(
        pain=UNKNOWN if pain is None else percent(pain),
        pain_share=pain,
        coverage=UNKNOWN if recent is None else percent(recent.coverage),
        coverage_share=None if recent is None else recent.coverage,
        skipped=UNKNOWN if recent is None else f"{recent.skipped} of {recent.expected}",
        repeated=UNKNOWN if recent is None else f"{recent.repeated} of {recent.pain + recent.no_pain}",
        last_judged="never" if last_s is None else UNKNOWN if last_s < 0 else f"{for_how_long(last_s)} ago",
        latency=UNKNOWN if p50 is None or p95 is None else f"{p50:.0f} ms, 1 in 20 over {p95:.0f} ms",
    )


def camera_facts(camera: CameraLive | None, now_ns: int, age_s: float | None) -> str:
    """A camera's rates and counts in one line; empty if they are not known now."""
    state = camera.state if camera else None
    if camera is None or state is None or age_s is None or age_s > SILENT_AFTER_S:
        return ""
    if not speaks(state, now_ns, age_s):
        return ""
    again = "reconnect" if state.reconnects == 1 else "reconnects"
    return " · ".join(
        (
            f"{state.frames_per_s:.1f} frames/s",
            f"{camera.predictions_per_s:.1f} looks/s",
            f"{state.dropped} dropped",
            f"{state.reconnects} {again}",
            *([f"{state.width_px} × {state.height_px} px"] if state.width_px else []),
        )
    )


def megabytes(count: int | None) -> str:
    """Bytes as MB (10^6)."""
    return UNKNOWN if count is None else f"{count / 1e6:.0f} MB"


def cpu(percent_of_core: float | None) -> str:
    """CPU use, 100 % being one core."""
    return UNKNOWN if percent_of_core is None else f"{percent_of_core:.0f} %"
