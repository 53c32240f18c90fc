"""Pictures of the dashboards, drawn by matplotlib from the same queries: no Grafana is needed, and none is shown.

    PYTHONPATH=tests .venv/bin/python tests/pictures/grafana_pictures.py docs/pictures

Starts a real InfluxDB, fills it with a simulated room, asks it every query of the panels as Grafana would ask it, and
draws the answers by the panels' own settings. Needs influxd and nginx (as the tests do). About a minute.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from painwatch.grafana.dashboards.built import dashboards
from painwatch.grafana.dashboards.places import Board
from pictures.answers import Asker
from pictures.drawn_panels import board
from pictures.shown_room import room_config, room_lines
from servers.influx import InfluxServer

FOOTNOTE = "Drawn by matplotlib from the same queries, not a screenshot of Grafana. Simulated cages, no animals. UTC."
HOUR_NS = 3600 * 10**9

SHOWN = (
    ("grafana-overview", Board.OVERVIEW, 6, {}, 37),
    ("grafana-cage", Board.CAGE, 12, {"cage": ("cage-6",)}, 59),
    ("grafana-cage-not-seen", Board.CAGE, 6, {"cage": ("cage-4",)}, 43),
    ("grafana-system", Board.SYSTEM, 6, {}, 55),
    ("grafana-study", Board.STUDY, 48, {}, 54),
)
"""Name, dashboard, hours, what is chosen, and how many rows of the grid are shown."""


def main(folder: Path) -> None:
    config, now_ns = room_config(), time.time_ns()
    built = {one.board: one for one in dashboards(config)}
    with tempfile.TemporaryDirectory() as scratch, InfluxServer(Path(scratch)) as influx:
        influx.query("CREATE DATABASE painwatch")
        lines = room_lines(config, now_ns)
        for first in range(0, len(lines), 5000):
            influx.write("\n".join(lines[first : first + 5000]))
        for name, which, hours, chosen, rows in SHOWN:
            asker = Asker(influx, built[which], now_ns - hours * HOUR_NS, now_ns, chosen)
            panels = [one for one in json.loads(built[which].json)["panels"] if one["gridPos"]["y"] < rows]
            size = saved(board(asker, panels, FOOTNOTE), folder / f"{name}.png")
            sys.stdout.write(f"{name}: {len(panels)} panels, {size // 1000} kB\n")


def saved(figure: Figure, path: Path) -> int:
    """Writes the picture with at most 128 colours; its size in bytes."""
    figure.savefig(path, dpi=90)
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(128).save(path, optimize=True)
    return path.stat().st_size


if __name__ == "__main__":
    main(Path(sys.argv[1]))
