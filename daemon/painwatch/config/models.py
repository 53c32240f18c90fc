"""The configuration as a whole. Units stand in the names; every default is one that a lab can live with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from painwatch.config.alarms import AlarmsConfig
from painwatch.config.delivery import InfluxConfig, NotifyConfig
from painwatch.config.grafana import ANNOTATIONS, GrafanaConfig
from painwatch.config.names import Name
from painwatch.config.network import NetworkConfig
from painwatch.config.page import PageConfig
from painwatch.config.sources import FileSource, Model, RemoteSource, SourceConfig


class CameraConfig(Model):
    """One camera that looks at a cage."""

    name: Name
    source: SourceConfig
    open_timeout_s: float = Field(default=10, gt=0, le=120)
    read_timeout_s: float = Field(default=5, gt=0, le=120)
    frozen_after_s: float = Field(
        default=10,
        gt=0,
        le=600,
        description="a live picture that has not changed by one bit for this long is frozen",
    )


class CropConfig(Model):
    """How large a square is cut around the face: give one of the two."""

    face_multiple: float | None = Field(
        default=None, gt=0.5, le=3, description="side in multiples of the face's size (see docs)"
    )
    frame_fraction: float | None = Field(
        default=None,
        gt=0.02,
        le=2,
        description="side as a fraction of the frame's height (published: 800 / 2160)",
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> CropConfig:
        if (self.face_multiple is None) == (self.frame_fraction is None):
            raise ValueError("needs exactly one of face_multiple and frame_fraction")
        return self


class FusionConfig(Model):
    """How the cameras of a cage become one answer (Kobayashi et al. 2025 for `sum`)."""

    rule: Literal["sum", "mean", "max", "log_odds"] = "sum"
    decision_threshold: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="pain at or above it; `sum` always takes the larger, as published",
    )
    lateness_ms: float = Field(
        default=2000, gt=0, le=60_000, description="how long a moment waits for a camera that is silent"
    )


class CageConfig(Model):
    """One cage with one animal in it, and the cameras that look at it."""

    name: Name
    species: Literal["rat", "mouse"]
    strain: str = Field(min_length=1, description="such as Sprague-Dawley; `rendered` for the virtual cage")
    coat: Literal["white", "black", "agouti"]
    group: Name | None = Field(default=None, description="of the study, such as treated; for rules and dashboards")
    room: str = Field(default="", max_length=80, description="where the cage stands; for dashboards")
    cameras: tuple[CameraConfig, ...] = Field(min_length=1, max_length=16)
    sample_rate_hz: float = Field(default=5, ge=0.2, le=240, description="moments a second at which the cage is judged")
    fusion: FusionConfig = FusionConfig()

    @property
    def keeps_wall_time(self) -> bool:
        """False for a cage whose cameras are all recordings that are read as fast as they can be scored."""
        sources = [camera.source for camera in self.cameras]
        return not all(isinstance(source, FileSource) and source.pace == "fast" for source in sources)


Engine = Literal[
    "tensorrt", "tensorrt-fp16", "tensorrt-int8", "onnxruntime-cuda", "onnxruntime-cpu-int8", "onnxruntime-cpu"
]


class KeypointsConfig(Model):
    """The network that finds the nose, the eyes and the ears."""

    model: str = Field(default="zoo:keypoints", description="a model folder, or zoo:NAME for a shipped one")
    runner: Literal["compiled", "dlclive"] = Field(
        default="compiled",
        description="compiled: ONNX Runtime; dlclive: DeepLabCut-live itself (needs PyTorch)",
    )
    chain: tuple[Engine, ...] | None = Field(
        default=None, min_length=1, description="engines for this model, best first; unset: the worker's `chain`"
    )
    likelihood_threshold: float = Field(default=0.9, gt=0, lt=1)
    search: Literal["tracked", "full"] | None = Field(
        default=None,
        description="tracked: around the last face, coarsely without one, at half the cost; full: the whole "
        "frame at each look; unset: tracked with a shipped model whose first engine computes on a CPU, else full",
    )
    full_search_s: float = Field(
        default=10, gt=0, le=60, description="with `search: tracked` the whole frame is searched this often at least"
    )

    @model_validator(mode="after")
    def _chain_is_used(self) -> KeypointsConfig:
        if self.chain is not None and self.runner != "compiled":
            raise ValueError("has a chain of engines, which only `runner: compiled` uses")
        return self


class QualityConfig(Model):
    """Faces outside these bounds are `low_quality`; units in painwatch_engines.quality. Unset: that module's."""

    sharpness_min: float | None = Field(default=None, ge=0)
    brightness_min: float | None = Field(default=None, ge=0, le=1)
    brightness_max: float | None = Field(default=None, ge=0, le=1)
    clipped_fraction_max: float | None = Field(default=None, ge=0, le=1)


class StillnessConfig(Model):
    """Pictures in which nothing has changed since the last judged one: its answer is told again, and counted so."""

    floor_s: float = Field(
        default=2, ge=0, le=10, description="a picture is judged this often at least, moved or not; 0: every one"
    )


class ClassifierConfig(Model):
    """The network that gives the probability of pain."""

    model: str = Field(default="zoo:action_units_rendered", description="a model folder, or zoo:NAME")
    chain: tuple[Engine, ...] | None = Field(
        default=None, min_length=1, description="engines for this model, best first; unset: the worker's `chain`"
    )


