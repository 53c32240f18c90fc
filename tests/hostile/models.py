"""Networks that are none, opened and run as infer does."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
from onnx import TensorProto, helper

from fixtures.model_folders import write_classifier_folder
from hostile.mutate import mutated
from hostile.trial import ACCEPTED, REFUSED, Counts, Trial, UnclearError, clear
from painwatch_engines.artefacts import file_sha256, load_model_folder, read_card, write_card
from painwatch_engines.errors import ArtefactError, EngineError
from painwatch_engines.runtime.chain import ChainRuntime

CHAIN = ("onnxruntime-cpu-int8", "onnxruntime-cpu")


@contextlib.contextmanager
def networks(folder: Path) -> Iterator[Trial]:
    """model.onnx with a card that fits it, so that only the engine can refuse: outputs, or EngineError.

    A file that its card does not describe never comes to the engine: every fifth is left so.
    """
    write_classifier_folder(folder)
    file = folder / "model.onnx"
    good, faces = file.read_bytes(), np.zeros((1, 64, 64, 3), np.uint8)
    card = read_card(folder / "card.yaml")

    def one(dice: Random) -> Counts:
        file.write_bytes(hostile_network(good, dice))
        described = dice.random() < 0.8
        told = {"sha256": file_sha256(file)} if described else {}
        write_card(card.model_copy(update=told), folder)
        try:
            model = load_model_folder(folder).model
            if not described and file.read_bytes() != good:
                raise UnclearError("a file that its card does not describe was loaded")
            ChainRuntime(model, CHAIN).run({"faces": faces})
        except (EngineError, ArtefactError) as error:
            clear(error.what, error.where, error.mend)
            return REFUSED
        return ACCEPTED

    yield Trial(one)


def hostile_network(good: bytes, dice: Random) -> bytes:
    match dice.randrange(20):
        case n if n < 12:
            return mutated(good, dice)
        case 12:
            return good[: dice.randrange(len(good))]
        case 13:
            return dice.randbytes(dice.randrange(3000))
        case 14:
            return good + dice.randbytes(dice.randrange(3000))
        case 15:
            return b"PK\x03\x04" + good
        case _:
            return _huge(dice)


def _huge(dice: Random) -> bytes:
    """A short file that asks for much memory when it is opened or run; or whose nodes lead in a circle."""
    side = dice.choice((2**16, 2**20, 2**31, 2**40, -1))
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [side, side])
    value = helper.make_tensor("value", TensorProto.FLOAT, [1], [0.5])
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["much"], value=value),
        helper.make_node("ReduceMax", ["much"], ["most"], keepdims=0),
        helper.make_node("Cast", ["faces"], ["as_float"], to=TensorProto.FLOAT),
        helper.make_node("Add", ["as_float", "most"], ["probabilities"]),
    ]
    if dice.random() < 0.2:
        nodes.append(helper.make_node("Identity", ["probabilities"], ["shape"]))
    graph = helper.make_graph(
        nodes,
        "huge",
        [helper.make_tensor_value_info("faces", TensorProto.UINT8, ["N", 64, 64, 3])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, None)],
        [shape],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())
