"""Where the page and the API get what they show, and how a route asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from painwatch.config.models import CageConfig, Config
from painwatch.core.clock import Clock
from painwatch.core.live import Snapshot
from painwatch.core.types import MinuteSummary
from painwatch.core.words import for_how_long
from painwatch.store.history import History
from painwatch.web.asking import Asking
from painwatch.web.feed import Heard
from painwatch.web.pictures import Pictures
from painwatch.web.refusals import Refused


class Minutes(Protocol):
    """Reads the closed minutes of a cage that began in [from_ns, to_ns), oldest first. Raises StoreError."""

    def __call__(self, cage: str, from_ns: int, to_ns: int) -> Sequence[MinuteSummary]: ...


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the page and the API get what they show, and whom they ask. `history` opens it, or raises StoreError."""

    config: Config
    heard: Callable[[], Heard]
    pictures: Pictures
    minutes: Minutes
    clock: Clock
    history: Callable[[], History]
    asking: Asking


def now(sources: Sources) -> tuple[Heard, Snapshot, float]:
    """What was heard, the newest snapshot and its age. Raises Refused, 503, while the hub is silent."""
    heard = sources.heard()
    if heard.snapshot is None or heard.age_s is None:
        raise Refused(503, "the hub has not been heard yet", "start `painwatch run`, or look at the hub's log")
    if not heard.fresh:
        what = f"the hub has been silent for {for_how_long(heard.age_s)}"
        raise Refused(503, what, "look at the hub's log", age_s=heard.age_s)
    return heard, heard.snapshot, heard.age_s


def known_cage(sources: Sources, name: str) -> CageConfig:
    """The cage `name`. Raises Refused, 404."""
    for cage in sources.config.cages:
        if cage.name == name:
            return cage
    raise Refused(404, f"there is no cage {name!r}", f"there are {', '.join(c.name for c in sources.config.cages)}")


def known_camera(sources: Sources, name: str) -> str:
    """The cage that the camera `name` looks at. Raises Refused, 404."""
    try:
        return sources.config.camera(name)[0].name
    except KeyError:
        names = ", ".join(camera.name for _, camera in sources.config.cameras)
        raise Refused(404, f"there is no camera {name!r}", f"there are {names}") from None


def subjects_of(sources: Sources, cage: str) -> tuple[str, ...]:
    """What alarms about the cage are alarms on: itself, its cameras, its group. Raises Refused, 404."""
    configured = known_cage(sources, cage)
    cameras = (camera.name for camera in configured.cameras)
    return (cage, *cameras, *((configured.group,) if configured.group else ()))
