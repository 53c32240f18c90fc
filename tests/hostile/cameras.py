"""Recordings, cameras and frame rings that send or hold what no camera would."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np

from fixtures.cameras import write_clip
from hostile.mutate import NASTY_BYTES, mutated
from hostile.trial import ACCEPTED, REFUSED, Counts, Trial, UnclearError, clear
from painwatch.capture.av_file import FileSource
from painwatch.capture.av_live import AvLiveSource
from painwatch.capture.av_options import http_mjpeg_input, rtsp_input
from painwatch.capture.ring import RingReader, RingWriter
from painwatch.capture.source import Source
from painwatch.config.sources import HttpMjpegSource, RtspSource
from painwatch.core.clock import Stamp, SystemClock
from painwatch.core.errors import RingError, SourceError
from servers.mjpeg_server import jpeg

MOST_PICTURES = 40


@contextlib.contextmanager
def recordings(folder: Path) -> Iterator[Trial]:
    """A spoiled video file: pictures, then the end or a SourceError."""
    clips = [write_clip(folder / f"clip.{kind}", 24, 12, 96, 64, 0) for kind in ("mp4", "avi", "mkv")]
    good = [clip.read_bytes() for clip in clips]

    def one(dice: Random) -> Counts:
        which = dice.randrange(len(clips))
        path = folder / f"bad{clips[which].suffix}"
        data = mutated(good[which], dice, 30) if dice.random() < 0.95 else dice.randbytes(5000)
        path.write_bytes(data)
        source = FileSource(
            path, pace="fast", loop=dice.random() < 0.2, epoch=folder / "epoch", clock=SystemClock(), started_ns=0
        )
        return _looked_at(source)

    yield Trial(one)


@contextlib.contextmanager
def network_cameras(folder: Path) -> Iterator[Trial]:
    """A server that answers what it likes, asked as an HTTP and as an RTSP camera."""
    picture = jpeg(1, 96, 64)

    def one(dice: Random) -> Counts:
        with _server(_http(picture, dice) if (http := dice.random() < 0.6) else _rtsp(dice)) as port:
            if http:
                wanted = http_mjpeg_input(HttpMjpegSource(kind="http_mjpeg", url=f"http://127.0.0.1:{port}/x"), None)
            else:
                wanted = rtsp_input(RtspSource(kind="rtsp", url=f"rtsp://127.0.0.1:{port}/x"), None)
            return _looked_at(AvLiveSource(wanted, open_timeout_s=1.0, read_timeout_s=0.5, clock=SystemClock()))

    yield Trial(one)


@contextlib.contextmanager
def frame_rings(folder: Path) -> Iterator[Trial]:
    """A ring's file with other words in it: a frame of its own shape, nothing, or RingError."""
    path = folder / "good.ring"
    writer = RingWriter(path, 3, 16, 24)
    image = np.full((16, 24, 3), 9, np.uint8)
    for number in range(5):
        writer.write(image, Stamp(number, number))
    good = path.read_bytes()
    writer.close()
    bad = folder / "bad.ring"

    def one(dice: Random) -> Counts:
        raw = bytearray(good)
        for _ in range(dice.randint(1, 4)):
            at = 8 * dice.randrange(16) if dice.random() < 0.7 else dice.randrange(len(raw) - 8)
            word = dice.choice((0, 1, 2, 5, 2**31, 2**32, 2**63, 2**64 - 1, dice.randrange(2**64)))
            raw[at : at + 8] = word.to_bytes(8, "little")
        bad.unlink(missing_ok=True)
        bad.write_bytes(raw[: dice.randrange(len(raw))] if dice.random() < 0.1 else raw)
        reader = RingReader(bad)
        try:
            frame = reader.newest()
            if frame is not None and frame.image.ndim != 3:
                raise UnclearError(f"a frame of shape {frame.image.shape}")
        except RingError as error:
            clear(error.what, error.where)
            return REFUSED
        finally:
            reader.close()
        return ACCEPTED

    yield Trial(one)


def _looked_at(source: Source) -> Counts:
    seen = 0
    try:
        source.open()
        while seen < MOST_PICTURES:
            image, seen = source.read().image, seen + 1
            if image.ndim != 3 or image.shape[2] != 3:
                raise UnclearError(f"a picture of shape {image.shape}")
    except SourceError as error:
        clear(error.what, error.where)
    finally:
        source.close()
    return ACCEPTED if seen else REFUSED


@contextlib.contextmanager
def _server(answer: bytes) -> Iterator[int]:
    """Sends `answer` to whoever comes, whatever they say."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    one, _ = listening.accept()
                    with one, contextlib.suppress(OSError):
                        one.settimeout(2)
                        one.recv(4096)
                        one.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _http(picture: bytes, dice: Random) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n"
    part = b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n"
    stream = head + b"".join(part % (len(picture), picture) for _ in range(6))
    match dice.randrange(12):
        case 0:
            return head + part % (10**12, picture)
        case 1:
            return head + b"--b\r\n" + b"X-Long: " + b"x" * 3_000_000
        case 2:
            return b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n"
        case 3:
            return b"HTTP/1.1 %d No\r\n\r\n" % dice.choice((100, 204, 301, 401, 404, 500, 999))
        case 4:
            return head + b"--b\r\n\r\n" + b"\xff" * 3_000_000
        case 5:
            return stream.replace(picture[:2], dice.choice(NASTY_BYTES))
        case 6:
            # A picture that says it has as many pixels as a JPEG can have, or 900 million, in a few bytes.
            at = picture.index(b"\xff\xc0") + 5
            huge = picture[:at] + dice.choice((b"\xff\xdc", b"\x75\x30")) * 2 + picture[at + 4 :]
            return head + part % (len(huge), huge) * 6
        case 7:
            return dice.randbytes(dice.randrange(20_000))
        case _:
            return mutated(stream, dice, 20)


def _rtsp(dice: Random) -> bytes:
    sdp = b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    sdp += b"a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAHtkDxWhAAAADAEAAAAwDxYuS,aMuMsg==\r\n"
    answers = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: DESCRIBE, SETUP, PLAY\r\n\r\n"
    answers += b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n" % len(sdp)
    answers += sdp + b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n"
    answers += b"RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 1\r\n\r\n"
    rtp = b"".join(b"$\0\0\x20" + dice.randbytes(32) for _ in range(50))
    return mutated(answers + rtp, dice, dice.choice((1, 4, 30)))
