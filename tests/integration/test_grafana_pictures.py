"""The simulated room of the documentation's pictures, through the real alarm book and a real InfluxDB, to tiles."""

from __future__ import annotations

import json
import time
from pathlib import Path

from painwatch.grafana.dashboards.built import dashboards
from painwatch.grafana.dashboards.places import Board, OverviewPanel
from pictures.answers import Asker
from pictures.drawn_panels import board
from pictures.field_looks import look_of
from pictures.grafana_pictures import FOOTNOTE, HOUR_NS, saved
from pictures.shown_room import room_config, room_lines
from servers.influx import InfluxServer


def test_the_overview_of_the_simulated_room_tells_what_was_simulated(influx: InfluxServer, tmp_path: Path) -> None:
    config, now_ns = room_config(), time.time_ns()
    lines = room_lines(config, now_ns)
    for first in range(0, len(lines), 5000):
        influx.write("\n".join(lines[first : first + 5000]))
    (built,) = (one for one in dashboards(config) if one.board is Board.OVERVIEW)
    panels = json.loads(built.json)["panels"]
    asker = Asker(influx, built, now_ns - 6 * HOUR_NS, now_ns, {})
    (tiles,) = (panel for panel in panels if panel["id"] == OverviewPanel.STATE)
    look = look_of(tiles, "state", now_ns / 1e9)
    assert {row["cage"]: look.told(row["state"])[0] for row in asker.rows(tiles)} == {
        "cage-1": "no alarm",
        "cage-2": "no alarm",
        "cage-3": "REVIEW THE ANIMAL",
        "cage-4": "not seen; see to the watch",
        "cage-5": "SILENT: nothing arrives",
        "cage-6": "welfare alarm, a person knows",
        "cage-7": "no alarm",
        "cage-8": "SILENT: nothing arrives",
    }
    assert 20_000 < saved(board(asker, panels, FOOTNOTE), tmp_path / "overview.png") < 200_000