class WorkerConfig(Model):
    """One inference process on one device."""

    name: Name = "cpu"
    chain: tuple[Engine, ...] = Field(
        default=("onnxruntime-cpu",),
        min_length=1,
        description="engines, best first: the first that works computes (see engines.md); a model's own goes before it",
    )
    cameras: tuple[Name, ...] | None = Field(default=None, description="the cameras it serves; all if unset")
    cores: tuple[Annotated[int, Field(ge=0)], ...] | None = Field(
        default=None, min_length=1, description="cores of the host that it keeps to, counted from 0; any if unset"
    )
    threads: int = Field(
        default=1, ge=1, le=64, description="threads of arithmetic on the CPU; see engines.md before raising it"
    )


class MemoryConfig(Model):
    """Ceilings of resident memory, MiB: a process above its own is started anew."""

    capture: float = Field(default=1500, ge=128)
    infer: float = Field(default=6000, ge=256)
    hub: float = Field(default=1500, ge=128)
    web: float = Field(default=1500, ge=128)


class RuntimeConfig(Model):
    """Where the running system keeps its sockets, frames and history."""

    run_dir: Path | None = Field(
        default=None,
        description="memory-backed folder for frames and sockets; unset: $RUNTIME_DIRECTORY, else one in /dev/shm",
    )
    data_dir: Path = Field(
        default=Path("data"), description="history; relative to this file, under systemd to $STATE_DIRECTORY"
    )
    engine_dir: Path | None = Field(
        default=None,
        description="compiled models; unset: $CACHE_DIRECTORY/engines, else painwatch/engines in the user's cache",
    )
    ring_slots: int = Field(default=8, ge=3, le=64, description="frames kept per camera between the processes")
    keep_points_days: float = Field(
        default=30, gt=0, le=36_500, description="single moments older than this are deleted"
    )
    history_mb: float = Field(
        default=20_000,
        ge=64,
        description="the history's largest size; the oldest moments then go, never minutes, alarms or the audit log",
    )
    watchdog_s: float = Field(
        default=30, ge=5, le=600, description="a process that gets nowhere for this long is started anew"
    )
    memory_mb: MemoryConfig = MemoryConfig()


class Config(Model):
    """A whole configuration file."""

    version: Literal[1]
    site: str = Field(min_length=1, max_length=80, description="shown as the page's title")
    cages: tuple[CageConfig, ...] = Field(min_length=1)
    keypoints: KeypointsConfig = KeypointsConfig()
    crop: CropConfig | None = Field(default=None, description="unset: as the classifier was trained, from its card")
    quality: QualityConfig = QualityConfig()
    stillness: StillnessConfig = StillnessConfig()
    classifier: ClassifierConfig = ClassifierConfig()
    workers: tuple[WorkerConfig, ...] = Field(default=(WorkerConfig(),), min_length=1)
    runtime: RuntimeConfig = RuntimeConfig()
    page: PageConfig = PageConfig()
    alarms: AlarmsConfig = AlarmsConfig()
    sinks: tuple[InfluxConfig, ...] = ()
    notify: NotifyConfig = NotifyConfig()
    grafana: GrafanaConfig = GrafanaConfig()
    network: NetworkConfig = NetworkConfig()

    @property
    def cameras(self) -> tuple[tuple[CageConfig, CameraConfig], ...]:
        """Every camera with its cage, in file order."""
        return tuple((cage, camera) for cage in self.cages for camera in cage.cameras)

    @property
    def local_cameras(self) -> tuple[tuple[CageConfig, CameraConfig], ...]:
        """Those that this host captures and judges."""
        return tuple(pair for pair in self.cameras if not isinstance(pair[1].source, RemoteSource))

    @property
    def outboxes(self) -> tuple[str, ...]:
        """All that records wait for: the sinks, in file order, and a Grafana that annotations are written into."""
        return (*(sink.name for sink in self.sinks), *((ANNOTATIONS,) if self.grafana.annotations else ()))

    @property
    def grafana_sink(self) -> InfluxConfig | None:
        """The one of `sinks` that Grafana reads; None if there is none."""
        wanted = self.grafana.sink
        return next((sink for sink in self.sinks if wanted in (None, sink.name)), None)

    def camera(self, name: str) -> tuple[CageConfig, CameraConfig]:
        """The camera called `name` and its cage; KeyError names those there are."""
        for cage, camera in self.cameras:
            if camera.name == name:
                return cage, camera
        raise KeyError(f"no camera {name!r}; there are {', '.join(c.name for _, c in self.cameras)}")

    def chain(self, worker: WorkerConfig, model: Literal["keypoints", "classifier"]) -> tuple[Engine, ...]:
        """The engines that compute `model` in `worker`, best first: its own, else the worker's."""
        return (self.keypoints.chain if model == "keypoints" else self.classifier.chain) or worker.chain

    def worker_cameras(self, worker: WorkerConfig) -> tuple[tuple[CageConfig, CameraConfig], ...]:
        """The cameras that `worker` serves: of this host."""
        return tuple(pair for pair in self.local_cameras if worker.cameras is None or pair[1].name in worker.cameras)
