"""Building a TensorRT plan from an ONNX file, by calls that 10.3 and 11.4 have in common.

Networks are strongly typed: the precision stands in the ONNX graph (compile.graph, compile.quantise), not in flags.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from painwatch_engines.artefacts import Card, FaceInput, FrameInput
from painwatch_engines.errors import EngineError

Shape = tuple[int, ...]
Profile = tuple[Shape, Shape, Shape]
"""Least, usual and greatest shape of an input."""

WORKSPACE_BYTES = 1 << 30

MOST_FACES = 16
"""Faces in one run at most; live it is one."""

_LEAST_SIDE_PX = 32


def profile_of(card: Card) -> Profile:
    """The shapes a plan is built for: live ones are usual; a frame may be up to twice as high as wide."""
    match card.input:
        case FaceInput(size_px=size):
            one = (1, size, size, 3)
            return one, one, (MOST_FACES, size, size, 3)
        case FrameInput(network_width_px=width):
            least = (1, _LEAST_SIDE_PX, _LEAST_SIDE_PX, 3)
            return least, (1, round(width * 9 / 16), width, 3), (1, 2 * width, width, 3)


def build_plan(tensorrt: Any, model: Path, name: str, profile: Profile, timing: bytes) -> tuple[bytes, bytes]:
    """A plan for this host's GPU.

    Args:
        tensorrt: the module, from runtime.tensorrt.import_tensorrt after a GPU was opened.
        model: the .onnx file, its precision in its graph.
        name: of its one input.
        timing: what an earlier build of this TensorRT on this GPU gave, or b"".

    Returns:
        The plan, and the timing cache for the next build.

    Raises:
        EngineError: TensorRT refuses the model or fails to build.
    """
    mend = "See what TensorRT printed above; the model can be run by ONNX Runtime meanwhile."
    builder = tensorrt.Builder(tensorrt.Logger(tensorrt.Logger.WARNING))
    # Asked for on 10.x, the only way on 11.x. The numbers of these flags differ between versions.
    network = builder.create_network(1 << int(tensorrt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = tensorrt.OnnxParser(network, tensorrt.Logger(tensorrt.Logger.WARNING))
    if not parser.parse_from_file(str(model)):
        faults = "; ".join(parser.get_error(index).desc() for index in range(parser.num_errors))
        raise EngineError(f"TensorRT does not take the model ({faults[:500]})", str(model), mend)
    config = builder.create_builder_config()
    config.set_memory_pool_limit(tensorrt.MemoryPoolType.WORKSPACE, WORKSPACE_BYTES)
    # Else float32 is computed with 10 bits of mantissa.
    config.clear_flag(tensorrt.BuilderFlag.TF32)
    shapes = builder.create_optimization_profile()
    shapes.set_shape(name, *profile)
    if config.add_optimization_profile(shapes) < 0:
        raise EngineError(f"TensorRT does not take the shapes {profile}", str(model), mend)
    # The object must live as long as the configuration uses it.
    known = config.create_timing_cache(timing)
    if not config.set_timing_cache(known, ignore_mismatch=False):
        known = config.create_timing_cache(b"")
        config.set_timing_cache(known, ignore_mismatch=False)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise EngineError("TensorRT could not build a plan", str(model), mend)
    return bytes(plan), bytes(config.get_timing_cache().serialize())
