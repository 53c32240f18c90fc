"""What an inference engine is to everyone who uses one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from painwatch_engines.errors import EngineError


class InputError(EngineError):
    """An input that does not fit the model or the shapes it was compiled for; the engine itself is well."""


class Runtime(Protocol):
    """A model opened for inference by one engine."""

    @property
    def engine(self) -> str:
        """Name of the engine that computes, as written in the configured chain, and what it stands in for."""
        ...

    @property
    def most_batched(self) -> int:
        """How many pictures it had better be given at once, at most; 1 where it gains nothing by more."""
        ...

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Compute every output of the model.

        Args:
            inputs: one array for each input of the model, with the type and rank the model asks for.

        Raises:
            InputError: an input does not fit.
            EngineError: the engine fails.
        """
        ...


def shown(inputs: Mapping[str, NDArray[Any]]) -> str:
    """Names, types and shapes of the inputs, for a message."""
    return ", ".join(f"{name} {array.dtype} {array.shape}" for name, array in inputs.items()) or "nothing"


def first_line(error: BaseException) -> str:
    """The beginning of what a library says of itself."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
