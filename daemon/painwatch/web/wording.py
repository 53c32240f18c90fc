"""What the system knows, said to a person: the same words on the page, in the terminal and in the API. Pure.

Painwatch asks a person to look at an animal; it does not diagnose. So no sentence here calls an animal well: where
nothing was found, it says how much was seen. And nothing old is told as if it were now.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from painwatch.core.live import CageLive, CameraLive
from painwatch.core.types import CameraPhase, CameraState, MinuteSummary, ProcessPhase, ProcessState, Status
from painwatch.core.words import FAULT_WORDS, STATUS_WORDS, for_how_long

SILENT_AFTER_S = 5.0
"""The hub speaks twice a second; after ten missed words nothing it said counts as now."""

SUPERVISOR_SILENT_AFTER_S = 10.0
"""The supervisor speaks of each process every two seconds; after five missed words its last one is no longer now."""

BLIND_AFTER_S = 10.0
"""Animals turn away all the time: a shorter loss of sight is told beside the last minute, not instead of it."""

ENOUGH_COVERAGE = 0.2
"""Below it the last minute's share of pained faces rests on too few looks to be told."""

SIGNS_FROM, PAIN_FROM = 0.2, 0.5
"""Share of the last minute's faces from which the words ask for attention, and from which for a look at once.
They word the page; when an alarm is raised is a matter of the alarm rules."""


class Severity(StrEnum):
    """How urgently a person is wanted. QUIET: the system sees, and has nothing to ask; no statement on the animal."""

    QUIET = "quiet"
    ATTENTION = "attention"
    PAIN = "pain"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Said:
    """`state`: one to three words to read from across a room; `headline`: the sentence that goes with it."""

    state: str
    headline: str
    severity: Severity


def one_line(said: Said) -> str:
    """State and headline as one line: 'Live for 3 min', 'Cannot see: No face seen for 3 min'."""
    if not said.headline:
        return said.state
    return f"{said.state} {said.headline}" if said.headline.startswith("for ") else f"{said.state}: {said.headline}"


def about_hub(age_s: float | None) -> str:
    """The banner when the hub is not heard; empty while it is. `age_s`: since its last word, None if never heard."""
    if age_s is None:
        return "The hub has not been heard yet. Nothing is known about any animal, and no alarm can be raised."
    if age_s > SILENT_AFTER_S:
        lasts = for_how_long(age_s)
        return f"The hub has not been heard for {lasts}. No alarm can be raised, and what is shown below is old."
    return ""


def about_cage(cage: CageLive | None, cameras: int, now_ns: int, age_s: float | None) -> Said:
    """One cage, as a state, a sentence and how urgent it is.

    Args:
        cage: as the hub last told it; None if it has not, or does not know it.
        cameras: how many look at the cage.
        now_ns: the hub's clock when it told.
        age_s: seconds since the hub told it; None if it never did.
    """
    if age_s is None:
        return Said("Unknown", "The hub has not been heard yet", Severity.UNKNOWN)
    if age_s > SILENT_AFTER_S:
        return Said("Unknown", f"The hub has been silent for {for_how_long(age_s)}", Severity.UNKNOWN)
    if cage is None:
        return Said("Unknown", "The hub does not know this cage: restart it with this configuration", Severity.UNKNOWN)
    lasted_s = (now_ns - cage.status_since_ns) / 1e9 + age_s
    # A state that begins in the future is from before the clock was set back: how long it lasts is not known.
    if cage.status is Status.OK or (_passes(cage) and 0 <= lasted_s < BLIND_AFTER_S):
        return _last_minute(cage.recent)
    return _not_seeing(cage, cameras, lasted_s)


def about_moment(cage: CageLive | None, now_ns: int, age_s: float | None) -> str:
    """What the cage's very last moment was, such as 'sees a face'; empty when that is not known."""
    if cage is None or age_s is None or age_s > SILENT_AFTER_S:
        return ""
    lasted_s = (now_ns - cage.status_since_ns) / 1e9 + age_s
    return f"{STATUS_WORDS[cage.status]}, for {for_how_long(lasted_s)}"


