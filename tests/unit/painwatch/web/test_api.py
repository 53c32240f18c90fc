"""The HTTP interface: what it answers, and how it says no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import cv2
import msgspec
import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from fixtures.fake_hub import Story, minute, snapshot
from fixtures.turned_clock import TurnedClock
from fixtures.visitors import as_person
from painwatch.capture.ring import RingWriter
from painwatch.config.models import Config
from painwatch.config.page import Role
from painwatch.config.places import Places
from painwatch.config.sources import RemoteSource
from painwatch.core.errors import StoreError
from painwatch.core.live import Snapshot
from painwatch.core.types import MinuteSummary, Prediction, RegionShare, Status
from painwatch.store.history import open_history
from painwatch.web.api import build_api
from painwatch.web.asking import Asking
from painwatch.web.feed import Heard
from painwatch.web.pictures import Pictures
from painwatch.web.sources import Sources

HOUR_NS = 3_600_000_000_000


@dataclass(slots=True)
class Room:
    """An API whose hub and history the test writes."""

    config: Config
    clock: TurnedClock
    places: Places
    heard: Heard = field(default_factory=lambda: Heard(None, None))
    stored: list[MinuteSummary] = field(default_factory=list)
    asked: list[tuple[str, int, int]] = field(default_factory=list)
    store_fault: str = ""

    def minutes(self, cage: str, from_ns: int, to_ns: int) -> Sequence[MinuteSummary]:
        if self.store_fault:
            raise StoreError(self.store_fault, mend="start the hub once")
        self.asked.append((cage, from_ns, to_ns))
        return [m for m in self.stored if from_ns <= m.start_ns < to_ns]

    def tell(self, story: Story, age_s: float = 0.2) -> None:
        self.heard = Heard(snapshot(self.config, story), age_s)

    @property
    def api(self) -> FastAPI:
        pictures = Pictures([c.name for _, c in self.config.cameras], self.places, self.clock, 0.9)
        past = partial(open_history, self.places.database)
        asking = Asking(lambda *_: None)
        return build_api(Sources(self.config, lambda: self.heard, pictures, self.minutes, self.clock, past, asking))

    @property
    def client(self) -> TestClient:
        return TestClient(as_person(self.api))


@pytest.fixture
def room(config: Config, clock: TurnedClock, places: Places) -> Room:
    made = Room(config, clock, places)
    made.tell(Story())
    return made


def test_the_snapshot_is_the_hubs_own(room: Room) -> None:
    answer = room.client.get("/api/snapshot").json()
    assert answer["age_s"] == 0.2
    assert msgspec.convert(answer["snapshot"], Snapshot) == room.heard.snapshot


def test_a_cage_is_told_in_the_pages_words(room: Room) -> None:
    answer = room.client.get("/api/cages/cage-1").json()
    assert (answer["state"], answer["severity"]) == ("Watching", "quiet")
    assert "of the last minute's faces look pained" in answer["headline"]
    assert answer["live"]["status"] == "ok"
    assert room.client.get("/api/cages").json() == {"cages": [answer]}


def test_a_camera_is_told_with_its_state(room: Room) -> None:
    answer = room.client.get("/api/cameras/cage-1-left").json()
    assert (answer["cage"], answer["state"], answer["live"]["state"]["dropped"]) == ("cage-1", "Live", 12)


def test_a_probability_that_is_not_known_is_null(room: Room) -> None:
    room.tell(Story(pain_probability=None))
    assert room.client.get("/api/cages/cage-1").json()["live"]["recent"]["pain_probability"] is None


@pytest.mark.parametrize(
    "path",
    [
        "/api/snapshot",
        "/api/cages",
        "/api/cages/cage-1",
        "/api/cameras/cage-1-left",
        "/api/cameras/cage-1-left/attention",
    ],
)
def test_a_silent_hub_is_503_with_the_age_of_its_last_word(room: Room, path: str) -> None:
    room.tell(Story(), age_s=12)
    answer = room.client.get(path)
    assert answer.status_code == 503
    assert answer.json() == {"what": "the hub has been silent for 12 s", "mend": "look at the hub's log", "age_s": 12.0}
    room.heard = Heard(None, None)
    answer = room.client.get(path)
    assert answer.status_code == 503
    assert answer.json()["age_s"] is None


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/api/cages/nowhere", "cage-1"),
        ("/api/cages/nowhere/minutes", "cage-1"),
        ("/api/cameras/nowhere", "cage-1-left, cage-1-right"),
        ("/api/cameras/nowhere/attention", "cage-1-left, cage-1-right"),
        ("/api/cameras/nowhere/picture.jpg", "cage-1-left, cage-1-right"),
        ("/api/cameras/..%2f..%2fetc/picture.jpg", "openapi.json"),
        ("/api/nothing/here", "openapi.json"),
    ],
)
def test_what_is_not_there_is_404_and_names_what_is(room: Room, path: str, names: str) -> None:
    answer = room.client.get(path)
    assert answer.status_code == 404
    assert answer.json()["what"]
    assert names in answer.json()["mend"]


def judged(attention: bool = True) -> Prediction:
    return Prediction(
        cage="cage-1",
        camera="cage-1-left",
        seq=1,
        time_ns=1_800_000_000_000_000_000,
        mono_ns=1,
        age_ms=1.0,
        status=Status.OK,
        pain_probability=0.25,
        attention=((0.5, 0.125), (0.25, 0.125)) if attention else (),
        looked_at=(RegionShare("eyes", 0.4), RegionShare("elsewhere", 0.6)) if attention else (),
        model="seeker 1 (1f2e3d4c)",
    )


def test_attention_is_told_as_rows_and_by_regions(room: Room) -> None:
    room.heard = Heard(snapshot(room.config, Story(), {"cage-1-left": judged()}), 0.2)
    answer = room.client.get("/api/cameras/cage-1-left/attention")
    assert answer.status_code == 200
    assert answer.json() == {
        "camera": "cage-1-left",
        "cage": "cage-1",
        "time_ns": 1_800_000_000_000_000_000,
        "model": "seeker 1 (1f2e3d4c)",
        "pain_probability": 0.25,
        "rows": [[0.5, 0.125], [0.25, 0.125]],
        "looked_at": [{"region": "eyes", "share": 0.4}, {"region": "elsewhere", "share": 0.6}],
        "words": "Looked at: eyes 40 %, elsewhere 60 %",
        "age_s": 0.2,
    }


def test_without_a_map_it_is_said_whether_the_model_has_none(room: Room) -> None:
    assert room.client.get("/api/cameras/cage-1-left/attention").json()["what"] == (
        "there is no attention map of cage-1-left now"
    )
    room.heard = Heard(snapshot(room.config, Story(), {"cage-1-left": judged(attention=False)}), 0.2)
    answer = room.client.get("/api/cameras/cage-1-left/attention")
    assert answer.status_code == 404
    assert answer.json()["what"] == "no map from this model (seeker 1 (1f2e3d4c))"


def test_a_map_from_before_the_looks_stopped_is_not_told_as_now(room: Room) -> None:
    hub = snapshot(room.config, Story(), {"cage-1-left": judged()})
    stopped = tuple(msgspec.structs.replace(camera, predictions_per_s=0.0) for camera in hub.cameras)
    room.heard = Heard(msgspec.structs.replace(hub, cameras=stopped), 0.2)
    assert room.client.get("/api/cameras/cage-1-left/attention").status_code == 404


def test_a_wrong_method_is_refused_as_json(room: Room) -> None:
    answer = room.client.post("/api/snapshot")
    assert answer.status_code == 405
    assert "/api/snapshot" in answer.json()["what"]


def test_minutes_are_those_asked_for(room: Room) -> None:
    begin = 1_800_000_000_000_000_000
    room.stored = [minute("cage-1", begin + n * 60_000_000_000, 0.2, 0.9) for n in range(3)]
    query = {"from": "2027-01-15T08:00:00Z", "to": "2027-01-15T09:02:00+01:00"}
    answer = room.client.get("/api/cages/cage-1/minutes", params=query)
    assert answer.status_code == 200
    assert room.asked == [("cage-1", begin, begin + 120_000_000_000)]
    assert msgspec.convert(answer.json()["minutes"], list[MinuteSummary]) == room.stored[:2]


def test_without_times_the_last_hour_is_meant_and_no_hub_is_needed(room: Room) -> None:
    room.heard = Heard(None, None)
    assert room.client.get("/api/cages/cage-1/minutes").status_code == 200
    assert room.asked == [("cage-1", room.clock.wall_ns - HOUR_NS, room.clock.wall_ns)]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"from": "yesterday"}, "not an ISO 8601 time"),
        ({"to": "2027-01-15T08:00:00"}, "time zone"),
        ({"from": "2027-01-15T09:00:00Z", "to": "2027-01-15T08:00:00Z"}, "must lie before"),
        ({"from": "2020-01-15T09:00:00Z", "to": "2027-01-15T08:00:00Z"}, "31 days"),
        ({"from": "0001-01-01T00:00:00Z", "to": "0001-01-02T00:00:00Z"}, "further away than can be stored"),
        ({"to": "9999-12-31T23:59:59Z"}, "further away than can be stored"),
    ],
)
def test_a_time_that_makes_no_sense_is_400(room: Room, query: dict[str, str], words: str) -> None:
    answer = room.client.get("/api/cages/cage-1/minutes", params=query)
    assert answer.status_code == 400
    assert words in answer.json()["what"]
    assert answer.json()["mend"]


def test_a_history_that_cannot_be_read_is_503(room: Room) -> None:
    room.store_fault = "there is none yet"
    answer = room.client.get("/api/cages/cage-1/minutes")
    assert answer.status_code == 503
    assert answer.json()["what"] == "history cannot be read: there is none yet"
    assert answer.json()["mend"] == "start the hub once"


def test_a_picture_is_a_jpeg_and_never_cached(room: Room) -> None:
    ring = RingWriter(room.places.ring("cage-1-left"), 3, 90, 160)
    ring.write(np.full((90, 160, 3), 128, np.uint8), room.clock.now())
    try:
        answer = room.client.get("/api/cameras/cage-1-left/picture.jpg")
    finally:
        ring.close()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["cache-control"] == "no-store"
    assert cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR).shape == (90, 160, 3)


def test_a_picture_asked_for_by_its_token_is_that_one(room: Room) -> None:
    ring, client = RingWriter(room.places.ring("cage-1-left"), 3, 90, 160), room.client
    try:
        ring.write(np.full((90, 160, 3), 20, np.uint8), room.clock.now())
        first = client.get("/api/cameras/cage-1-left/picture.jpg").content
        ring.write(np.full((90, 160, 3), 220, np.uint8), room.clock.now())
        again = client.get("/api/cameras/cage-1-left/picture.jpg", params={"v": "1-plain-not_judged"}).content
        newest = client.get("/api/cameras/cage-1-left/picture.jpg").content
    finally:
        ring.close()
    assert again == first
    assert newest != first


@pytest.mark.parametrize(
    ("kind", "missing"), [("picture", "picture"), ("crop", "judged face"), ("attention", "attention map")]
)
def test_a_picture_that_is_not_there_is_404(room: Room, kind: str, missing: str) -> None:
    answer = room.client.get(f"/api/cameras/cage-1-left/{kind}.jpg")
    assert answer.status_code == 404
    assert answer.json()["what"] == f"there is no {missing} of cage-1-left now"


def test_health_is_ok_only_while_the_system_sees(room: Room) -> None:
    answer = room.client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "reasons": []})
    room.tell(Story(), age_s=9)
    answer = room.client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "not_seeing")
    assert answer.json()["reasons"]


def test_a_stranger_hears_only_whether_it_sees(room: Room) -> None:
    room.tell(Story(), age_s=9)
    answer = TestClient(room.api).get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "not_seeing", "reasons": []})


@pytest.mark.parametrize("role", list(Role))
def test_who_asks_is_told_who_they_are(room: Room, role: Role) -> None:
    answer = TestClient(as_person(room.api, role, name="berta")).get("/api/person")
    assert (answer.status_code, answer.json()) == (200, {"name": "berta", "role": role})


def test_nobody_is_nobody(room: Room) -> None:
    for client in (TestClient(room.api), TestClient(as_person(room.api, lasts=False))):
        answer = client.get("/api/person")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "log in" in answer.json()["mend"]


def test_metrics_are_answered_as_prometheus_reads_them(room: Room) -> None:
    answer = room.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'painwatch_cage_coverage{cage="cage-1"}' in answer.text


def test_metrics_are_described_as_the_text_that_they_are(room: Room) -> None:
    answers = room.client.get("/api/openapi.json").json()["paths"]["/metrics"]["get"]["responses"]
    assert list(answers["200"]["content"]) == ["text/plain"]


def test_the_version_is_told(room: Room) -> None:
    assert set(room.client.get("/api/version").json()) == {"painwatch", "wire"}


def test_openapi_describes_every_answer_and_leans_on_nothing_elsewhere(room: Room) -> None:
    answer = room.client.get("/api/openapi.json")
    document = answer.json()
    schemas = document["components"]["schemas"]
    text = answer.text
    references = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert references <= set(schemas)
    for path, operations in document["paths"].items():
        assert all(operation["description"] for operation in operations.values()), path
    assert {"SnapshotAnswer", "CageAnswer", "AttentionAnswer", "MinutesAnswer", "Refusal"} <= set(schemas)
    assert room.client.get("/docs").status_code == 404
    assert room.client.get("/redoc").status_code == 404


def test_pictures_of_a_camera_on_another_host_are_not_here(room: Room) -> None:
    (cage,) = room.config.cages
    far = cage.cameras[0].model_copy(update={"source": RemoteSource(kind="remote", host="room-2")})
    cages = (cage.model_copy(update={"cameras": (far, *cage.cameras[1:])}),)
    room.config = room.config.model_copy(update={"cages": cages})
    answer = room.client.get(f"/api/cameras/{far.name}/picture.jpg")
    assert answer.status_code == 404
    assert "stay on the host room-2" in answer.text
