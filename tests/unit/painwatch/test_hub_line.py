"""The line to the hub keeps what cannot go out, up to its length, and never waits."""

from __future__ import annotations

from pathlib import Path

import zmq

from painwatch.core.limits import LONGEST_TEXT
from painwatch.core.messages import Message
from painwatch.core.types import CameraPhase, CameraState, Prediction, ProcessPhase, ProcessState, Status, Tick
from painwatch.core.wire import decode
from painwatch.hub_line import hub_line


def test_what_was_sent_before_the_hub_came_reaches_it_up_to_the_lines_length(tmp_path: Path) -> None:
    endpoint = f"ipc://{tmp_path / 'results.sock'}"
    with hub_line(endpoint, kept=3) as line:
        assert [line.send(Tick(number)) for number in range(5)] == [True, True, True, False, False]
        context = zmq.Context()
        socket = context.socket(zmq.PULL)
        try:
            socket.bind(endpoint)
            got = []
            while socket.poll(5000) and len(got) < 3:
                got.append(decode(socket.recv()))
                if len(got) == 3:
                    break
        finally:
            socket.close(0)
            context.term()
    assert got == [Tick(0), Tick(1), Tick(2)]


def test_reasons_without_end_are_cut_so_that_they_can_be_read(tmp_path: Path) -> None:
    words = "why " * 5000
    endpoint = f"ipc://{tmp_path / 'results.sock'}"
    told: list[Message] = [
        Prediction("cage", "cam", 1, 2, 3, 4.5, Status.ENGINE_ERROR, detail=words),
        CameraState("cage", "cam", CameraPhase.LOST, 1, 2, detail=words),
        ProcessState("infer-cpu", ProcessPhase.RESTARTING, 1, 2, reason=words),
    ]
    with zmq.Context() as context, context.socket(zmq.PULL) as socket, hub_line(endpoint, kept=3) as line:
        socket.bind(endpoint)
        assert all(line.send(message) for message in told)
        for sent in told:
            assert socket.poll(5000)
            got = decode(socket.recv())
            assert type(got) is type(sent)
            cut = got.reason if isinstance(got, ProcessState) else getattr(got, "detail", "")
            assert cut == words[:LONGEST_TEXT]
