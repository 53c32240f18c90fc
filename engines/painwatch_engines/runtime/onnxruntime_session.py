"""ONNX Runtime: on the CPU the engine that is always there, on a CUDA GPU with the package onnxruntime-gpu."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnxruntime
from numpy.typing import NDArray

from painwatch_engines.errors import EngineError
from painwatch_engines.runtime.engine import InputError, first_line, shown

CPU = "onnxruntime-cpu"
CPU_INT8 = "onnxruntime-cpu-int8"
CUDA = "onnxruntime-cuda"

_CPU_PROVIDER = "CPUExecutionProvider"
_CUDA_PROVIDER = "CUDAExecutionProvider"
_FULL_FLOAT32 = {"use_tf32": "0"}
"""Else float32 is computed with 10 bits of mantissa."""

_MOST_BATCHED_CPU = 2
_SMALL_PX = 160 * 160
"""On one core, looks with faces of 112 px cost 6 % less by twos and 9 % by fours, but by fours they are done half as
late again on a busy host. Faces of 224 px and whole frames cost the same, cuts of frames 1 % less: one by one."""

_MOST_BATCHED_CUDA = 8

Provider = str | tuple[str, dict[str, str]]


class OnnxRuntimeSession:
    """One ONNX model in one session.

    One thread unless told otherwise, because a worker shares its host with the other workers: a second thread
    beside a busy neighbour made a run three times slower, not faster.
    """

    def __init__(
        self, path: Path, engine: str, providers: Sequence[Provider], *, quantised: bool, threads: int
    ) -> None:
        """Open the model; see open_cpu, open_cpu_int8 and open_cuda."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Threads of a session that has nothing to do would else spin beside those that have.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        # Models may be stored with 8-bit weights to be small. Left to itself ONNX Runtime keeps their
        # DequantizeLinear nodes for a later fusion and dequantises in every run; with "1" it folds them when it
        # opens the model. A model whose arithmetic is 8-bit needs just that fusion.
        options.add_session_config_entry("session.disable_quant_qdq", "0" if quantised else "1")
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=list(providers))
        except Exception as error:  # ONNX Runtime raises a type of its own for each kind of broken file
            raise EngineError(
                f"ONNX Runtime cannot open the model ({first_line(error)})",
                str(path),
                "The file is truncated or no ONNX model: fetch or export it again.",
            ) from error
        # Else a provider that fails in a run is exchanged for the CPU with no more than a line on stdout.
        self._session.disable_fallback()
        self._path, self._engine = path, engine
        self._outputs = [output.name for output in self._session.get_outputs()]
        self._small = all(_pixels(each.shape) <= _SMALL_PX for each in self._session.get_inputs())

    @property
    def engine(self) -> str:
        return self._engine

    @property
    def most_batched(self) -> int:
        """See Runtime.most_batched."""
        if self._engine == CUDA:
            return _MOST_BATCHED_CUDA
        return _MOST_BATCHED_CPU if self._small else 1

    @property
    def provider(self) -> str:
        """Which of ONNX Runtime's providers came first when the session was opened."""
        return str(self._session.get_providers()[0])

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Compute every output; see Runtime.run."""
        try:
            values = self._session.run(self._outputs, dict(inputs))
        except Exception as error:  # likewise one type for each kind of bad input
            wanted = ", ".join(f"{i.name} {i.type} {i.shape}" for i in self._session.get_inputs())
            kind = InputError if _says_bad_input(error) else EngineError
            raise kind(
                f"ONNX Runtime cannot run the model on {shown(inputs)} ({first_line(error)})",
                str(self._path),
                f"The model takes {wanted}.",
            ) from error
        return dict(zip(self._outputs, values, strict=True))


def open_cpu(path: Path, threads: int = 1) -> OnnxRuntimeSession:
    """The model as it is, in float32.

    Raises:
        EngineError: the file is missing, truncated or no ONNX model.
    """
    return OnnxRuntimeSession(path, CPU, [_CPU_PROVIDER], quantised=False, threads=threads)


def open_cpu_int8(path: Path, threads: int = 1) -> OnnxRuntimeSession:
    """A model with QDQ nodes, as painwatch_engines.compile writes it, in 8-bit arithmetic.

    Raises:
        EngineError: as open_cpu.
    """
    return OnnxRuntimeSession(path, CPU_INT8, [_CPU_PROVIDER], quantised=True, threads=threads)


def open_cuda(path: Path, threads: int = 1) -> OnnxRuntimeSession:
    """The model on the first CUDA GPU, in float32.

    Raises:
        EngineError: as open_cpu; and if this ONNX Runtime has no CUDA or would compute on the CPU instead.
    """
    mend = "Install onnxruntime-gpu in the place of onnxruntime, with the CUDA and cuDNN it asks for."
    if _CUDA_PROVIDER not in onnxruntime.get_available_providers():
        raise EngineError("this ONNX Runtime was built without CUDA", CUDA, mend)
    providers: list[Provider] = [(_CUDA_PROVIDER, _FULL_FLOAT32), _CPU_PROVIDER]
    session = OnnxRuntimeSession(path, CUDA, providers, quantised=False, threads=threads)
    if session.provider != _CUDA_PROVIDER:
        raise EngineError(f"ONNX Runtime could not start CUDA and took {session.provider}", CUDA, mend)
    return session


def _pixels(shape: Sequence[int | str | None]) -> float:
    """Of one picture of an input (N, height, width, 3); infinite where the model takes any size."""
    return math.prod(side if isinstance(side, int) else math.inf for side in shape[1:3])


def _says_bad_input(error: Exception) -> bool:
    # A missing or unknown input is a ValueError of the Python side; type, rank and size are InvalidArgument.
    return isinstance(error, ValueError) or type(error).__name__ == "InvalidArgument"
