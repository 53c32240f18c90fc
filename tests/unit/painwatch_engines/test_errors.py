"""Faults arrive whole, from other processes too."""

from __future__ import annotations

import pickle

from painwatch_engines.errors import DataError


def test_a_fault_from_another_process_keeps_its_place_and_its_remedy() -> None:
    fault = pickle.loads(pickle.dumps(DataError("it is broken", "a.csv:2", "Mend it.")))
    assert (fault.what, fault.where, fault.mend) == ("it is broken", "a.csv:2", "Mend it.")
    assert str(fault) == "a.csv:2: it is broken. Mend it."
