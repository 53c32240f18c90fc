"""The terminal says what the page says, and a script can tell by the exit code."""

from __future__ import annotations

import io
import os
import threading

import pytest
import zmq
from msgspec.structs import replace
from rich.console import Console

from fixtures.fake_hub import Story, snapshot
from painwatch.config.models import Config
from painwatch.config.network import HubAddress, NetworkConfig
from painwatch.config.places import Places
from painwatch.core.live import Snapshot
from painwatch.core.types import CameraPhase, Prediction, ProcessPhase, Status
from painwatch.core.wire import encode
from painwatch.one_instance import only_instance
from painwatch.validation import NO_DIAGNOSIS
from painwatch.web.feed import Heard
from painwatch.web.terminal import ALL_WELL, ATTENTION, NOTHING_HEARD, exit_code, render_status, run_status
from painwatch.web.wording import about_cage


def printed(snapshot: Snapshot | None, age_s: float | None, width: int = 120) -> str:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(render_status(snapshot, age_s, width, f"A card. {NO_DIAGNOSIS}"))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize(
    "story",
    [Story(), Story(pain_probability=0.7), Story(status=Status.NO_FACE, status_for_s=60, pain_probability=None)],
)
@pytest.mark.parametrize("age_s", [0.1, 8.0])
def test_it_says_what_the_page_says(config: Config, story: Story, age_s: float) -> None:
    hub = snapshot(config, story)
    said = about_cage(hub.cages[0], 2, hub.time_ns, age_s)
    text = printed(hub, age_s, 140)
    assert f"{said.state}: {said.headline}" in text
    assert "does not diagnose" in text


def test_a_silent_hub_leaves_no_number_of_the_animal(config: Config) -> None:
    text = printed(snapshot(config, Story(pain_probability=0.7)), 8.0)
    assert "The hub has not been heard for 8 s" in text
    assert "%" not in text


def test_a_hub_never_heard_says_how_to_start_it() -> None:
    assert "painwatch run" in printed(None, None)


def test_what_a_process_printed_before_it_ended_is_told_for_a_while(config: Config) -> None:
    hub = snapshot(config, Story())
    ended = replace(
        hub.processes[0],
        reason="made no progress for 31 s",
        last_lines=("Fatal Python error: Aborted", "  File x.py, line 7 in poll"),
        since_ns=hub.time_ns - 60 * 10**9,
    )
    told = printed(replace(hub, processes=(ended, *hub.processes[1:])), 0.1)
    assert f"{ended.name} made no progress for 31 s; before that it printed:" in told
    assert "File x.py, line 7 in poll" in told
    old = replace(ended, since_ns=hub.time_ns - 3600 * 10**9)
    assert "before that" not in printed(replace(hub, processes=(old,)), 0.1)
    still_down = replace(old, phase=ProcessPhase.RESTARTING)
    assert "before that" in printed(replace(hub, processes=(still_down,)), 0.1)


@pytest.mark.parametrize("width", [40, 79, 80, 200])
def test_every_width_holds_its_lines(config: Config, width: int) -> None:
    text = printed(snapshot(config, Story()), 0.1, width)
    assert max(map(len, text.splitlines())) <= width
    assert ("Memory" in text) == (width >= 80)


@pytest.mark.parametrize(
    ("story", "age_s", "code"),
    [
        (Story(), 0.1, ALL_WELL),
        (Story(pain_probability=0.7), 0.1, ATTENTION),
        (Story(status=Status.NO_FACE, status_for_s=60), 0.1, ATTENTION),
        (Story(camera_phase=CameraPhase.LOST), 0.1, ATTENTION),
        (Story(), 8.0, NOTHING_HEARD),
    ],
)
def test_the_exit_code(config: Config, story: Story, age_s: float, code: int) -> None:
    assert exit_code(Heard(snapshot(config, story), age_s)) == code


def test_a_configured_cage_the_hub_does_not_know_wants_attention(config: Config) -> None:
    assert exit_code(Heard(snapshot(config, Story()), 0.1), ("cage-1", "cage-2")) == ATTENTION


