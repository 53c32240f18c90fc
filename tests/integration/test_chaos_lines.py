"""What a run of chaos counts by: a lost record and a changed word of any field are found."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from endurance.chaos_lines import KINDS, SINK, Held, differences, held
from fixtures.kinds_of_record import all_kinds, config_with
from fixtures.stored import write
from painwatch.sinks.lines import lines_for
from servers.influx import InfluxServer


def test_every_field_of_what_is_stored_is_held_against_influxdb(influx: InfluxServer, tmp_path: Path) -> None:
    config = config_with({"url": influx.url})
    line_of = lines_for(config)
    told = [line for record in all_kinds() if (line := line_of(record, SINK)) is not None]
    history = tmp_path / "history.sqlite"
    write(history, *all_kinds())

    def compared(kind: str, dead: frozenset[bytes] = frozenset()) -> tuple[Held, list[str]]:
        with contextlib.closing(sqlite3.connect(history)) as database:
            one = held(kind, database, influx, config, dead)
        return one, list(differences(kind, one))

    for line in told[1:]:
        influx.write(line.decode())
    one, wrong = compared("minutes")
    assert (one.stored, len(one.there), len(wrong)) == (2, 1, 1)
    assert "1 minutes are not in InfluxDB" in wrong[0]
    assert compared("minutes", frozenset({told[0]}))[1] == []
    influx.write(told[0].decode())
    for kind in KINDS:
        one, wrong = compared(kind)
        assert wrong == []
        assert one.stored == len(one.lines) == len(one.there) > 0
    point = next(line.decode() for line in told if line.startswith(b"painwatch_points"))
    influx.write(point.replace('model="zoo', 'model="zap'))
    assert "1 points have another value" in compared("points")[1][0]
    assert "{'model': ('zoo (0123abcd)', 'zap (0123abcd)')}" in compared("points")[1][0]
    alarm = next(line.decode() for line in told if line.startswith(b"painwatch_alarms"))
    influx.write(alarm.replace("priority=high", "priority=low"))
    assert "1 transitions are in InfluxDB only" in compared("transitions")[1][0]
