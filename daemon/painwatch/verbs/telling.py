"""How verbs speak: faults without tracebacks, progress that leaves no trace."""

from __future__ import annotations

import contextlib
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
    except Exception as error:
        # The engines' faults are looked at only here: their modules are loaded by then, or are not in play.
        if type(error).__module__.startswith("painwatch_engines."):
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
        raise


def progress_bar() -> Progress:
    """A bar on stderr that is gone when the work is done."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    return Bar(console=Console(stderr=True), transient=True)


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
