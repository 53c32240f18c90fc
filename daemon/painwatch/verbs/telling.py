"""How verbs speak: faults without tracebacks, progress that leaves no trace."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import Progress


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Faults that a person can mend are told without a traceback and end with 1; all others are ours, and keep it."""
    from painwatch.core.errors import PainwatchError

    try:
        yield
    except PainwatchError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        typer.echo(f"{error.name} is not installed. Install it with: pip install 'painwatch[{extra}]'", err=True)
        raise typer.Exit(1) from None
    except OSError as error:
        if error.filename is None and error.errno not in _FULL:
            raise
        where = f"{error.filename}: " if error.filename is not None else ""
        typer.echo(f"{where}{error.strerror or type(error).__name__}. {_mend(error)}", err=True)
        raise typer.Exit(1) from None
    except Exception as error:
        # The engines' faults are looked at only here: their modules are loaded by then, or are not in play.
        if type(error).__module__.startswith("painwatch_engines."):
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
        raise


def one_thread_unless_told(threads: int = 1) -> None:
    """Hold arithmetic to so many threads, unless OMP_NUM_THREADS says otherwise; before PyTorch is imported.

    PyTorch's own number is set later and does not reach threads that its libraries have started by then: they spin
    while they wait, at the cost of whatever runs beside.
    """
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))


def progress_bar() -> Progress:
    """A bar on stderr that is gone when the work is done."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    return Bar(console=Console(stderr=True), transient=True)


def _mend(error: OSError) -> str:
    if error.errno in _FULL:
        return "Make room on the disk; what takes --resume then goes on."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "Name another one, or get the right to use it."
    return "Check the path."


_FULL = (errno.ENOSPC, errno.EDQUOT)
"""Faults of writing to an open file, which carry no name."""

_EXTRAS = {
    "captum": "train",
    "dlclive": "dlclive",
    "lightning": "train",
    "matplotlib": "train",
    "onnx": "train",
    "pandas": "train",
    "pingouin": "train",
    "ray": "sweep",
    "scipy": "train",
    "skimage": "train",
    "sklearn": "train",
    "statsmodels": "train",
    "torch": "train",
    "torchvision": "train",
}
"""Which extra brings a package that a default installation does not hold."""
