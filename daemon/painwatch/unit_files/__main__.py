"""Writes the units that are shown in systemd/: `python -m painwatch.unit_files systemd`."""

from __future__ import annotations

import sys
from pathlib import Path

from painwatch.config.loader import load_config
from painwatch.unit_files.folders import Install
from painwatch.unit_files.units import units_for

CONFIG = Path("/etc/painwatch/config.yaml")
INSTALL = Install(Path("/opt/painwatch/bin/painwatch"), (Path("/opt/painwatch"),))


def shown(config_file: Path) -> dict[str, str]:
    """The units for `config_file`, both ways to run it, as if it lay in /etc and painwatch in /opt."""
    config = load_config(config_file)
    files: dict[str, str] = {}
    for supervised in (True, False):
        files |= units_for(config, config_path=CONFIG, install=INSTALL, supervised=supervised)
    return files


if __name__ == "__main__":
    for example in sorted(Path(sys.argv[1]).glob("*/config.yaml")):
        for name, text in shown(example).items():
            (example.parent / name).write_text(text, "utf-8")
