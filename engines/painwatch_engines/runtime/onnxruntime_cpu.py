"""ONNX Runtime on the CPU: the engine that is always there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnxruntime
from numpy.typing import NDArray

from painwatch_engines.errors import EngineError

NAME = "onnxruntime-cpu"


class OnnxRuntimeCpu:
    """One ONNX model in one session with one thread.

    One thread, because a worker shares its host with the other workers: a second thread beside a busy
    neighbour made a run three times slower, not faster.
    """

    def __init__(self, path: Path) -> None:
        """Open the model.

        Raises:
            EngineError: if the file is missing, truncated or no ONNX model.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Models are stored with 8-bit weights to be small. Left to itself ONNX Runtime keeps the
        # DequantizeLinear nodes for a later fusion and dequantises in every run; with this entry it folds
        # them when it opens the model.
        options.add_session_config_entry("session.disable_quant_qdq", "1")
        if not path.is_file():
            raise EngineError("there is no such file", str(path), "Check the path of the model folder.")
        try:
            providers = ["CPUExecutionProvider"]
            self._session = onnxruntime.InferenceSession(str(path), options, providers=providers)
        except Exception as error:  # ONNX Runtime raises a type of its own for each kind of broken file
            raise EngineError(
                f"ONNX Runtime cannot open the model ({_first_line(error)})",
                str(path),
                "The file is truncated or no ONNX model: fetch or export it again.",
            ) from error
        self._path = path
        self._outputs = [output.name for output in self._session.get_outputs()]

    @property
    def engine(self) -> str:
        return NAME

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Compute every output; see Runtime.run."""
        try:
            values = self._session.run(self._outputs, dict(inputs))
        except Exception as error:  # likewise one type for each kind of bad input
            wanted = ", ".join(f"{i.name} {i.type} {i.shape}" for i in self._session.get_inputs())
            got = ", ".join(f"{name} {array.dtype} {array.shape}" for name, array in inputs.items())
            raise EngineError(
                f"ONNX Runtime cannot run the model on {got or 'nothing'} ({_first_line(error)})",
                str(self._path),
                f"The model takes {wanted}.",
            ) from error
        return dict(zip(self._outputs, values, strict=True))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
