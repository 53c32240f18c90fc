"""Live cameras that cost the watch what cameras cost: encoded clips, sent by a server process that is not counted.

RTSP (H.264) where GStreamer's RTSP server is installed, else JPEG over HTTP. Nothing is rendered or encoded meanwhile.

    python -m benchmarks.streams CLIP...      serves each as JPEG over HTTP; prints one URL a line
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2

from benchmarks.clips import Clip, repeated
from servers.mjpeg_server import MjpegServer

SYSTEM_PYTHON = "/usr/bin/python3"
RTSP_SERVER = Path(__file__).parent.parent / "tests" / "servers" / "rtsp_server.py"
JPEG_QUALITY = 85


def kind() -> str:
    """`rtsp` or `http_mjpeg`: what can be served here."""
    asked = "import gi; gi.require_version('GstRtspServer', '1.0')"
    try:
        found = subprocess.run([SYSTEM_PYTHON, "-c", asked], capture_output=True, check=False)
    except OSError:
        return "http_mjpeg"
    return "http_mjpeg" if found.returncode else "rtsp"


@contextlib.contextmanager
def streams(clips: Sequence[Clip], count: int, seconds: float, folder: Path) -> Iterator[list[dict[str, Any]]]:
    """`count` camera sources that show the clips for at least `seconds`; a clip serves several if need be."""
    if kind() == "rtsp":
        files = [
            repeated(clip, 1 + int(seconds * clip.fps / clip.frames), folder / f"stream-{number}.mp4")
            for number, clip in enumerate(clips[:count])
        ]
        command = [SYSTEM_PYTHON, str(RTSP_SERVER)]
        for file in files:
            command += ["--file", str(file)]
        with _served(command, 1) as (address,):
            urls = [f"{address}/file{number or ''}" for number in range(len(files))]
            yield [{"kind": "rtsp", "url": urls[number % len(urls)]} for number in range(count)]
        return
    command = [sys.executable, "-m", "benchmarks.streams", *(str(clip.path) for clip in clips[:count])]
    with _served(command, min(count, len(clips))) as urls:
        asked = [f"{url}fps={clip.fps:g}" for url, clip in zip(urls, clips, strict=False)]
        yield [{"kind": "http_mjpeg", "url": asked[number % len(asked)]} for number in range(count)]


@contextlib.contextmanager
def _served(command: Sequence[str], lines: int) -> Iterator[list[str]]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            told = [process.stdout.readline().strip() for _ in range(lines)]
            if not all(told):
                raise RuntimeError(f"the server of the streams does not start: {' '.join(command[:2])}")
            yield told
        finally:
            process.terminate()


def main(files: Sequence[str]) -> None:
    with contextlib.ExitStack() as stack:
        for file in files:
            server = stack.enter_context(MjpegServer(pictures=_jpegs(Path(file))))
            sys.stdout.write(server.url() + "\n")
        sys.stdout.flush()
        threading.Event().wait()


def _jpegs(file: Path) -> list[bytes]:
    images = Clip(file, 0.0, 0, ("", "", 0.0)).images()
    return [bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]) for image in images]


if __name__ == "__main__":
    main(sys.argv[1:])
