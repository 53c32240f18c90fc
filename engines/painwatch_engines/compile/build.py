"""From a model folder to an admitted compiled form, or to the figures for which it was refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import onnx

from painwatch_engines.artefacts import ModelFolder
from painwatch_engines.compile.graph import in_half_precision, load_graph, with_float_inputs
from painwatch_engines.compile.parity import Limits, Parity, parity
from painwatch_engines.compile.pictures import Halves, Picture, halves
from painwatch_engines.compile.quantise import quantise
from painwatch_engines.compile.tensorrt_plan import build_plan, profile_of
from painwatch_engines.errors import EngineError
from painwatch_engines.runtime import PlanCache, Runtime
from painwatch_engines.runtime.cuda import Device, open_device
from painwatch_engines.runtime.onnxruntime_session import open_cpu, open_cpu_int8
from painwatch_engines.runtime.plans import PlanKey, Precision, Record
from painwatch_engines.runtime.selection import int8_key
from painwatch_engines.runtime.tensorrt import NAMES, import_tensorrt, key_of
from painwatch_engines.runtime.tensorrt_run import TensorRt

Target = Literal["onnxruntime", "tensorrt"]


@dataclass(frozen=True, slots=True)
class Built:
    """An admitted form."""

    file: Path
    record: Record


@dataclass(frozen=True, slots=True)
class _Form:
    """What is needed to compile to one target: what it is bound to, writing it to a file, and opening that file."""

    key: PlanKey
    write: Callable[[Path], None]
    open: Callable[[Path], Runtime]


def build(
    folder: ModelFolder,
    pictures: Sequence[Picture],
    *,
    target: Target,
    precision: Precision,
    plans: PlanCache,
    limits: Limits,
    progress: Callable[[str], None] = lambda _: None,
) -> Built:
    """Compile, compare with the float32 model on pictures that were not used to calibrate, and admit or refuse.

    Raises:
        EngineError: the target is not on this host, does not take the model, or the form is refused; then nothing of
            it is left.
    """
    parts = halves(pictures)
    with _form(folder, parts, target, precision, plans, progress) as form, plans.workplace() as place:
        building = place / "form"
        progress(f"compiling {folder.card.name} for {target} in {precision}")
        form.write(building)
        progress(f"comparing on {len(parts.check)} pictures")
        found = _compare(folder, form.open(building), parts.check, limits)
        record = Record(
            key=form.key,
            sha256="",
            model=f"{folder.card.name} {folder.card.version}",
            figures=found.figures,
            limits=found.limits,
            pictures=len(parts.check),
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            made_by=f"painwatch {version('painwatch')}",
        )
        file = plans.admit(building, record)
    return Built(file, record)


def _compare(folder: ModelFolder, compiled: Runtime, pictures: Sequence[Picture], limits: Limits) -> Parity:
    found = parity(open_cpu(folder.model), compiled, pictures, folder.card, limits)
    if found.beyond:
        what = f"the {compiled.engine} form differs too much from the model: {'; '.join(found.beyond)}"
        where = f"{folder.path} on {len(pictures)} pictures ({found})"
        raise EngineError(what, where, "It is not kept. Use another precision, or more pictures to calibrate with.")
    return found


@contextmanager
def _form(
    folder: ModelFolder,
    parts: Halves,
    target: Target,
    precision: Precision,
    plans: PlanCache,
    progress: Callable[[str], None],
) -> Iterator[_Form]:
    if target == "onnxruntime":
        yield _onnxruntime(folder, parts, precision)
        return
    progress("looking for a GPU")
    device = open_device()
    try:
        yield _tensorrt(folder, parts, precision, plans, device, import_tensorrt())
    finally:
        device.close()


def _onnxruntime(folder: ModelFolder, parts: Halves, precision: Precision) -> _Form:
    if precision != "int8":
        mend = "Build int8, or name onnxruntime-cpu or onnxruntime-cuda in the worker's chain."
        raise EngineError(f"ONNX Runtime needs no {precision} form", str(folder.path), f"It runs the model. {mend}")
    shapes = str(list(parts.check[0].shape)) if folder.card.kind == "classifier" else "any"
    return _Form(
        key=int8_key(folder.model, shapes),
        write=lambda file: quantise(folder.model, file, parts.calibrate, "onnxruntime"),
        open=open_cpu_int8,
    )


def _tensorrt(
    folder: ModelFolder, parts: Halves, precision: Precision, plans: PlanCache, device: Device, tensorrt: Any
) -> _Form:
    profile = profile_of(folder.card)
    key = key_of(folder.model, precision, device.name, tensorrt.__version__, str(profile))
    digest = hashlib.sha256(device.name.encode()).hexdigest()[:12]
    timing = plans.folder / f"tensorrt-{tensorrt.__version__}-{digest}.timing"
    name = next(engine for engine, of in NAMES.items() if of == precision)

    def write(file: Path) -> None:
        graph = file.with_name(f"{file.name}.onnx")
        write_for_tensorrt(folder.model, graph, precision, parts.calibrate)
        device.enter()
        known = timing.read_bytes() if timing.is_file() else b""
        plan, learnt = build_plan(tensorrt, graph, folder.card.input.name, profile, known)
        plans.write_atomically(timing, learnt)
        file.write_bytes(plan)

    return _Form(key, write, lambda file: TensorRt(file, name, tensorrt, open_device()))


def write_for_tensorrt(model: Path, target: Path, precision: Precision, calibrate: Sequence[Picture]) -> None:
    """The model as TensorRT takes it: its precision in the graph, its input turned into float32 first.

    Raises:
        EngineError: the graph cannot be brought to this precision.
    """
    if precision == "int8":
        quantise(model, target, calibrate, "tensorrt")
        return
    graph = with_float_inputs(load_graph(model))
    onnx.save(in_half_precision(graph) if precision == "fp16" else graph, str(target))
