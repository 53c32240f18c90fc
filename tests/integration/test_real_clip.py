"""A real mouse in real pixels, as a recording and restreamed over RTSP and HTTP, through the whole watch.

There are no pain labels for it, and the classifier was not made for it: what is held here is that pictures go all
the way, that the keypoint network looks at them, and that the animal is said to be outside the model's domain and is
not scored. Where the points are put is for a person to look at: tests/benchmarks/real_clip.py.
"""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import pytest

from fixtures.cameras import RtspServer
from fixtures.whole_watch import camera, running_watch
from painwatch.core.live import Snapshot
from painwatch.core.types import Status
from painwatch.store.history import open_history
from painwatch_engines.anatomy import KEYPOINTS
from servers.mjpeg_server import MjpegServer

CLIP = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "mouse_side_view" / "clip.mp4"
KINDS = ("file", "rtsp", "http")

pytestmark = pytest.mark.skipif(not CLIP.is_file(), reason="the shared real clip is not on this machine")


def pictures(count: int) -> list[bytes]:
    """The first frames of the clip as JPEG files, every fifth of its 75 a second."""
    encoded = []
    with av.open(str(CLIP)) as clip:
        for index, frame in enumerate(clip.decode(video=0)):
            if index % 5 == 0:
                encoded.append(bytes(cv2.imencode(".jpg", frame.to_ndarray(format="bgr24"))[1]))
            if len(encoded) == count:
                break
    return encoded


@pytest.mark.timeout(300)
def test_a_real_clip_goes_through_from_every_kind_of_source(tmp_path: Path, rtsp_available: None) -> None:
    rtsp = RtspServer(CLIP).start()
    try:
        with MjpegServer(pictures=pictures(60)) as http:
            sources = {
                "file": {"kind": "file", "path": str(CLIP), "loop": True},
                "rtsp": {"kind": "rtsp", "url": rtsp.url("file")},
                "http": {"kind": "http_mjpeg", "url": http.url(fps=15)},
            }
            animal = {"species": "mouse", "strain": "C57BL/6", "coat": "black", "sample_rate_hz": 2}
            cages = [
                animal | {"name": kind, "cameras": [{"name": kind, "source": source}]}
                for kind, source in sources.items()
            ]
            with running_watch(tmp_path, {"cages": cages}) as watch:
                for kind in KINDS:
                    seen, _ = watch.until(lambda s, kind=kind: looked_at(s, kind), what=f"a look at {kind}")
                    look = camera(seen, kind).prediction
                    assert look is not None
                    assert look.status is Status.OUT_OF_DOMAIN
                    assert look.pain_probability is None
                    assert "C57BL/6" in look.detail
                watch.stop()
    finally:
        rtsp.stop()
    with open_history(watch.places.database) as history:
        for kind in KINDS:
            points = history.points(kind, 0, 2**62)
            assert any(point.status is Status.OUT_OF_DOMAIN for point in points)
            assert all(point.pain_probability is None for point in points)


def looked_at(snapshot: Snapshot, kind: str) -> bool:
    look = camera(snapshot, kind).prediction
    return look is not None and len(look.keypoints) == len(KEYPOINTS)
