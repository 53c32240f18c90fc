"""How each method is built and trained: the published values, and what a user changes of them.

The shipped values lie in method_settings/NAME.yaml, which says beside each one whether it was published and where.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator

from painwatch_engines.errors import DataError
from painwatch_engines.models.merging import merged_settings
from painwatch_engines.models.yaml_places import place_of, read_mapping

SHIPPED = Path(__file__).parent / "method_settings"

ATTENTION_STRIDE = 32
"""Pixels of a face for each cell of an attention map along one side."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Augmentation(_Part):
    """How training faces are disturbed. Faces are judged without it: resized to face_px, nothing else.

    Attributes:
        resize_px: faces are resized to this, then a square of face_px is cut out at random; equal to face_px for none.
            Faces stored with a margin (About.margin) are cropped at random within that, however much wider this says.
        flip: mirror every second face.
        rotation_deg: turned at random by up to this to either side.
        shift: moved at random by up to this share of the face's side.
        pixels: another camera's grey, gamma, contrast, blur and noise (data.augmentation.disturb_pixels).
    """

    resize_px: int = Field(ge=16, le=2048)
    flip: bool
    rotation_deg: float = Field(default=0.0, ge=0, le=180)
    shift: float = Field(default=0.0, ge=0, le=0.5)
    pixels: bool = False


class Stage(_Part):
    """Some epochs at one size of face: small faces first cost little and teach a network from random weights most.

    Attributes:
        face_px: side of the faces; augmentation.resize_px shrinks in proportion.
        epochs: over all faces, or of faces_per_epoch.
        learning_rate: at its height.
    """

    face_px: int = Field(ge=16, le=1024)
    epochs: float = Field(gt=0, le=10_000)
    learning_rate: float = Field(gt=0, le=10)


class PrscSettings(_Part):
    """PainSeeker's constraint on the attention.

    Attributes:
        weight: lambda, the weight of PRSC beside the cross entropy.
        margin: delta, by how much each high attention should exceed the mean of the others.
        highest: K_h, how many local features count as high.
    """

    weight: float = Field(ge=0, le=1000)
    margin: float = Field(ge=0, le=1)
    highest: int = Field(ge=1, le=10_000)


class SixBlockSettings(_Part):
    """Sizes of Kobayashi's network.

    Attributes:
        widths: channels of the six blocks.
        fully_connected: lengths of the first two fully connected layers; the third has the two classes.
    """

    widths: tuple[PositiveInt, PositiveInt, PositiveInt, PositiveInt, PositiveInt, PositiveInt]
    fully_connected: tuple[PositiveInt, PositiveInt]


class LbpSettings(_Part):
    """Local binary patterns.

    Attributes:
        radius: R, px of the face.
        points: P, neighbours on the circle.
        grid: cells along each side of the face, each with a histogram of its own.
        codes: uniform: codes of more than two changes share a bin; all: each has its own.
    """

    radius: float = Field(gt=0, le=16)
    points: int = Field(ge=2, le=12)
    grid: int = Field(ge=1, le=64)
    codes: Literal["uniform", "all"]


class SvmSettings(_Part):
    """A linear support vector machine.

    Attributes:
        c: C, what a face on the wrong side costs.
        folds: at most so many parts, by animal, are left out in turn to fit the probability.
    """

    c: float = Field(gt=0, le=1e6)
    folds: int = Field(ge=2, le=1000)