def about_camera(camera: CameraLive | None, now_ns: int, age_s: float | None) -> Said:
    """One camera's capture; arguments as for `about_cage`."""
    if age_s is None or age_s > SILENT_AFTER_S:
        return Said("Unknown", "nothing is heard of this camera", Severity.UNKNOWN)
    state = camera.state if camera else None
    if state is None:
        return Said("Unknown", "the camera's process has not been heard yet", Severity.UNKNOWN)
    if not speaks(state, now_ns, age_s):
        return Said("Unknown", f"the camera's process {_silent_since(state.time_ns, now_ns, age_s)}", Severity.UNKNOWN)
    lasts = f"for {for_how_long((now_ns - state.since_ns) / 1e9 + age_s)}"
    match state.phase:
        case CameraPhase.LIVE:
            return Said("Live", lasts, Severity.QUIET)
        case CameraPhase.CONNECTING:
            return Said("Connecting", _why(lasts, state.fault, state.detail), Severity.ATTENTION)
        case CameraPhase.LOST:
            return Said("Lost", _why(lasts, state.fault, state.detail), Severity.ATTENTION)
        case CameraPhase.ENDED:
            if state.fault not in ("", "ended"):
                return Said("Broken off", _why(lasts, state.fault, state.detail), Severity.ATTENTION)
            return Said("Ended", f"{lasts}: {FAULT_WORDS['ended']}", Severity.QUIET)


def speaks(state: CameraState, now_ns: int, age_s: float) -> bool:
    """Whether a camera's last word may be told as now: it speaks once a second, and an ended one need not."""
    return state.phase is CameraPhase.ENDED or _is_now(state.time_ns, now_ns, age_s, SILENT_AFTER_S)


def supervised(process: ProcessState, now_ns: int, age_s: float) -> bool:
    """Whether the supervisor's last word of a process may be told as now."""
    return _is_now(process.time_ns, now_ns, age_s, SUPERVISOR_SILENT_AFTER_S)


def about_look(camera: CameraLive | None, age_s: float | None) -> str:
    """What the camera's last look at the animal gave, such as 'sees a face: pain 12 %'; empty if not known, and when
    no look has come for so long that the hub counts none a second: the last one is then no longer how it is.
    """
    prediction = camera.prediction if camera else None
    if camera is None or prediction is None or age_s is None or age_s > SILENT_AFTER_S:
        return ""
    if camera.predictions_per_s <= 0:
        return ""
    words = STATUS_WORDS[prediction.status]
    if prediction.status is Status.OUT_OF_DOMAIN and prediction.novelty is not None:
        words = "must not judge this face"
    if prediction.pain_probability is not None:
        return f"{words}: pain {percent(prediction.pain_probability)}"
    return f"{words}: {prediction.detail}" if prediction.detail else words


def about_process(process: ProcessState, now_ns: int, age_s: float | None) -> Said:
    """One supervised process; arguments as for `about_cage`."""
    if age_s is None or age_s > SILENT_AFTER_S:
        return Said("Unknown", "", Severity.UNKNOWN)
    if not supervised(process, now_ns, age_s):
        return Said("Unknown", f"the supervisor {_silent_since(process.time_ns, now_ns, age_s)}", Severity.UNKNOWN)
    lasts = f"for {for_how_long((now_ns - process.since_ns) / 1e9 + age_s)}"
    words = {
        ProcessPhase.STARTING: Said("Starting", lasts, Severity.ATTENTION),
        ProcessPhase.RUNNING: Said("Running", lasts, Severity.QUIET),
        ProcessPhase.RESTARTING: Said("Restarting", lasts, Severity.ATTENTION),
        ProcessPhase.STOPPED: Said("Stopped", lasts, Severity.ATTENTION),
    }
    return words[process.phase]


