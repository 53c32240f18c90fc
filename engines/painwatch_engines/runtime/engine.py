"""What an inference engine is to everyone who uses one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray


class Runtime(Protocol):
    """A model opened for inference by one engine."""

    @property
    def engine(self) -> str:
        """Name of the engine that computes, as written in the configured chain."""
        ...

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Compute every output of the model.

        Args:
            inputs: one array for each input of the model, with the type and rank the model asks for.

        Raises:
            EngineError: if an input does not fit or the engine fails.
        """
        ...
