"""The models: whether they can be loaded, by which engine each worker would compute them, and whom they score."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from typing import Literal

from painwatch.check.findings import Finding, Place, fault
from painwatch.config.loader import Loaded
from painwatch.config.resolve import model_folder
from painwatch.core.errors import PainwatchError
from painwatch.infer.tools import plan_cache
from painwatch.infer.trial import try_engines
from painwatch_engines.artefacts import ModelFolder, covers, load_model_folder
from painwatch_engines.errors import Failure
from painwatch_engines.runtime import COMPILED

Room = Literal["keypoints", "classifier"]


def of_models(loaded: Loaded, progress: Callable[[str], None], told: Callable[[str], None]) -> Iterator[Finding]:
    """Whether each can be loaded, and by what each worker would compute it."""
    config, config_dir = loaded.config, loaded.path.absolute().parent
    models: tuple[tuple[Room, str], ...] = (
        ("keypoints", config.keypoints.model),
        ("classifier", config.classifier.model),
    )
    for room, reference in models:
        progress(f"model {reference}")
        try:
            folder = load_model_folder(model_folder(reference, config_dir))
            if folder.card.kind != room:
                mend = f"name a model folder whose card says `kind: {room}`"
                raise PainwatchError(f"a model of kind {folder.card.kind}", where=reference, mend=mend)
            if room == "classifier" or config.keypoints.runner == "compiled":
                yield from _engines(loaded, room, folder, told)
        except (PainwatchError, Failure) as error:
            yield fault(loaded, (room, "model"), f"{error.where}: {error.what}", error.mend)
            continue
        yield from _covered(loaded, folder) if room == "classifier" else _runner(loaded, folder)


def _engines(loaded: Loaded, room: Room, folder: ModelFolder, told: Callable[[str], None]) -> Iterator[Finding]:
    plans = plan_cache(loaded.config, loaded.path.absolute().parent)
    own = (loaded.config.keypoints if room == "keypoints" else loaded.config.classifier).chain
    for number, worker in enumerate(loaded.config.workers):
        if not loaded.config.worker_cameras(worker):
            continue
        at: Place = (room, "chain") if own else ("workers", number, "chain")
        chain = loaded.config.chain(worker, room)
        if COMPILED & set(chain):
            told(f"worker {worker.name} looks for compiled forms of the {room} in {plans.folder}")
        faults = try_engines(loaded.config, folder, chain, plans)
        used = next((name for name, why in faults.items() if why is None), None)
        if used is not None:
            told(f"worker {worker.name} computes the {room} with {used}")
        for name, why in faults.items():
            if why is not None:
                what = f"worker {worker.name} cannot use {name} for the {room}: {why.what}"
                only = ", and has no other engine for it" if used is None else ""
                yield Finding(loaded.problem(at, what + only, why.mend), fatal=used is None)


def _covered(loaded: Loaded, classifier: ModelFolder) -> Iterator[Finding]:
    for number, cage in enumerate(loaded.config.cages):
        if reason := covers(classifier.card, cage.species, cage.strain, cage.coat):
            what = f"cage {cage.name} will never be scored (out_of_domain): {reason}"
            mend = "Use a classifier made for these animals; no score is better than a wrong one"
            yield Finding(loaded.problem(("cages", number, "name"), what, mend), fatal=False)


def _runner(loaded: Loaded, keypoints: ModelFolder) -> Iterator[Finding]:
    if loaded.config.keypoints.runner != "dlclive":
        return
    at: Place = ("keypoints", "runner")
    if importlib.util.find_spec("dlclive") is None:
        yield fault(loaded, at, "DeepLabCut-live is not installed", "install painwatch[dlclive], or set it to compiled")
    if keypoints.dlclive_model is None:
        what = f"{keypoints.path}: the folder holds no model for DeepLabCut-live's own runner"
        yield fault(loaded, at, what, "set it to compiled, or export the model with its model.pt")
