"""(b) The classifier: PainSeeker in PyTorch eager against each compiled form, on the same unseen faces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks import machine
from benchmarks.clips import CALIBRATION, FIRST_CALIBRATION, FIRST_UNSEEN, UNSEEN, Faces, faces
from benchmarks.forms import CALIBRATION_FACES, classifier_form
from benchmarks.measure import Case, interleaved, ratios, spread
from benchmarks.report import Answer, Line
from benchmarks.trained import Classifier, compiled, eager, eager_module, model_folder
from painwatch_engines.compile.flops import floating_point_operations
from painwatch_engines.compile.parity import DECISION
from painwatch_engines.runtime.onnxruntime_session import open_cpu, open_cpu_int8

HELD_TO = "torch eager"
BATCH = 8

Images = NDArray[np.uint8]


def run(cache_dir: Path, rounds: int, judged: int, say: Callable[[str], None] = lambda _: None) -> Answer:
    """Time every form face by face and in batches, then compare all their answers with eager's on `judged` faces."""
    folder = model_folder()
    form = classifier_form(cache_dir, say)
    unseen = faces(cache_dir, judged, FIRST_UNSEEN, UNSEEN, say)
    module = eager_module(folder.model)
    last = eager(eager_module(folder.model).to(memory_format=torch.channels_last))  # type: ignore[call-overload]
    single, several = max(2, torch.get_num_threads()), eager(module)
    forms: dict[str, Classifier] = {
        HELD_TO: _on_threads(several, 1),
        f"torch eager, {single} threads": _on_threads(several, single),
        "torch eager, channels last": _on_threads(last, 1),
        "onnxruntime-cpu": compiled(open_cpu(folder.model).run),
        "onnxruntime-cpu-int8": compiled(open_cpu_int8(form).run),
    }
    cases = {(name, batch): _case(each, unseen.pictures, batch) for name, each in forms.items() for batch in (1, BATCH)}
    samples = interleaved({f"{name}|{batch}": case for (name, batch), case in cases.items()}, rounds)
    work = floating_point_operations(folder.model, (1, *unseen.pictures.shape[1:]))
    peaks = {kind: machine.gflops(kind) for kind in ("float32", "int8")}
    say(f"judging {judged} unseen faces")
    answers = {name: _all(each, unseen.pictures) for name, each in forms.items() if "threads" not in name}
    lines = []
    for name, batch in cases:
        costs = [sample.cpu_ms for sample in samples[f"{name}|{batch}"]]
        held_to = [sample.cpu_ms for sample in samples[f"{HELD_TO}|{batch}"]]
        peak = peaks["int8" if name.endswith("int8") else "float32"]
        more = {
            "batch": str(batch),
            "by the clock, ms": str(spread([sample.wall_ms for sample in samples[f"{name}|{batch}"]])),
        }
        if batch == 1 and name in answers:
            more |= _differences(answers[HELD_TO], answers[name], unseen)
        of_peak = work / 1e9 / (spread(costs).median / 1e3) / peak if "threads" not in name else None
        lines.append(Line(name, spread(costs), ratios(held_to, costs), of_peak, more))
    # The live watch scores a face when it comes; the strictest reading lets eager have its batches.
    strict = ratios(
        [sample.cpu_ms for sample in samples[f"{HELD_TO}|{BATCH}"]],
        [sample.cpu_ms for sample in samples["onnxruntime-cpu-int8|1"]],
    )
    return Answer(
        key="b",
        title=f"(b) PainSeeker, {work / 1e9:.2f} GFLOP a face, {judged} unseen rendered faces of {UNSEEN} animals",
        unit="cpu-ms a face",
        held_to="torch eager at the same batch",
        peak=(
            f"ONNX Runtime's best matrix product or convolution, one thread: float32 {peaks['float32']:.0f}, "
            f"int8 {peaks['int8']:.0f} GFLOP/s"
        ),
        lines=tuple(lines),
        notes=(
            f"The 8-bit form one face at a time against eager in batches of {BATCH}: {strict} times.",
            f"Calibrated and admitted on {CALIBRATION_FACES} faces of animals {FIRST_CALIBRATION} to "
            f"{FIRST_CALIBRATION + CALIBRATION - 1}; judged on animals {FIRST_UNSEEN} to {FIRST_UNSEEN + UNSEEN - 1}. "
            "The model was trained on animals 0 to 499.",
        ),
        values={
            "samples_cpu_ms": {name: [sample.cpu_ms for sample in each] for name, each in samples.items()},
            "gflop": work / 1e9,
            "peak_gflops": peaks,
            "differences": {name: _differences(answers[HELD_TO], each, unseen) for name, each in answers.items()},
        },
    )


def _on_threads(run: Classifier, threads: int) -> Classifier:
    def on(faces: Images) -> NDArray[np.floating[Any]]:
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        return run(faces)

    return on


def _case(run: Classifier, pictures: Images, batch: int) -> Case:
    def run_round(turn: int) -> int:
        first = max(0, turn) * BATCH % max(1, len(pictures) - BATCH + 1)
        for start in range(first, first + BATCH, batch):
            run(pictures[start : start + batch])
        return BATCH

    return run_round


def _all(run: Classifier, pictures: Images) -> NDArray[np.float64]:
    """One at a time, as live."""
    return np.asarray([run(pictures[index : index + 1])[0] for index in range(len(pictures))], np.float64)


def _differences(expected: NDArray[np.float64], got: NDArray[np.float64], faces: Faces) -> dict[str, str]:
    apart = np.abs(expected - got)
    flips = int(np.sum((expected >= DECISION) != (got >= DECISION)))
    right = float(np.mean((got >= DECISION) == faces.pain))
    return {
        "|dp| 99 %": f"{np.quantile(apart, 0.99):.2g}",
        "|dp| most": f"{apart.max():.2g}",
        "flips": f"{flips} ({flips / len(got):.2%})",
        "right": f"{right:.1%}",
    }
