"""The hub's place among the processes: its folder, its lock, its two sockets."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import zmq

from painwatch.config.places import SOCKET_PATH_MAX_BYTES, Places
from painwatch.core.errors import PainwatchError
from painwatch.core.wire import MAX_BYTES

_RUN_DIR = "set runtime.run_dir to a folder of this user, best in memory (/dev/shm or /run)"


@contextlib.contextmanager
def only_hub(run_dir: Path) -> Iterator[None]:
    """Makes `run_dir`, for this user alone, and holds it against a second hub.

    Binding tells nothing of another hub: ZeroMQ takes the socket file away from under it.

    Raises:
        PainwatchError: another hub lives there, or the folder is not ours or cannot be made.
    """
    try:
        run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if run_dir.stat(follow_symlinks=False).st_uid not in (os.geteuid(), 0):
            raise PainwatchError("belongs to another user", where=str(run_dir), mend=_RUN_DIR)
        handle = os.open(run_dir / "hub.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise PainwatchError(f"cannot be used ({error.strerror})", where=str(run_dir), mend=_RUN_DIR) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(handle, 20, 0).decode(errors="replace").strip() or "unknown"
            raise PainwatchError(
                f"another hub is running here (process {pid})",
                where=str(run_dir),
                mend="stop it, or give this one a runtime.run_dir of its own",
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def bound(places: Places) -> Iterator[tuple[zmq.Socket[bytes], zmq.Socket[bytes]]]:
    """The PULL socket for results and the PUB socket for the live view; files that a killed hub left are replaced.

    Raises:
        PainwatchError: a path is longer than the system takes, or cannot be bound.
    """
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    sockets: list[zmq.Socket[bytes]] = []
    try:
        for kind, endpoint in ((zmq.PULL, places.results), (zmq.PUB, places.live)):
            socket = context.socket(kind)
            sockets.append(socket)
            socket.setsockopt(zmq.LINGER, 200 if kind == zmq.PUB else 0)
            socket.setsockopt(zmq.MAXMSGSIZE, 4 * MAX_BYTES)
            _bind(socket, endpoint)
        yield sockets[0], sockets[1]
    finally:
        for socket in sockets:
            socket.close()
        context.term()


def _bind(socket: zmq.Socket[bytes], endpoint: str) -> None:
    path = endpoint.removeprefix("ipc://")
    length = len(os.fsencode(path))
    if length > SOCKET_PATH_MAX_BYTES:
        raise PainwatchError(
            f"the socket's path has {length} bytes; the system takes {SOCKET_PATH_MAX_BYTES}",
            where=path,
            mend="set runtime.run_dir to a shorter path",
        )
    try:
        socket.bind(endpoint)
    except zmq.ZMQError as error:
        raise PainwatchError(f"the socket cannot be bound ({error})", where=path, mend=_RUN_DIR) from error
