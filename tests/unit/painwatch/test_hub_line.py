"""The line to the hub keeps what cannot go out, up to its length, and never waits."""

from __future__ import annotations

from pathlib import Path

import zmq

from painwatch.core.types import Tick
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
