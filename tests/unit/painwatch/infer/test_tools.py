"""Which models a worker takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from fixtures.model_folders import write_classifier_folder, write_keypoint_folder
from painwatch.config.models import Config, Engine, KeypointsConfig, WorkerConfig
from painwatch.core.types import Frame, Status
from painwatch.infer.answers import NoveltyLimit
from painwatch.infer.batches import look_many
from painwatch.infer.pipeline import look
from painwatch.infer.tools import full_search_ns, open_tools, plan_cache
from painwatch_engines.artefacts import Novelty, read_card, write_card
from painwatch_engines.errors import ArtefactError
from painwatch_engines.runtime import DEFAULT_CHAIN, ENGINES, PlanCache, Runtime, selection
from painwatch_engines.runtime.onnxruntime_session import open_cpu

CONFIG = Config.model_validate(
    {
        "version": 1,
        "site": "test",
        "cages": [
            {
                "name": "cage",
                "species": "rat",
                "strain": "rendered",
                "coat": "white",
                "cameras": [{"name": "left", "source": {"kind": "virtual", "view": "left"}}],
            }
        ],
        "keypoints": {"model": "keypoints"},
        "classifier": {"model": "classifier"},
    }
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_keypoint_folder(tmp_path / "keypoints")
    write_classifier_folder(tmp_path / "classifier")
    return tmp_path


def test_models_whose_outputs_come_in_our_order_are_opened(folder: Path) -> None:
    tools, _, outside = open_tools(CONFIG, WorkerConfig(), folder_of=folder.joinpath)
    assert tools.face_size_px == 64
    assert outside == {"cage": ""}


def test_a_limit_of_novelty_and_the_names_of_units_are_taken_from_the_card(folder: Path) -> None:
    tools, _, _ = open_tools(CONFIG, WorkerConfig(), folder_of=folder.joinpath)
    assert (tools.novelty_limit, tools.unit_names) == (None, ())
    card = read_card(folder / "classifier" / "card.yaml")
    novelty = Novelty(threshold=1.4, false_alarm_rate=0.01, n=200, on="test", training_faces=800, method="test")
    changed = card.model_copy(update={"novelty": novelty, "units": ("orbital", "ear")})
    write_card(changed, folder / "classifier")
    tools, _, _ = open_tools(CONFIG, WorkerConfig(), folder_of=folder.joinpath)
    assert (tools.novelty_limit, tools.unit_names) == (NoveltyLimit(1.4, 800), ("orbital", "ear"))


@pytest.mark.parametrize("kind", ["classifier", "keypoints"])
def test_a_model_whose_outputs_come_in_another_order_is_refused(folder: Path, kind: str) -> None:
    card = read_card(folder / kind / "card.yaml")
    turned = tuple(reversed(card.outputs))
    write_card(card.model_copy(update={"outputs": turned}), folder / kind)
    with pytest.raises(ArtefactError, match=f"gives {turned[0]}"):
        open_tools(CONFIG, WorkerConfig(), folder_of=folder.joinpath)


@pytest.mark.parametrize(("model", "nonsense"), [("keypoints", 1e6), ("classifier", 1.5)])
def test_an_engine_that_gives_finite_nonsense_makes_way_for_the_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch, model: str, nonsense: float
) -> None:
    class Astray:
        engine = "onnxruntime-cuda"
        most_batched = 1

        def __init__(self, inner: Runtime) -> None:
            self._inner = inner

        def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            outputs = self._inner.run(inputs)
            for name in {"poses", "probabilities"} & outputs.keys():
                outputs[name] = np.full_like(outputs[name], nonsense)
            return outputs

    def astray(path: Path, plans: PlanCache, threads: int) -> Runtime:
        return Astray(open_cpu(path)) if path.parent.name == model else open_cpu(path)

    monkeypatch.setitem(selection.ENGINES, "onnxruntime-cuda", astray)
    worker = WorkerConfig(chain=("onnxruntime-cuda", "onnxruntime-cpu"))
    passed: list[str] = []
    tools, settings, _ = open_tools(
        CONFIG, worker, folder_of=folder.joinpath, passed_over=lambda name, error: passed.append(error.what)
    )
    image = np.random.default_rng(0).integers(60, 200, (180, 320, 3)).astype(np.uint8)
    looking = look(Frame("left", 1, 0, 0, image), cage="cage", out_of_domain="", tools=tools, settings=settings)
    ((_, said),) = look_many([looking], tools)
    assert (said.status, said.pain_probability) == (Status.OK, pytest.approx(0.75))
    assert said.engine.count("onnxruntime-cpu (instead of onnxruntime-cuda)") == 1
    assert len(passed) == 1


def test_the_configuration_knows_every_engine() -> None:
    assert set(get_args(Engine)) == set(ENGINES)
    assert WorkerConfig().chain == DEFAULT_CHAIN == ("onnxruntime-cpu",)


def test_a_models_own_chain_goes_before_the_workers() -> None:
    worker = WorkerConfig(chain=("tensorrt", "onnxruntime-cpu"))
    own = CONFIG.keypoints.model_copy(update={"chain": ("onnxruntime-cpu",)})
    config = CONFIG.model_copy(update={"keypoints": own})
    assert config.chain(worker, "keypoints") == ("onnxruntime-cpu",)
    assert config.chain(worker, "classifier") == ("tensorrt", "onnxruntime-cpu")


def test_each_model_is_opened_with_its_own_chain(folder: Path) -> None:
    own = CONFIG.classifier.model_copy(update={"chain": ("onnxruntime-cpu-int8", "onnxruntime-cpu")})
    config = CONFIG.model_copy(update={"classifier": own})
    tools, _, _ = open_tools(config, WorkerConfig(), folder_of=folder.joinpath, plans=PlanCache(folder / "forms"))
    assert tools.network.engine == "onnxruntime-cpu"
    assert tools.classifier.engine == "onnxruntime-cpu (instead of onnxruntime-cpu-int8)"


def test_compiled_forms_lie_where_the_configuration_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE_DIRECTORY", "/var/cache/painwatch")
    assert plan_cache(CONFIG, tmp_path).folder == Path("/var/cache/painwatch/engines")
    runtime = CONFIG.runtime.model_copy(update={"engine_dir": Path("forms")})
    assert plan_cache(CONFIG.model_copy(update={"runtime": runtime}), tmp_path).folder == tmp_path / "forms"


def test_a_workers_threads_reach_the_engines_of_both_models(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def watched(name: str, path: Path, plans: PlanCache, threads: int) -> Runtime:
        asked.append(threads)
        return open_cpu(path)

    monkeypatch.setattr("painwatch.infer.tools.open_engine", watched)
    open_tools(CONFIG, WorkerConfig(threads=3), folder_of=folder.joinpath)
    assert asked == [3, 3]


@pytest.mark.parametrize(
    ("keypoints", "chain", "tracks"),
    [
        ({}, ["onnxruntime-cpu"], True),
        ({}, ["onnxruntime-cpu-int8", "onnxruntime-cpu"], True),
        ({}, ["tensorrt-fp16", "onnxruntime-cpu"], False),
        ({}, ["onnxruntime-cuda"], False),
        ({"chain": ["onnxruntime-cpu"]}, ["tensorrt"], True),
        ({"runner": "dlclive"}, ["tensorrt"], True),
        ({"model": "our_network"}, ["onnxruntime-cpu"], False),
        ({"model": "our_network", "search": "tracked"}, ["onnxruntime-cpu"], True),
        ({"search": "full"}, ["onnxruntime-cpu"], False),
        ({"search": "tracked"}, ["tensorrt"], True),
    ],
)
def test_faces_are_tracked_where_a_frame_is_dear(keypoints: dict[str, Any], chain: list[str], tracks: bool) -> None:
    config = CONFIG.model_copy(update={"keypoints": KeypointsConfig.model_validate(keypoints)})
    worker = WorkerConfig.model_validate({"chain": chain})
    assert full_search_ns(config, worker) == (10 * 10**9 if tracks else None)