def percent(share: float) -> str:
    """A share of 0..1 in whole percent; never rounds to 0 or 100 what is neither."""
    if 0 < share < 0.005:
        return "under 1 %"
    if 0.995 <= share < 1:
        return "over 99 %"
    return f"{share * 100:.0f} %"


_OUT_OF_SIGHT = (Status.NO_FRAME, Status.NO_FACE, Status.LOW_QUALITY, Status.STALE)


def _passes(cage: CageLive) -> bool:
    """Whether the state is one that animals get out of by themselves. Where faces are scored, the model was made for
    the animal, and out of domain is only a face unlike those it was trained on.
    """
    scored = cage.recent is not None and cage.recent.pain_probability is not None
    return cage.status in _OUT_OF_SIGHT or (cage.status is Status.OUT_OF_DOMAIN and scored)


_SCOPE = "of the last minute's faces look pained"


def _last_minute(recent: MinuteSummary | None) -> Said:
    if recent is None or recent.pain_probability is None:
        return Said("Too little seen", "Nothing was seen in the last minute that could be judged", Severity.ATTENTION)
    seen, share = f"coverage {percent(recent.coverage)}", recent.pain_probability
    if recent.coverage < ENOUGH_COVERAGE:
        return Said("Too little seen", f"Not enough seen to say anything ({seen})", Severity.ATTENTION)
    if share >= PAIN_FROM:
        headline = f"Please look at this animal: {percent(share)} {_SCOPE} ({seen})"
        return Said("Signs of pain", headline, Severity.PAIN)
    if share >= SIGNS_FROM:
        return Said("Some signs", f"{percent(share)} {_SCOPE} ({seen})", Severity.ATTENTION)
    if share == 0:
        return Said("Watching", f"No signs in what was seen ({seen})", Severity.QUIET)
    return Said("Watching", f"{percent(share)} {_SCOPE} ({seen})", Severity.QUIET)


def _not_seeing(cage: CageLive, cameras: int, lasted_s: float) -> Said:
    lasts = f"for {for_how_long(lasted_s)}"
    kind = f"{cage.coat} {cage.strain} {cage.species}s".replace("mouses", "mice")
    both = {1: "the camera", 2: "either camera"}.get(cameras, f"any of the {cameras} cameras")
    state, headline = {
        Status.NO_FRAME: ("No picture", f"No picture from {both} {lasts}"),
        Status.NO_FACE: ("Cannot see", f"No face seen {lasts}"),
        Status.LOW_QUALITY: ("Cannot see", f"No face seen well enough to judge {lasts}"),
        Status.STALE: ("Nothing new", f"No new look at this animal {lasts}"),
        Status.ENGINE_ERROR: ("Cannot compute", f"The engine has failed {lasts}"),
        Status.OUT_OF_DOMAIN: (
            "Must not judge",
            f"This animal must not be judged: the model was not made for {kind}, or not for faces like these",
        ),
    }[cage.status]
    before = _last_minute(cage.recent)
    if _passes(cage) and before.severity is Severity.PAIN:
        # Losing sight of an animal that looked pained must not take the request for a look off the page.
        return Said("Signs of pain", f"{before.headline}. {headline}", Severity.PAIN)
    return Said(state, headline, Severity.ATTENTION)


def _is_now(told_ns: int, now_ns: int, age_s: float, silent_after_s: float) -> bool:
    # What was told in the future was told before the clock was set back, and may be of any age.
    return abs(now_ns - told_ns) / 1e9 + age_s <= silent_after_s


def _silent_since(told_ns: int, now_ns: int, age_s: float) -> str:
    if told_ns > now_ns:
        return "has been silent since the clock was set back"
    return f"has been silent for {for_how_long((now_ns - told_ns) / 1e9 + age_s)}"


def _why(lasts: str, fault: str, detail: str) -> str:
    words = FAULT_WORDS.get(fault, "")
    return f"{lasts}: {words or detail}" if words or detail else lasts
