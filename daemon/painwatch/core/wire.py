"""Messages to bytes and back: msgpack, strictly typed, with the version in front."""

from __future__ import annotations

import msgspec

from painwatch.core.errors import WireError
from painwatch.core.messages import Message

VERSION = 4
"""Raised whenever a message's meaning or fields change; both ends must speak the same."""

MAX_BYTES = 1_000_000
"""No message of ours comes near; a longer one is refused before it is parsed."""


_LONGEST_WORDS = 300


class _Envelope(msgspec.Struct, frozen=True, array_like=True):
    version: int
    message: msgspec.Raw


_envelope_decoder = msgspec.msgpack.Decoder(_Envelope)
_message_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


def encode(message: Message) -> bytes:
    """One message as bytes."""
    return msgspec.msgpack.encode((VERSION, message))


def decode(data: bytes) -> Message:
    """The message in `data`.

    Raises:
        WireError: not a message of ours, too long, of another version, or one that breaks a type's rule.
    """
    if len(data) > MAX_BYTES:
        raise WireError(f"a message of {len(data)} bytes; at most {MAX_BYTES} are read")
    try:
        envelope = _envelope_decoder.decode(data)
        if envelope.version != VERSION:
            raise WireError(
                f"a message of version {envelope.version}; this build speaks {VERSION}",
                mend="run the same version of painwatch on all hosts",
            )
        return _message_decoder.decode(envelope.message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # It tells what stands there, and that may be of any length.
        raise WireError(f"bytes that are not a painwatch message ({str(error)[:_LONGEST_WORDS]})") from error
