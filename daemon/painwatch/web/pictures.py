"""Live pictures out of the frame rings, made only while somebody looks.

A ring holds a few frames, about half a second. So while a camera is looked at, the frame that a prediction belongs to
is taken out as soon as the hub tells of the prediction, and picture, crop and attention all come from that one frame.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from painwatch.capture.ring import RingReader
from painwatch.config.places import Places
from painwatch.core.clock import Clock
from painwatch.core.errors import RingError
from painwatch.core.live import Snapshot
from painwatch.core.types import Frame, Prediction
from painwatch.core.words import for_how_long
from painwatch.web.feed import Heard
from painwatch.web.overlay import cut_face, draw_attention, draw_found, jpeg, shrink, write_corner

Kind = Literal["picture", "crop", "attention"]

_WIDTH_PX = 960
_LOOKED_AT_FOR_S = 5.0
_OLD_AFTER_S = 3.0
_KEPT = 3


@dataclass(frozen=True, slots=True)
class Look:
    """One frame of a camera and, if it is the frame that was judged, its prediction. `note`: told in its corner."""

    frame: Frame
    prediction: Prediction | None
    note: str

    @property
    def token(self) -> str:
        """Changes whenever the picture does; goes into its address, so that browsers fetch each one once."""
        return f"{self.frame.seq}-{'judged' if self.prediction else 'plain'}-{self.note}".replace(" ", "_")

    @property
    def has_face(self) -> bool:
        return self.prediction is not None and self.prediction.crop is not None

    @property
    def has_attention(self) -> bool:
        return self.has_face and self.prediction is not None and bool(self.prediction.attention)


@dataclass(slots=True)
class _Camera:
    reader: RingReader
    lock: threading.Lock = field(default_factory=threading.Lock)
    looks: deque[tuple[Look, dict[Kind, bytes]]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    looked_at_ns: int | None = None


class Pictures:
    """The pictures of `cameras`; every method may be called from any thread.

    Args:
        threshold: likelihood from which a keypoint counts as found.
    """

    def __init__(self, cameras: Iterable[str], places: Places, clock: Clock, threshold: float) -> None:
        self._cameras = {name: _Camera(RingReader(places.ring(name))) for name in cameras}
        self._clock, self._threshold = clock, threshold

    def follow(self, snapshot: Snapshot) -> None:
        """Takes out the frames that `snapshot`'s predictions belong to, for the cameras that are looked at; lets go of
        the frames and rings of the others.
        """
        now_ns = self._clock.now().mono_ns
        for live in snapshot.cameras:
            camera = self._cameras.get(live.name)
            if camera is None or camera.looked_at_ns is None:
                continue
            with camera.lock:
                if now_ns - camera.looked_at_ns > _LOOKED_AT_FOR_S * 1e9:
                    # An open ring keeps its memory, also when the camera has long made another.
                    camera.looked_at_ns = None
                    camera.looks.clear()
                    camera.reader.close()
                elif live.prediction is not None:
                    _judged(camera, live.prediction)

    def look(self, name: str, heard: Heard) -> Look | None:
        """The newest look of the camera called `name`; None while it has no picture.

        Raises:
            RingError: the frame ring is not one of ours.
        """
        with self._cameras[name].lock:
            return self._look(name, heard)

    def jpeg(self, name: str, kind: Kind, heard: Heard, token: str = "") -> bytes | None:
        """A picture as JPEG: of the look with that `token` if it is still kept, else of the newest.

        None while there is no picture of that kind.

        Raises:
            RingError: as for `look`.
        """
        camera = self._cameras[name]
        with camera.lock:
            look = self._look(name, heard)
            kept = next((pair for pair in camera.looks if pair[0].token == token), None)
            if kept is None:
                kept = next((pair for pair in camera.looks if pair[0] is look), None)
            if kept is None:
                return None
            if kind not in kept[1]:
                made = self._make(kept[0], kind)
                if made is None:
                    return None
                kept[1][kind] = made
            return kept[1][kind]

    def close(self) -> None:
        """Lets go of the rings."""
        for camera in self._cameras.values():
            with camera.lock:
                camera.reader.close()

    def _look(self, name: str, heard: Heard) -> Look | None:
        """As `look`; to be called holding the camera's lock."""
        camera = self._cameras[name]
        camera.looked_at_ns = self._clock.now().mono_ns
        live = heard.camera(name) if heard.fresh else None
        look = _judged(camera, live.prediction) if live and live.prediction else None
        return look if look is not None and not self._old(look.frame) else self._newest(camera, heard)

    def _newest(self, camera: _Camera, heard: Heard) -> Look | None:
        frame = camera.reader.newest()
        if frame is None:
            camera.looks.clear()
            return None
        note = "not judged" if heard.fresh else "not judged: the hub is silent"
        if self._old(frame):
            age_s = (self._clock.now().mono_ns - frame.mono_ns) / 1e9
            note = (
                f"old picture: {for_how_long(age_s)} ago" if age_s >= 0 else "old picture: from before the last start"
            )
        return _keep(camera, Look(frame, None, note))

    def _old(self, frame: Frame) -> bool:
        # A negative age is that of a frame from before the host was started.
        return not 0 <= self._clock.now().mono_ns - frame.mono_ns <= _OLD_AFTER_S * 1e9

    def _make(self, look: Look, kind: Kind) -> bytes | None:
        prediction = look.prediction
        if kind == "picture":
            image, scale = shrink(look.frame.image, _WIDTH_PX)
            if prediction is not None:
                draw_found(image, prediction.keypoints, prediction.crop, self._threshold, scale)
            if look.note:
                write_corner(image, look.note)
            return jpeg(image)
        if prediction is None or prediction.crop is None:
            return None
        face = cut_face(look.frame.image, prediction.crop)
        if kind == "crop":
            return jpeg(face)
        return jpeg(draw_attention(face, prediction.attention)) if prediction.attention else None


def _judged(camera: _Camera, prediction: Prediction) -> Look | None:
    for look, _ in camera.looks:
        if look.prediction is not None and _same(look.frame, prediction):
            return look
    try:
        frame = camera.reader.at(prediction.seq)
    except RingError:
        return None
    return _keep(camera, Look(frame, prediction, "")) if frame is not None and _same(frame, prediction) else None


def _same(frame: Frame, prediction: Prediction) -> bool:
    # A sequence starts anew with a new run, and "no frame" carries the number of the last frame there was.
    return frame.seq == prediction.seq and frame.mono_ns == prediction.mono_ns


def _keep(camera: _Camera, look: Look) -> Look:
    for kept, _ in camera.looks:
        if kept.token == look.token and kept.frame.mono_ns == look.frame.mono_ns:
            return kept
    camera.looks.append((look, {}))
    return look
