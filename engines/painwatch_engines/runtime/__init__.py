"""Inference engines behind one protocol. Imports no PyTorch, no training and no data code."""

from painwatch_engines.errors import EngineError
from painwatch_engines.runtime.chain import ChainRuntime, Check
from painwatch_engines.runtime.engine import InputError, Runtime
from painwatch_engines.runtime.plans import PlanCache, default_plan_dir
from painwatch_engines.runtime.selection import COMPILED, DEFAULT_CHAIN, ENGINES, Passed, open_engine, open_runtime

__all__ = [
    "COMPILED",
    "DEFAULT_CHAIN",
    "ENGINES",
    "ChainRuntime",
    "Check",
    "EngineError",
    "InputError",
    "Passed",
    "PlanCache",
    "Runtime",
    "default_plan_dir",
    "open_engine",
    "open_runtime",
]
