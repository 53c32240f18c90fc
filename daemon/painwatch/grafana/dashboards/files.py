"""Writes the dashboards of the shipped configuration: python -m painwatch.grafana.dashboards.files FOLDER [CONFIG]"""

from __future__ import annotations

import sys
from pathlib import Path

from painwatch.config.loader import load_config
from painwatch.grafana.dashboards.built import dashboards


def write(folder: Path, config_path: Path) -> tuple[Path, ...]:
    """The files that were written. Raises PainwatchError if the configuration is wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for built in dashboards(load_config(config_path), config_path.absolute().parent):
        path = folder / built.file_name
        path.write_text(built.json, encoding="utf-8")
        written.append(path)
    return tuple(written)


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "config.yaml"))
