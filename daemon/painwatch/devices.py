"""The cameras that the kernel knows on this host."""

from __future__ import annotations

from pathlib import Path


def video_devices(system: Path = Path("/sys/class/video4linux"), by_id: Path = Path("/dev/v4l/by-id")) -> list[str]:
    """One line for each Video4Linux device: its lasting path, its number of the day and its name."""
    lasting = {link.resolve().name: str(link) for link in sorted(by_id.glob("*"))}
    lines = []
    for folder in sorted(system.glob("video*")):
        name_file = folder / "name"
        name = name_file.read_text("utf-8", "replace").strip() if name_file.is_file() else "unnamed"
        device = f"/dev/{folder.name}"
        lines.append(f"{lasting.get(folder.name, device)} ({device}): {name}")
    return lines or ["none (no Video4Linux device; network cameras are not listed here)"]
