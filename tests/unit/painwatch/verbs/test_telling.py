"""Faults of the disk are a person's to mend; all others keep their traceback."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
import typer

from painwatch.verbs.telling import told


def test_a_path_that_cannot_be_written_is_told_with_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as caught, told():
        (tmp_path / "none" / "log.csv").write_text("1")
    assert caught.value.exit_code == 1
    assert capsys.readouterr().err == f"{tmp_path}/none/log.csv: No such file or directory. Check the path.\n"


@pytest.mark.parametrize("name", [None, "last.ckpt"])
def test_a_full_disk_is_told(name: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), told():
        raise OSError(errno.ENOSPC, "No space left on device", *([] if name is None else [name]))
    assert capsys.readouterr().err.startswith(f"{name}: No space" if name else "No space left on device. Make room")


def test_a_fault_without_a_file_is_ours() -> None:
    with pytest.raises(ConnectionResetError), told():
        raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
