"""Messages that no process of ours sends."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from fixtures.kinds_of_record import all_kinds
from fixtures.looks import NOON, look, phase, two_cameras
from hostile.mutate import mutated, with_a_worse_value
from hostile.trial import Counts, Trial, UnclearError
from painwatch.core.alarms import Mark, Reading, Request, RequestAction
from painwatch.core.clock import Stamp
from painwatch.core.errors import WireError
from painwatch.core.messages import Message
from painwatch.core.signals import Signal
from painwatch.core.types import CameraPhase, ProcessPhase, ProcessState, Tick
from painwatch.core.wire import VERSION, decode, encode
from painwatch.hub.door import Door, Received

NOW = Stamp(NOON, 5_000_000_000)

_MARK = Mark("cage", "baseline", NOON)
GOOD: tuple[Message, ...] = (
    look("left", NOON, 0.2),
    look("right", NOON, 0.9),
    phase("left", CameraPhase.LIVE),
    ProcessState("web", ProcessPhase.RUNNING, NOON, NOON, last_lines=("one", "two")),
    Request("r1", RequestAction.ACKNOWLEDGE, NOON, "anna", rule="pain", subject="cage"),
    Request("r2", RequestAction.MARK, NOON, "anna", mark=_MARK),
    Reading(Signal.CAMERA_AGE_S, "left", NOON, 0.0),
    Tick(NOON),
    *(record for record in all_kinds() if isinstance(record, Message)),
)

_HEADS = (b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xc9\xff\xff\xff\xff\x05")
"""Arrays, maps, bytes and extensions that say they are 4 GiB long."""


def hostile_message(dice: Random) -> bytes:
    """Bytes near to a message, or far from one."""
    good = dice.choice(GOOD)
    match dice.randrange(100):
        case n if n < 40:
            return mutated(encode(good), dice)
        case n if n < 85:
            return _packed((VERSION, with_a_worse_value(msgspec.to_builtins(good), dice)))
        case n if n < 88:
            return _packed(
                (dice.choice((0, 1, VERSION - 1, VERSION + 1, 2**63, -1, None, "3")), msgspec.to_builtins(good))
            )
        case n if n < 91:
            return dice.randbytes(dice.randint(0, 500))
        case n if n < 94:
            raw, head = bytearray(encode(good)), dice.choice(_HEADS)
            at = dice.randrange(len(raw))
            raw[at : at + len(head)] = head
            return bytes(raw)
        case n if n < 97:
            return (
                bytes([0x92, VERSION])
                + dice.choice((b"\x91", b"\x81\xa1x")) * dice.choice((100, 2000, 200_000))
                + b"\xc0"
            )
        case n if n < 99:
            return encode(good) + dice.randbytes(dice.randint(1, 50))
        case _:
            return encode(good) + b"\0" * 1_100_000


def _packed(value: Any) -> bytes:
    """As msgpack; numbers that it does not know are left out."""
    try:
        return msgspec.msgpack.encode(value)
    except (OverflowError, ValueError, UnicodeEncodeError):
        return msgspec.msgpack.encode(_packable(value))


def _packable(value: Any) -> Any:
    match value:
        case dict():
            return {_packable(key): _packable(each) for key, each in value.items()}
        case list() | tuple():
            return [_packable(each) for each in value]
        case int() if not -(2**63) <= value < 2**64:
            return 2**64 - 1
        case str():
            return value.encode("utf-8", "replace").decode()
    return value


@contextlib.contextmanager
def messages(folder: Path) -> Iterator[Trial]:
    """At the hub's door: refused and counted, or a message that goes through the wire once more unchanged."""
    door, room = Door([two_cameras()], {"right": "room-2"}), [0]

    def one(dice: Random) -> Counts:
        data, host = hostile_message(dice), dice.choice(("", "", "room-2", "room-3", None))
        _known_to_the_wire(data)
        # Time goes on, so that allowances are not what refuses.
        room[0] += 1_000_000_000
        before = door.refused
        message = door.take(Received(data, host), Stamp(NOON, room[0]))
        if message is None:
            if door.refused != before + 1:
                raise UnclearError(f"refused and not counted: {data[:80]!r}")
            return Counts(refused=1)
        if decode(encode(message)) != message:
            raise UnclearError(f"not the same after the wire: {message!r}")
        return Counts(accepted=1)

    yield Trial(one)


def _known_to_the_wire(data: bytes) -> None:
    try:
        decode(data)
    except WireError as error:
        if len(str(error)) > 1000:
            raise UnclearError(f"{len(str(error))} characters of error") from error
