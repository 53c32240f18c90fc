"""Inference engines behind one protocol. Imports no PyTorch, no training and no data code."""

from painwatch_engines.errors import EngineError
from painwatch_engines.runtime.engine import Runtime
from painwatch_engines.runtime.selection import DEFAULT_CHAIN, open_runtime

__all__ = ["DEFAULT_CHAIN", "EngineError", "Runtime", "open_runtime"]