class MethodSettings(_Part):
    """Everything a method is built and trained by. Blocks that a method has no use for are None.

    Attributes:
        face_px: side of the square faces the network is fed.
        batch: faces to a step, over all devices.
        optimiser: adam adds the decay to the gradient, adamw takes it off the weights.
        learning_rate: of all epochs; its height where the schedule is one_cycle.
        weight_decay: see optimiser.
        schedule: of the learning rate: constant, or one_cycle (rises over the first tenth, falls as a cosine).
        epochs: at most; with a held-out animal, training stops sooner (patience).
        patience: epochs without a lower loss on held-out animals after which training stops.
        faces_per_epoch: drawn at random for each epoch; None for all.
        stages: in place of learning_rate and epochs, where given.
        augmentation: of training faces.
        prsc: of PainSeeker and the action units.
        trunk_width: channels of the first layers of the action units' ResNet-18; a half of 64 costs a quarter.
        six_block: of Kobayashi's network.
        lbp: of the support vector machines, which have no use for all above but face_px.
        svm: of the same.
    """

    face_px: int = Field(ge=16, le=1024)
    batch: int = Field(default=64, ge=1, le=100_000)
    optimiser: Literal["adam", "adamw"] = "adam"
    learning_rate: float = Field(default=1e-4, gt=0, le=10)
    weight_decay: float = Field(default=0.0, ge=0, le=10)
    schedule: Literal["constant", "one_cycle"] = "constant"
    epochs: int = Field(default=1, ge=1, le=100_000)
    patience: int | None = Field(default=None, ge=1)
    faces_per_epoch: int | None = Field(default=None, ge=1)
    stages: tuple[Stage, ...] = ()
    augmentation: Augmentation | None = None
    prsc: PrscSettings | None = None
    trunk_width: int | None = Field(default=None, ge=8, le=64)
    six_block: SixBlockSettings | None = None
    lbp: LbpSettings | None = None
    svm: SvmSettings | None = None

    @model_validator(mode="after")
    def _crop_fits(self) -> MethodSettings:
        if self.augmentation is not None and self.augmentation.resize_px < self.face_px:
            raise ValueError(f"augmentation.resize_px is smaller than face_px, {self.face_px}")
        if self.stages and self.stages[-1].face_px != self.face_px:
            raise ValueError(f"the last of the stages must be of face_px, {self.face_px}: the watch sees such faces")
        cells = math.ceil(self.smallest_px / ATTENTION_STRIDE) ** 2
        if self.prsc is not None and self.prsc.highest >= cells:
            raise ValueError(
                f"prsc.highest must be below the {cells} attention cells of faces of {self.smallest_px} px"
            )
        return self

    @property
    def smallest_px(self) -> int:
        """Side of the smallest faces that the network is fed, in any stage."""
        return min([self.face_px, *(stage.face_px for stage in self.stages)])


def shipped_settings(name: str) -> MethodSettings:
    """The settings that come with the method `name`."""
    return read_settings(SHIPPED / f"{name}.yaml")


def read_settings(path: Path) -> MethodSettings:
    """All settings, from one file.

    Raises:
        DataError: naming each wrong place of the file.
    """
    return _validated({}, path)


def changed_settings(base: MethodSettings, path: Path) -> MethodSettings:
    """`base` with what a user's YAML file says otherwise; see merging.merged_settings.

    Raises:
        DataError: naming each wrong place of the file; also if it sets a block that the method does not have.
    """
    return _validated(_told(base), path)


def with_changes(base: MethodSettings, changes: Mapping[str, Any]) -> MethodSettings:
    """`base` with nested changes, such as {"prsc": {"weight": 0.5}}; see merging.merged_settings.

    Raises:
        DataError: if a value cannot be.
    """
    try:
        return MethodSettings.model_validate(merged_settings(_told(base), changes))
    except ValidationError as error:
        wrong = [(".".join(map(str, e["loc"])), _because(e["msg"])) for e in error.errors()]
        what = "; ".join(f"{name}: {why}" if name else why for name, why in wrong)
        raise DataError(what, "settings", _MEND) from error


def write_settings(settings: MethodSettings, path: Path) -> None:
    """Write what is set, so that `read_settings` gives them back."""
    path.write_text(yaml.safe_dump(_told(settings), sort_keys=False, allow_unicode=True, width=100), encoding="utf-8")


def _validated(base: Mapping[str, Any], path: Path) -> MethodSettings:
    changes, node = read_mapping(path)
    absent = [key for key in changes if base and key not in base and key in (_BLOCKS if "svm" not in base else _ALL)]
    if absent:
        line, column = place_of(node, (absent[0],))
        mend = "Leave the block out, or train a method that has it."
        raise DataError(f"this method has no {absent[0]}", f"{path}:{line}:{column}", mend)
    try:
        return MethodSettings.model_validate(merged_settings(base, changes))
    except ValidationError as error:
        told = [(*place_of(node, e["loc"]), ".".join(map(str, e["loc"])), _because(e["msg"])) for e in error.errors()]
        told.sort()
        what = "; ".join(f"{line}:{column} {name}: {why}" if name else why for line, column, name, why in told)
        raise DataError(what, f"{path}:{told[0][0]}:{told[0][1]}", _MEND) from error


_MEND = "The shipped settings lie in painwatch_engines/models/method_settings."
_ALL = frozenset(MethodSettings.model_fields)
_BLOCKS = frozenset({"augmentation", "prsc", "trunk_width", "six_block", "lbp", "svm"})


def _told(settings: MethodSettings) -> dict[str, Any]:
    """What was set, without what was left to the defaults."""
    return settings.model_dump(mode="json", exclude_unset=True, exclude_none=True)


def _because(message: str) -> str:
    return message.removeprefix("Value error, ")
