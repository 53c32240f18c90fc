"""The hub's inputs in a file, in the order in which they were used: each message behind its length (4 bytes, big
endian). The first is a Tick that says when the hub began. What `site.replay` makes of it is what the hub told, bit for
bit, if the hub began with an empty history: what it went on from is not in the file.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from painwatch.core.errors import WireError
from painwatch.core.messages import Message
from painwatch.core.wire import MAX_BYTES, decode, encode

log = logging.getLogger(__name__)

_LENGTH = 4


class Recorder:
    """Writes messages to `path`, which must not exist yet. A disk that fails ends the recording, not the hub.

    Raises:
        FileExistsError: there is a recording there already.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = path.open("xb")

    def add(self, message: Message) -> None:
        if self._file is None:
            return
        data = encode(message)
        try:
            self._file.write(len(data).to_bytes(_LENGTH, "big") + data)
            self._file.flush()
        except OSError as error:
            log.error("recording to %s ends here: %s", self._path, error)
            self.close()

    def close(self) -> None:
        if self._file is not None:
            # What could not be written was told before.
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = None


def read_recording(path: Path) -> Iterator[Message]:
    """The messages in a recording, in order. A last one that was cut off, as when the hub was killed, is left out.

    Raises:
        WireError: not a recording, or of another version.
    """
    with path.open("rb") as file:
        while len(head := file.read(_LENGTH)) == _LENGTH:
            length = int.from_bytes(head, "big")
            if length > MAX_BYTES:
                raise WireError(f"a message of {length} bytes; at most {MAX_BYTES} are read", where=str(path))
            data = file.read(length)
            if len(data) < length:
                return
            yield decode(data)
