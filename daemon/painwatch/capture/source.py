"""What every camera and recording looks like to the capture process, whatever is behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from painwatch.core.clock import Stamp
from painwatch.core.types import Image


@dataclass(frozen=True, slots=True, eq=False)
class Grab:
    """One picture, stamped right after the grab.

    `media_time_s`: its place in the recording, None for live sources. The others count since the grab before: `came`
    the pictures that came, this one among them, also those that nobody asked for; `dropped` those that were passed over
    because a newer one was there; `corrupt` those that could not be decoded, where that was tried.
    """

    image: Image
    stamp: Stamp
    media_time_s: float | None = None
    dropped: int = 0
    corrupt: int = 0
    came: int = 1


class Source(Protocol):
    """A camera (`live`) or a recording. Opened, read and closed any number of times, by one thread at a time.

    Only `close` may be called from another thread: it makes a waiting `open` or `read` end with SourceError.
    """

    @property
    def live(self) -> bool:
        """Whether it goes on without us, so that only its newest picture counts; a recording waits, and loses none."""
        ...

    def open(self) -> None:
        """Connects. SourceError if it is not there, refuses us, or does not answer in time."""
        ...

    def read(self) -> Grab:
        """Waits for the next picture. SourceError if none comes in time, none can be decoded, or it has ended."""
        ...

    def close(self) -> None:
        """Lets go of everything; does nothing the second time.

        Raises:
            SourceError: a driver does not let go; only the end of the process will free it.
        """
        ...
