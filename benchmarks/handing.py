"""(d) Between processes: frames through the ring, messages through the socket; both sides in one process, counted."""

from __future__ import annotations

import json
import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import numpy as np
import zmq

from benchmarks import machine
from benchmarks.measure import Case, interleaved, ratios, spread
from benchmarks.report import Answer, Line
from benchmarks.synthetic import NOON, look
from painwatch.capture.ring import RingReader, RingWriter
from painwatch.core.clock import Stamp
from painwatch.core.wire import decode, encode

QUEUE = "multiprocessing.Queue"
HEIGHT, WIDTH = 360, 640
SLOTS = 8


def frames(rounds: int, count: int) -> Answer:
    """A frame of 640 x 360 px from one process to another: the ring against a queue and a socket."""
    image = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    with ExitStack() as stack:
        queue = stack.enter_context(_queue())
        push, pull = stack.enter_context(_pair())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pw-bench-", dir="/dev/shm")))
        writer = RingWriter(folder / "camera.ring", SLOTS, HEIGHT, WIDTH)
        stack.callback(writer.close)
        reader = RingReader(folder / "camera.ring")
        stack.callback(reader.close)

        def through_ring() -> None:
            writer.write(image, Stamp(NOON, NOON))
            assert reader.newest() is not None

        def through_queue() -> None:
            queue.put(image)
            queue.get()

        def through_socket() -> None:
            push.send(image.data)
            np.frombuffer(pull.recv(), np.uint8).reshape(image.shape)

        ways = {QUEUE: through_queue, "ZeroMQ, ipc": through_socket, "painwatch's ring": through_ring}
        samples = interleaved({name: _times(way, count) for name, way in ways.items()}, rounds)
    costs = {name: [sample.cpu_ms for sample in each] for name, each in samples.items()}
    gb_s = machine.copies_gb_s(SLOTS, image.nbytes)
    least_ms = 2e3 * image.nbytes / (gb_s * 1e9)
    return Answer(
        key="d1",
        title=f"(d) A frame of {WIDTH} x {HEIGHT} px from process to process",
        unit="cpu-ms a frame, both sides",
        held_to=QUEUE,
        peak=f"two copies at {gb_s:.1f} GB/s, memcpy between {SLOTS} frames and {SLOTS} others",
        lines=tuple(
            Line(name, spread(cost), ratios(costs[QUEUE], cost), least_ms / spread(cost).median)
            for name, cost in costs.items()
        ),
        values={"samples_cpu_ms": costs, "copies_gb_s": gb_s},
    )


def messages(rounds: int, count: int) -> Answer:
    """A look from inference to the hub: made into bytes, sent, received, and checked."""
    one = look(1, NOON)
    plain, ready = msgspec.to_builtins(one), encode(one)
    with ExitStack() as stack:
        queue = stack.enter_context(_queue())
        push, pull = stack.enter_context(_pair())

        def through_queue() -> None:
            queue.put(plain)
            queue.get()

        def through_socket(make: Callable[[], bytes], read: Callable[[bytes], object]) -> Callable[[], None]:
            def send() -> None:
                push.send(make())
                read(pull.recv())

            return send

        ways = {
            f"{QUEUE} of dicts": through_queue,
            "JSON over ZeroMQ, unchecked": through_socket(lambda: json.dumps(plain).encode(), json.loads),
            "painwatch's wire": through_socket(lambda: encode(one), decode),
            "ready bytes over ZeroMQ": through_socket(lambda: ready, len),
        }
        samples = interleaved({name: _times(way, count) for name, way in ways.items()}, rounds)
    costs = {name: [sample.cpu_ms for sample in each] for name, each in samples.items()}
    least_ms = spread(costs["ready bytes over ZeroMQ"]).median
    return Answer(
        key="d2",
        title=f"(d) A look of {len(ready)} bytes from process to process",
        unit="cpu-ms a message, both sides",
        held_to=f"{QUEUE} of dicts",
        peak="the same bytes, ready made, over the same socket",
        lines=tuple(
            Line(
                name,
                spread(cost),
                ratios(costs[f"{QUEUE} of dicts"], cost),
                least_ms / spread(cost).median,
                {"messages a cpu-s": f"{1e3 / spread(cost).median:.0f}"},
            )
            for name, cost in costs.items()
        ),
        notes=("One message is under way at a time: in a stream the socket costs less of each.",),
        values={"samples_cpu_ms": costs},
    )


def _times(way: Callable[[], None], count: int) -> Case:
    def run_round(turn: int) -> int:  # noqa: ARG001
        for _ in range(count):
            way()
        return count

    return run_round


@contextmanager
def _queue() -> Iterator[multiprocessing.Queue[object]]:
    queue: multiprocessing.Queue[object] = multiprocessing.Queue()
    try:
        yield queue
    finally:
        queue.close()
        queue.join_thread()


@contextmanager
def _pair() -> Iterator[tuple[zmq.Socket[bytes], zmq.Socket[bytes]]]:
    with (
        tempfile.TemporaryDirectory(prefix="pw-bench-") as folder,
        zmq.Context() as context,
        context.socket(zmq.PULL) as pull,
        context.socket(zmq.PUSH) as push,
    ):
        for end in (pull, push):
            end.setsockopt(zmq.LINGER, 0)
        pull.bind(f"ipc://{folder}/socket")
        push.connect(f"ipc://{folder}/socket")
        yield push, pull
