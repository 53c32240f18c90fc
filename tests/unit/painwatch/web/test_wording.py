"""Every status, heard and unheard, has its words; none of them claims more than was seen."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import msgspec
import pytest

from fixtures.fake_hub import Story, cage_live, camera_live, processes
from painwatch.config.models import CageConfig, Config
from painwatch.core.live import CageLive
from painwatch.core.types import CameraPhase, Prediction, ProcessPhase, Status
from painwatch.web.figures import UNKNOWN, cage_figures, camera_facts
from painwatch.web.wording import (
    BLIND_AFTER_S,
    SILENT_AFTER_S,
    Said,
    Severity,
    about_cage,
    about_camera,
    about_hub,
    about_look,
    about_moment,
    about_process,
    one_line,
    percent,
)

NOW_NS = 1_800_000_000_000_000_000
REASSURING = re.compile(r"no pain|painless|pain-free|comfort|healthy|well\b(?! enough)|normal|fine\b|safe|okay", re.I)


def of(cage: CageConfig, story: Story, *, age_s: float | None = 0.2, cameras: int = 2) -> Said:
    return about_cage(cage_live(cage, story, NOW_NS), cameras, NOW_NS, age_s)


@pytest.mark.parametrize(
    ("status", "age_s", "recent"),
    list(product(Status, (None, 0.1, SILENT_AFTER_S, SILENT_AFTER_S + 0.1, 3600.0), (None, 0.0, 0.3, 1.0))),
)
def test_every_state_has_words_that_reassure_nobody(
    cage: CageConfig, status: Status, age_s: float | None, recent: float | None
) -> None:
    said = of(cage, Story(status=status, status_for_s=60, pain_probability=recent), age_s=age_s)
    assert said.state
    assert said.headline
    assert not REASSURING.search(one_line(said))
    known = age_s is not None and age_s <= SILENT_AFTER_S
    assert (said.severity is Severity.UNKNOWN) == (not known)
    if not known:
        assert "%" not in one_line(said)


@pytest.mark.parametrize(("age_s", "words"), [(None, "not been heard yet"), (12.0, "silent for 12 s")])
def test_an_unheard_hub_leaves_nothing_known_even_of_a_pained_animal(
    cage: CageConfig, age_s: float | None, words: str
) -> None:
    said = of(cage, Story(pain_probability=1.0), age_s=age_s)
    assert said.state == "Unknown"
    assert words in said.headline


def test_a_cage_the_hub_does_not_know_is_unknown() -> None:
    said = about_cage(None, 2, NOW_NS, 0.1)
    assert said.severity is Severity.UNKNOWN
    assert "does not know this cage" in said.headline


@pytest.mark.parametrize(
    ("share", "state", "severity", "headline"),
    [
        (0.0, "Watching", Severity.QUIET, "No signs in what was seen (coverage 84 %)"),
        (0.12, "Watching", Severity.QUIET, "12 % of the last minute's faces look pained (coverage 84 %)"),
        (0.3, "Some signs", Severity.ATTENTION, "30 % of the last minute's faces look pained (coverage 84 %)"),
        (
            0.64,
            "Signs of pain",
            Severity.PAIN,
            "Please look at this animal: 64 % of the last minute's faces look pained (coverage 84 %)",
        ),
    ],
)
def test_what_is_seen_is_told_with_how_much_was_seen(
    cage: CageConfig, share: float, state: str, severity: Severity, headline: str
) -> None:
    # 0.84 of 400 expected moments: the shares come out whole.
    hundred = cage.model_copy(update={"sample_rate_hz": 125.0})
    assert of(hundred, Story(pain_probability=share)) == Said(state, headline, severity)


def test_too_few_looks_say_nothing_however_pained(cage: CageConfig) -> None:
    said = of(cage, Story(pain_probability=1.0, coverage=0.04))
    assert said == Said("Too little seen", "Not enough seen to say anything (coverage 4 %)", Severity.ATTENTION)


def test_nothing_judged_in_the_last_minute_is_not_zero(cage: CageConfig) -> None:
    said = of(cage, Story(pain_probability=None))
    assert said.severity is Severity.ATTENTION
    assert "0 %" not in said.headline


@pytest.mark.parametrize(
    ("status", "cameras", "headline"),
    [
        (Status.NO_FRAME, 1, "No picture from the camera for 40 s"),
        (Status.NO_FRAME, 2, "No picture from either camera for 40 s"),
        (Status.NO_FRAME, 4, "No picture from any of the 4 cameras for 40 s"),
        (Status.NO_FACE, 2, "No face seen for 40 s"),
        (Status.LOW_QUALITY, 2, "No face seen well enough to judge for 40 s"),
        (Status.STALE, 2, "No new look at this animal for 40 s"),
        (Status.ENGINE_ERROR, 2, "The engine has failed for 40 s"),
        (
            Status.OUT_OF_DOMAIN,
            2,
            "This animal must not be judged: the model was not made for white rendered rats, "
            "or not for faces like these",
        ),
    ],
)
def test_lost_sight_is_told_with_how_long(cage: CageConfig, status: Status, cameras: int, headline: str) -> None:
    said = of(cage, Story(status=status, status_for_s=39.9, pain_probability=None), age_s=0.2, cameras=cameras)
    assert said.headline == headline
    assert said.severity is Severity.ATTENTION


def test_an_animal_that_turns_away_for_a_moment_is_still_told_by_its_last_minute(cage: CageConfig) -> None:
    story = Story(status=Status.NO_FACE, status_for_s=BLIND_AFTER_S - 2)
    assert of(cage, story).state == "Watching"
    assert of(cage, replace(story, status_for_s=BLIND_AFTER_S + 2)).state == "Cannot see"


@pytest.mark.parametrize("story", [Story(status=Status.ENGINE_ERROR), Story(Status.OUT_OF_DOMAIN, 0, None)])
def test_what_will_not_pass_by_itself_is_told_at_once(cage: CageConfig, story: Story) -> None:
    assert of(cage, replace(story, status_for_s=0)).severity is Severity.ATTENTION


def test_a_face_unlike_the_training_faces_among_others_is_no_alarm_unless_it_lasts(cage: CageConfig) -> None:
    story = Story(status=Status.OUT_OF_DOMAIN, status_for_s=BLIND_AFTER_S - 2)
    assert of(cage, story).state == "Watching"
    assert of(cage, replace(story, status_for_s=BLIND_AFTER_S + 2)).state == "Must not judge"
    pained = of(cage, replace(story, status_for_s=BLIND_AFTER_S + 2, pain_probability=0.8))
    assert pained.headline.startswith("Please look at this animal")


def test_a_face_unlike_the_training_faces_is_told_with_why(cage: CageConfig) -> None:
    detail = "this face is unlike the 800 faces the model was trained on: novelty 1.6, limit 1.4"
    strange = msgspec.structs.replace(
        look(), status=Status.OUT_OF_DOMAIN, pain_probability=None, novelty=1.6, detail=detail
    )
    live = camera_live("cage-1-left", "cage-1", Story(), NOW_NS, strange)
    assert about_look(live, 0.1) == f"must not judge this face: {detail}"


def test_losing_sight_does_not_take_back_the_request_for_a_look(cage: CageConfig) -> None:
    said = of(cage, Story(status=Status.NO_FACE, status_for_s=30, pain_probability=0.8))
    assert said.severity is Severity.PAIN
    assert said.headline.startswith("Please look at this animal")
    assert said.headline.endswith("No face seen for 30 s")


def test_the_banner_is_there_only_while_the_hub_is_silent() -> None:
    assert about_hub(SILENT_AFTER_S) == ""
    old = "No alarm can be raised, and what is shown below is old."
    assert about_hub(7.9) == f"The hub has not been heard for 7 s. {old}"
    assert "not been heard yet" in about_hub(None)


def test_the_last_moment_is_told_only_while_the_hub_is_heard(cage: CageConfig) -> None:
    live = cage_live(cage, Story(status=Status.NO_FACE, status_for_s=3), NOW_NS)
    assert about_moment(live, NOW_NS, 0.1) == "cannot see a face, for 3 s"
    assert about_moment(live, NOW_NS, 9.0) == ""
    assert about_moment(None, NOW_NS, 0.1) == ""


@pytest.mark.parametrize(
    ("phase", "fault", "detail", "line", "severity"),
    [
        (CameraPhase.LIVE, "", "", "Live for 1 h 2 min", Severity.QUIET),
        (CameraPhase.CONNECTING, "", "", "Connecting for 1 h 2 min", Severity.ATTENTION),
        (
            CameraPhase.LOST,
            "timeout",
            "",
            "Lost for 1 h 2 min: the camera does not answer in time",
            Severity.ATTENTION,
        ),
        (CameraPhase.LOST, "", "no room", "Lost for 1 h 2 min: no room", Severity.ATTENTION),
        (CameraPhase.ENDED, "ended", "", "Ended for 1 h 2 min: the recording has ended", Severity.QUIET),
    ],
)
def test_a_camera_is_told_in_plain_words(
    phase: CameraPhase, fault: str, detail: str, line: str, severity: Severity
) -> None:
    story = Story(camera_phase=phase, camera_fault=fault, camera_detail=detail)
    said = about_camera(camera_live("left", "cage-1", story, NOW_NS, None), NOW_NS, 0.1)
    assert (one_line(said), said.severity) == (line, severity)


def test_a_camera_whose_process_fell_silent_is_not_live() -> None:
    live = camera_live("left", "cage-1", Story(), NOW_NS, None)
    said = about_camera(live, NOW_NS + 20_000_000_000, 0.1)
    assert said == Said("Unknown", "the camera's process has been silent for 20 s", Severity.UNKNOWN)


@pytest.mark.parametrize("age_s", [None, 6.0])
def test_nothing_is_told_of_a_camera_or_a_process_while_the_hub_is_silent(config: Config, age_s: float | None) -> None:
    live = camera_live("left", "cage-1", Story(), NOW_NS, None)
    assert about_camera(live, NOW_NS, age_s).severity is Severity.UNKNOWN
    assert about_process(processes(config, NOW_NS)[0], NOW_NS, age_s).severity is Severity.UNKNOWN
    assert about_look(live, age_s) == ""


def test_a_camera_never_heard_of_is_unknown() -> None:
    assert about_camera(None, NOW_NS, 0.1).severity is Severity.UNKNOWN


@pytest.mark.parametrize("phase", ProcessPhase)
def test_only_a_running_process_asks_nothing(config: Config, phase: ProcessPhase) -> None:
    process = msgspec.structs.replace(processes(config, NOW_NS)[0], phase=phase)
    said = about_process(process, NOW_NS, 0.1)
    assert (said.severity is Severity.QUIET) == (phase is ProcessPhase.RUNNING)
    assert said.state.lower() == phase.value


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0 %"), (0.004, "under 1 %"), (0.12, "12 %"), (0.996, "over 99 %"), (1.0, "100 %")],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(share: float, words: str) -> None:
    assert percent(share) == words


def test_mice_have_their_plural(cage: CageConfig) -> None:
    mouse = cage.model_copy(update={"species": "mouse", "strain": "C57BL/6", "coat": "black"})
    live: CageLive = cage_live(mouse, Story(status=Status.OUT_OF_DOMAIN, pain_probability=None), NOW_NS)
    assert "black C57BL/6 mice" in about_cage(live, 1, NOW_NS, 0.1).headline


HOUR_NS = 3_600_000_000_000


def look() -> Prediction:
    return Prediction(
        cage="cage-1",
        camera="left",
        seq=1,
        time_ns=1,
        mono_ns=1,
        age_ms=1.0,
        status=Status.OK,
        pain_probability=0.12,
    )


def test_a_look_is_told_only_while_looks_come() -> None:
    live = camera_live("left", "cage-1", Story(), NOW_NS, look())
    assert about_look(live, 0.1) == "sees a face: pain 12 %"
    assert about_look(msgspec.structs.replace(live, predictions_per_s=0.0), 0.1) == ""


def test_a_silent_supervisor_leaves_nothing_known_of_a_process(config: Config) -> None:
    process = processes(config, NOW_NS)[0]
    said = about_process(process, NOW_NS + 12_000_000_000, 0.1)
    assert said == Said("Unknown", "the supervisor has been silent for 12 s", Severity.UNKNOWN)


def test_a_recording_that_broke_off_has_not_ended() -> None:
    story = Story(camera_phase=CameraPhase.ENDED, camera_fault="codec")
    said = about_camera(camera_live("left", "cage-1", story, NOW_NS, None), NOW_NS, 0.1)
    assert said.severity is Severity.ATTENTION
    assert one_line(said) == "Broken off for 1 h 2 min: the camera's pictures cannot be decoded"


def test_a_clock_that_is_set_back_keeps_no_old_word_alive(config: Config, cage: CageConfig) -> None:
    earlier = NOW_NS - HOUR_NS
    dead = about_camera(camera_live("left", "cage-1", Story(), NOW_NS, None), earlier, 0.1)
    assert dead.severity is Severity.UNKNOWN
    assert dead.headline == "the camera's process has been silent since the clock was set back"
    assert about_process(processes(config, NOW_NS)[0], earlier, 0.1).severity is Severity.UNKNOWN
    blind = cage_live(cage, Story(status=Status.STALE, status_for_s=20, pain_probability=0.0), NOW_NS)
    assert about_cage(blind, 2, earlier, 0.1).state == "Nothing new"
    assert cage_figures(blind, earlier, 0.1).last_judged == UNKNOWN


def test_without_a_judged_moment_there_is_no_latency(cage: CageConfig) -> None:
    assert cage_figures(cage_live(cage, Story(), NOW_NS), NOW_NS, 0.1).latency == "182 ms, 1 in 20 over 324 ms"
    blind = cage_live(cage, Story(status=Status.STALE, pain_probability=None), NOW_NS)
    assert cage_figures(blind, NOW_NS, 0.1).latency == UNKNOWN


def test_looks_are_not_called_judged() -> None:
    assert "4.0 looks/s" in camera_facts(camera_live("left", "cage-1", Story(), NOW_NS, None), NOW_NS, 0.1)
