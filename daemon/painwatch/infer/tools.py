"""Opening what a worker needs, as configuration and model cards say."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from painwatch.config.models import CageConfig, Config, QualityConfig, WorkerConfig
from painwatch.config.resolve import ZOO
from painwatch.infer.answers import NoveltyLimit, read_outputs
from painwatch.infer.asks import Outputs
from painwatch.infer.dlclive_network import DlcLiveNetwork
from painwatch.infer.keypoints import CompiledNetwork, Network
from painwatch.infer.pipeline import Settings, Tools, check_pose
from painwatch_engines.anatomy import KEYPOINTS, LABELS
from painwatch_engines.artefacts import Card, FaceInput, FrameInput, ModelFolder, covers, load_model_folder
from painwatch_engines.errors import ArtefactError
from painwatch_engines.face import CropSide, FaceMultiple, FrameFraction
from painwatch_engines.quality import Gate
from painwatch_engines.runtime import ChainRuntime, Check, Passed, PlanCache, default_plan_dir, open_engine


def open_tools(
    config: Config,
    worker: WorkerConfig,
    *,
    folder_of: Callable[[str], Path],
    plans: PlanCache | None = None,
    passed_over: Passed | None = None,
) -> tuple[Tools, Settings, dict[str, str]]:
    """Open both models for `worker`.

    Args:
        folder_of: from a model reference of the configuration to its folder.
        plans: where compiled forms lie; the default folder if None.
        passed_over: told of each engine of the chain that fails, at once or in a later run, and why.

    Returns:
        The tools, the settings, and for each cage why the classifier does not cover it ("" if it does).

    Raises:
        ArtefactError: a model folder that is missing, broken, of the wrong kind, or with its outputs in another order.
        EngineError: no engine of the chain can open a model.
    """
    keypoints = _of_kind(load_model_folder(folder_of(config.keypoints.model)), "keypoints", KEYPOINTS)
    classifier = _of_kind(load_model_folder(folder_of(config.classifier.model)), "classifier", LABELS)
    frame_input, face_input = keypoints.card.input, classifier.card.input
    assert isinstance(frame_input, FrameInput)
    assert isinstance(face_input, FaceInput)
    tools = Tools(
        network=_network(config, worker, keypoints, plans, passed_over),
        network_width_px=frame_input.network_width_px,
        classifier=ChainRuntime(
            classifier.model,
            config.chain(worker, "classifier"),
            passed_over=passed_over,
            plans=plans,
            check=checks(config, classifier.card),
            open_with=partial(open_engine, threads=worker.threads),
        ),
        face_size_px=face_input.size_px,
        model=f"{classifier.card.name} {classifier.card.version} ({classifier.card.sha256[:8]})",
        unit_names=classifier.card.units or (),
        novelty_limit=_novelty_limit(classifier.card),
    )
    settings = Settings(
        side=crop_side(config, face_input.face_multiple),
        likelihood_threshold=config.keypoints.likelihood_threshold,
        gate=gate(config.quality),
        full_search_ns=full_search_ns(config, worker),
        still_floor_ns=round(config.stillness.floor_s * 1e9),
    )
    return tools, settings, {cage.name: _outside(classifier, cage) for cage in config.cages}


def checks(config: Config, card: Card) -> Check:
    """What every engine's answers are held to, so that one that gives nonsense makes way for the next."""

    def poses(inputs: Outputs, outputs: Outputs) -> None:
        height, width = inputs["frames"].shape[1:3]
        for pose in np.asarray(outputs["poses"], np.float64):
            check_pose(pose, (width, height), config.keypoints.likelihood_threshold, card.name)

    def answers(_inputs: Outputs, outputs: Outputs) -> None:
        for index in range(len(outputs["probabilities"])):
            one = {name: values[index : index + 1] for name, values in outputs.items()}
            read_outputs(one, card.name, card.units or (), _novelty_limit(card))

    return poses if card.kind == "keypoints" else answers


def plan_cache(config: Config, config_dir: Path) -> PlanCache:
    """Where compiled forms of models lie on this host: as configured, else in the user's (or the service's) cache."""
    configured = config.runtime.engine_dir
    return PlanCache(config_dir / configured if configured else default_plan_dir(os.environ))


def crop_side(config: Config, trained_multiple: float) -> CropSide:
    """The configured side of the crop, else the one the classifier was trained with."""
    if config.crop is None:
        return FaceMultiple(trained_multiple)
    if config.crop.face_multiple is not None:
        return FaceMultiple(config.crop.face_multiple)
    assert config.crop.frame_fraction is not None  # the model admits exactly one of the two
    return FrameFraction(config.crop.frame_fraction)


def full_search_ns(config: Config, worker: WorkerConfig) -> int | None:
    """How often a whole frame is searched at least; None: at each look, for nothing is tracked.

    Of its own accord a face is tracked with shipped networks only: of others nobody knows what they miss at half scale,
    nor on which places of a square their answers are those of the whole frame.
    """
    keypoints = config.keypoints
    on_a_cpu = keypoints.runner == "dlclive" or config.chain(worker, "keypoints")[0].startswith("onnxruntime-cpu")
    usual = on_a_cpu and keypoints.model.startswith(ZOO)
    tracked = usual if keypoints.search is None else keypoints.search == "tracked"
    return round(keypoints.full_search_s * 1e9) if tracked else None


def gate(quality: QualityConfig) -> Gate:
    """The gate with the configured bounds in place of the module's own."""
    usual = Gate()
    return Gate(
        least_sharpness=_or(quality.sharpness_min, usual.least_sharpness),
        least_brightness=_or(quality.brightness_min, usual.least_brightness),
        most_brightness=_or(quality.brightness_max, usual.most_brightness),
        most_clipped=_or(quality.clipped_fraction_max, usual.most_clipped),
    )


def _network(
    config: Config,
    worker: WorkerConfig,
    folder: ModelFolder,
    plans: PlanCache | None,
    passed_over: Passed | None,
) -> Network:
    if config.keypoints.runner == "compiled":
        runtime = ChainRuntime(
            folder.model,
            config.chain(worker, "keypoints"),
            passed_over=passed_over,
            plans=plans,
            check=checks(config, folder.card),
            open_with=partial(open_engine, threads=worker.threads),
        )
        return CompiledNetwork(runtime)
    if folder.dlclive_model is None:
        raise ArtefactError(
            "the folder holds no model for DeepLabCut-live's own runner",
            str(folder.path),
            "Set keypoints.runner to compiled, or export the model with its model.pt.",
        )
    return DlcLiveNetwork(folder.dlclive_model)


def _of_kind(folder: ModelFolder, kind: str, outputs: tuple[str, ...]) -> ModelFolder:
    if folder.card.kind != kind:
        raise ArtefactError(
            f"a model of kind {folder.card.kind} where one of kind {kind} is needed",
            str(folder.path),
            "Exchange the model references in the configuration.",
        )
    if folder.card.outputs != outputs:
        # Read in another order, "no pain" would be told as pain, or a nose as an eye.
        raise ArtefactError(
            f"the model gives {', '.join(folder.card.outputs)} where {', '.join(outputs)} is needed, in this order",
            str(folder.path),
            "Export the model with its outputs in that order.",
        )
    return folder


def _outside(classifier: ModelFolder, cage: CageConfig) -> str:
    return covers(classifier.card, cage.species, cage.strain, cage.coat) or ""


def _novelty_limit(card: Card) -> NoveltyLimit | None:
    if card.novelty is None:
        return None
    return NoveltyLimit(card.novelty.threshold, card.novelty.training_faces)


def _or(value: float | None, usual: float) -> float:
    return usual if value is None else value
