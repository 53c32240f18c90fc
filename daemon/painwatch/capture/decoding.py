"""How a stream of pictures is decoded, whoever sends it."""

from __future__ import annotations

from av.video.stream import VideoStream

from painwatch.capture.faults import source_error
from painwatch.core.errors import SourceFault

MOST_PIXELS = 8192 * 8192
"""Of one picture. A few bytes can say that they are one of 65,000 x 65,000 px, which would take gigabytes."""


def prepare(stream: VideoStream, where: str) -> None:
    """Makes the stream ready to be decoded by one thread: more threads would each hold back a frame.

    Raises:
        SourceError: codec; FFmpeg knows no decoder for it, or its pictures are too large.
    """
    decoder = stream.codec_context
    if decoder is None:
        raise source_error(SourceFault.CODEC, "its pictures are of a kind that is not known here", where)
    if decoder.width * decoder.height > MOST_PIXELS:
        what = f"its pictures say that they have {decoder.width} x {decoder.height} px"
        raise source_error(SourceFault.CODEC, what, where)
    decoder.thread_count = 1
    decoder.options = {**decoder.options, "max_pixels": str(MOST_PIXELS)}