def test_a_configured_camera_the_hub_does_not_know_wants_attention(config: Config) -> None:
    heard, known = Heard(snapshot(config, Story()), 0.1), ("cage-1-left", "cage-1-right")
    assert exit_code(heard, ("cage-1",), known) == ALL_WELL
    assert exit_code(heard, ("cage-1",), (*known, "cage-1-top")) == ATTENTION


def test_nothing_heard_in_time(config: Config, places: Places) -> None:
    places.run_dir.mkdir()
    console = Console(file=io.StringIO(), width=100)
    assert run_status(config, places, config_dir=places.run_dir, wait_s=0.1, console=console) == NOTHING_HEARD
    assert "not been heard yet" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_speaking_hub_is_heard(config: Config, places: Places) -> None:
    places.run_dir.mkdir()
    done = threading.Event()

    def speak() -> None:
        with zmq.Context() as context, context.socket(zmq.PUB) as socket:
            socket.setsockopt(zmq.LINGER, 0)
            socket.bind(places.live)
            while not done.wait(0.05):
                socket.send(b"not ours")
                socket.send(encode(snapshot(config, Story())))

    hub = threading.Thread(target=speak)
    hub.start()
    try:
        console = Console(file=io.StringIO(), width=120)
        assert run_status(config, places, config_dir=places.run_dir, wait_s=20, console=console) == ALL_WELL
        told = console.file.getvalue()  # type: ignore[attr-defined]
        assert "Watching" in told
        assert "not validated on live animals" in told
    finally:
        done.set()
        hub.join()


def test_it_says_what_judges_and_which_engine_that_stands_in_for(config: Config) -> None:
    hub = snapshot(config, Story())
    fallen = "onnxruntime-cpu (instead of tensorrt)"
    look = Prediction("cage-1", "left", 1, 0, 0, 0.0, Status.NO_FACE, engine=fallen, model="small 1")
    cameras = tuple(replace(camera, predictions_per_s=4.0, prediction=look) for camera in hub.cameras)
    hub = replace(hub, cameras=cameras)
    assert printed(hub, 0.1).count(f"Judged with {fallen}: small 1") == 1
    assert "Judged with" not in printed(hub, 8.0)
    assert "Technical: onnxruntime-cpu computes in place of tensorrt" in printed(hub, 0.1, 200)
    assert "Technical" not in printed(hub, 8.0)


def test_it_says_that_there_is_no_time_for_all_looks(config: Config) -> None:
    hub = snapshot(config, Story())
    look = Prediction("cage-1", "left", 1, 0, 0, 0.0, Status.NO_FACE, engine="onnxruntime-cpu", overrun=0.25)
    hub = replace(hub, cameras=tuple(replace(camera, prediction=look) for camera in hub.cameras))
    assert f"Technical: no time for 25 % of the looks at {hub.cameras[0].name}" in printed(hub, 0.1, 200)
    assert "Technical" not in printed(hub, 8.0, 200)


def test_an_engine_that_stands_in_wants_attention(config: Config) -> None:
    hub = snapshot(config, Story())
    look = Prediction("cage-1", "left", 1, 0, 0, 0.0, Status.NO_FACE, engine="onnxruntime-cpu", model="small 1")
    for engine, code in (("onnxruntime-cpu", ALL_WELL), ("onnxruntime-cpu (instead of tensorrt)", ATTENTION)):
        cameras = tuple(replace(each, prediction=replace(look, engine=engine)) for each in hub.cameras)
        assert exit_code(Heard(replace(hub, cameras=cameras), 0.1)) == code


def test_a_host_that_sends_to_another_says_whether_it_runs_and_where_the_rest_is_known(
    config: Config, places: Places
) -> None:
    hub = HubAddress(host="desk.lab", public_key="0" * 40)
    there = config.model_copy(update={"network": NetworkConfig(name="room-2", hub=hub)})
    console = Console(file=io.StringIO(), width=100)
    assert run_status(there, places, config_dir=places.run_dir, console=console) == NOTHING_HEARD
    with only_instance(places.lock):
        assert run_status(there, places, config_dir=places.run_dir, console=console) == ALL_WELL
    told = console.file.getvalue()  # type: ignore[attr-defined]
    assert "painwatch does not run here" in told
    assert f"painwatch runs here as process {os.getpid()}. This host sends to the hub at desk.lab" in told
