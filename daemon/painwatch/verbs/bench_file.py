"""The file that `painwatch engine bench --out` writes: asked for before minutes are spent, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import typer


def writable(out: Path) -> Path:
    """`out`, if it can be written.

    Raises:
        BadParameter: it is neither .json nor .md.
        PainwatchError: it cannot be written.
    """
    from painwatch.core.errors import PainwatchError

    if out.suffix not in (".json", ".md"):
        raise typer.BadParameter("name a file that ends in .json or .md", param_hint="--out")
    if out.is_dir() or not os.access(out.parent, os.W_OK | os.X_OK):
        mend = "name a file in a folder that is there and that this user may write"
        raise PainwatchError("cannot be written", where=str(out), mend=mend)
    return out


def write_whole(out: Path, text: str) -> None:
    """Write `text`, so that a kill or a full disk leaves what was there before.

    Raises:
        PainwatchError: it cannot be written.
    """
    from painwatch.core.errors import PainwatchError

    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(out)
    except OSError as error:
        mend = "make room, or name another file; the figures stand above"
        raise PainwatchError(f"cannot be written ({error.strerror})", where=str(out), mend=mend) from error
    finally:
        part.unlink(missing_ok=True)
