"""What processes leave in the run_dir: known by name, since the folder may be a person's own, with files of theirs."""

from __future__ import annotations

import contextlib
from pathlib import Path

from painwatch.one_instance import running_pid, why_not_ours


def make_room(run_dir: Path) -> None:
    """Ready for a new run: what one that was killed left is gone, and the folder for frames is there."""
    tidy(run_dir)
    (run_dir / "frames").mkdir(mode=0o700, exist_ok=True)


def tidy(run_dir: Path) -> None:
    """Remove what the children shared. The lock is its holder's to remove; so is a hub's that someone runs by hand.

    A folder that is gone, or another user's by now, is left alone.
    """
    if not _is_ours(run_dir):
        return
    frames = run_dir / "frames"
    left = [*frames.glob("*.ring"), *frames.glob(".*.ring.new"), run_dir / "results.sock", run_dir / "live.sock"]
    left += [run_dir / "web.logins", run_dir / ".web.logins.new"]
    for pattern in ("capture-*.progress", "infer-*.progress", "hub.progress", "web.progress"):
        left += run_dir.glob(pattern)
    for kind in ("recording", "virtual"):  # what the cameras of the last run agreed on
        left += [*run_dir.glob(f"{kind}-*.epoch"), *run_dir.glob(f".{kind}-*.epoch.*")]
    if running_pid(run_dir / "hub.lock") is None:
        left.append(run_dir / "hub.lock")
    for path in left:
        path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        frames.rmdir()


def _is_ours(run_dir: Path) -> bool:
    try:
        return not why_not_ours(run_dir)
    except OSError:
        return False
