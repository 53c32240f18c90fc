"""Networks are opened in a process of their own: what is native may end it, and the supervisor then starts another."""

from __future__ import annotations

from pathlib import Path

from endurance.fuzz_kind import tried


def test_networks_that_are_none_do_not_end_the_process(tmp_path: Path) -> None:
    outcome = tried("networks (ONNX)", tmp_path, 4.0, 3, 0)
    assert outcome.findings == []
    assert (outcome.crashes, outcome.unclear) == (0, 0)
    assert outcome.refused > 0
