"""What is known now: the snapshot that the page, `painwatch status` and the API show, and no more."""

from __future__ import annotations

import msgspec

from painwatch.core.alarms import AlarmLive
from painwatch.core.types import CameraState, FusedPoint, MinuteSummary, Prediction, ProcessState, Status


class CageLive(msgspec.Struct, frozen=True):
    """A cage as the hub sees it now. `last_scored_ns`: capture time of the last point with a face really scored,
    None if never.

    `recent` summarises the last 60 s (its `start_ns` is when they began); `last_minute` is the last closed one.
    """

    name: str
    species: str
    strain: str
    coat: str
    status: Status
    status_since_ns: int
    last_scored_ns: int | None
    last_point: FusedPoint | None
    recent: MinuteSummary | None
    last_minute: MinuteSummary | None
    latency_ms_p50: float | None
    latency_ms_p95: float | None
    points_per_s: float


class CameraLive(msgspec.Struct, frozen=True):
    """A camera as the hub sees it now. `prediction`: its last look, None once looks no longer come.

    `predictions_per_s`: looks at frames that came in time to be used, over the last 10 s.
    """

    name: str
    cage: str
    state: CameraState | None
    prediction: Prediction | None
    predictions_per_s: float


class StoreLive(msgspec.Struct, frozen=True):
    """The history on disk. `pruned`: moments deleted before their time for want of room since the hub began, the
    last at `pruned_ns`. `waiting`: records not yet written. `lost`: records there was no room for at all.
    `conflicts`: records not stored, since another value of the same was stored before.
    """

    fault: str = ""
    fault_since_ns: int | None = None
    size_bytes: int | None = None
    limit_bytes: int | None = None
    disk_free_bytes: int | None = None
    pruned: int = 0
    pruned_ns: int | None = None
    waiting: int = 0
    lost: int = 0
    conflicts: int = 0


class SinkLive(msgspec.Struct, frozen=True):
    """A sink (a database that results go to). `fault`: why nothing goes out now. `refused`: records it will never
    take, kept aside. `oldest_ns`: when the oldest record that waits was stored.
    """

    name: str
    waiting: int = 0
    oldest_ns: int | None = None
    sent: int = 0
    refused: int = 0
    last_sent_ns: int | None = None
    fault: str = ""
    held: bool = False


class TargetLive(msgspec.Struct, frozen=True):
    """A notification target. `fault`: why notices do not arrive now. `oldest_ns`: since when the oldest waits."""

    name: str
    waiting: int = 0
    oldest_ns: int | None = None
    delivered: int = 0
    last_delivered_ns: int | None = None
    fault: str = ""


class Snapshot(msgspec.Struct, frozen=True, tag="snapshot"):
    """All the hub knows, published about twice a second: the page, `status` and the API show this and no more."""

    site: str
    time_ns: int
    started_ns: int
    cages: tuple[CageLive, ...]
    cameras: tuple[CameraLive, ...]
    processes: tuple[ProcessState, ...]
    malformed_messages: int = 0
    late_predictions: int = 0
    store_fault: str = ""
    alarms: tuple[AlarmLive, ...] = ()
    store: StoreLive = StoreLive()
    sinks: tuple[SinkLive, ...] = ()
    targets: tuple[TargetLive, ...] = ()
