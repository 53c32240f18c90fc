"""What happens in a virtual cage: which animal, seen by which cameras, feeling what and when."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from painwatch_engines.anatomy import Coat, Species
from painwatch_engines.virtual_cage.animal import Identity
from painwatch_engines.virtual_cage.camera import Camera
from painwatch_engines.virtual_cage.occluders import Occluder

SegmentKind = Literal["baseline", "onset", "pain", "treatment", "recovery"]
LightKind = Literal["day", "infrared_night"]


class ScenarioError(ValueError):
    """A scenario that cannot be used: says what is wrong, where, and how to mend it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AnimalSpec(_Strict):
    """The one animal of the cage. `identity` is its number (9000 and above: test animals, never trained on);
    `place` is where on the floor (units from the middle) the middle of its body is at home."""

    species: Species = "rat"
    coat: Coat = "white"
    identity: int = Field(ge=0, le=2**31)
    place: tuple[float, float] = (-0.8, -0.8)

    @property
    def individual(self) -> Identity:
        return Identity(self.species, self.coat, self.identity)


class CameraSpec(_Strict):
    """A named camera. Positions in world units (camera.py), x and y along the floor, z up."""

    name: str = Field(min_length=1)
    position: tuple[float, float, float]
    target: tuple[float, float, float]
    horizontal_fov_deg: float = Field(gt=1, lt=150)
    width_px: int = Field(ge=32, le=4096)
    height_px: int = Field(ge=32, le=4096)

    @model_validator(mode="after")
    def _looks_somewhere(self) -> Self:
        if self.position[2] <= 0:
            raise ValueError("the camera is under the floor: give position a third number above 0")
        if self.position[:2] == self.target[:2]:
            raise ValueError("the camera looks straight down or up: move target sideways from position")
        return self

    @property
    def camera(self) -> Camera:
        return Camera(self.position, self.target, self.horizontal_fov_deg, self.width_px, self.height_px)


class Segment(_Strict):
    kind: SegmentKind
    duration_s: float = Field(gt=0)


class LightPhase(_Strict):
    kind: LightKind
    duration_s: float = Field(gt=0)


class Scenario(_Strict):
    """One cage. It loops: after `duration_s` the first segment follows again.

    `units` says whether the four action units rise and fall together or each on its own. `activity` scales
    how much and how often the animal moves (1 is a calm, awake animal). `light` is one kind or a list of
    phases that repeats.
    """

    name: str
    description: str = ""
    animal: AnimalSpec
    cameras: tuple[CameraSpec, ...] = Field(min_length=1)
    fps: float = Field(default=5.0, gt=0, le=120)
    segments: tuple[Segment, ...] = Field(min_length=1)
    light: LightKind | tuple[LightPhase, ...] = "day"
    activity: float = Field(default=1.0, ge=0.1, le=2)
    units: Literal["correlated", "independent"] = "correlated"
    occluders: tuple[Occluder, ...] = ()
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        twice = [name for name, count in Counter(self.camera_names).items() if count > 1]
        if twice:
            raise ValueError(f"two cameras are called {twice[0]!r}: give every camera its own name")
        if self.light == ():
            raise ValueError("light is an empty list: name at least one phase, or write 'day'")
        return self

    @property
    def duration_s(self) -> float:
        """Length of one round in seconds."""
        return sum(segment.duration_s for segment in self.segments)

    @property
    def camera_names(self) -> tuple[str, ...]:
        return tuple(camera.name for camera in self.cameras)

    def camera_named(self, name: str) -> CameraSpec:
        """The camera of that name; ScenarioError if there is none."""
        for camera in self.cameras:
            if camera.name == name:
                return camera
        there_are = ", ".join(self.camera_names)
        raise ScenarioError(f"scenario {self.name!r} has no camera {name!r}; it has: {there_are}")


def _shipped() -> dict[str, str]:
    """Text of every shipped scenario by name."""
    folder = files(__package__).joinpath("scenarios")
    return {
        entry.name.removesuffix(".yaml"): entry.read_text("utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yaml")
    }


def scenario_names() -> tuple[str, ...]:
    """Names of the shipped scenarios."""
    return tuple(_shipped())


def _parse(text: str, where: str) -> Scenario:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ScenarioError(f"{where} is not valid YAML: {error}") from error
    try:
        return Scenario.model_validate(document)
    except ValidationError as error:
        lines = [
            f"  {'.'.join(str(part) for part in problem['loc']) or 'scenario'}: {problem['msg']}"
            for problem in error.errors()
        ]
        raise ScenarioError(
            f"{where} does not describe a scenario; mend these entries:\n" + "\n".join(lines)
        ) from error


def load_scenario(name_or_path: str) -> Scenario:
    """A shipped scenario by its name, or one from a YAML file by its path."""
    shipped = _shipped()
    if name_or_path in shipped:
        return _parse(shipped[name_or_path], f"shipped scenario {name_or_path!r}")
    path = Path(name_or_path)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(
            f"no scenario {name_or_path!r}: it is not a shipped one ({', '.join(shipped)}) and cannot be read "
            f"as a file ({error}); give one of those names or the path of a YAML file"
        ) from error
    return _parse(text, str(path))
