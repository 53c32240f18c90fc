"""A model folder: `model.onnx` and the card that says what the model is, what it was made from and where it holds.

A folder made for DeepLabCut-live's own runner also holds `model.pt`. Nothing is unpickled here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from painwatch_engines.anatomy import Coat, Species
from painwatch_engines.errors import ArtefactError
from painwatch_engines.plain_yaml import read_plain_yaml, shortened, wrong_fields

MODEL_FILE = "model.onnx"
DLCLIVE_FILE = "model.pt"
CARD_FILE = "card.yaml"
WEIGHTS_FILE = "weights.pt"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Domain(_Part):
    """The animals a model was made for. A cage outside it is refused or marked."""

    species: tuple[Species, ...] = Field(min_length=1)
    strains: tuple[str, ...] = Field(min_length=1)
    coats: tuple[Coat, ...] = Field(min_length=1)


class FrameInput(_Part):
    """A keypoint model's input: whole frames, reduced to the width it was trained at."""

    name: Literal["frames"] = "frames"
    layout: Literal["uint8 BGR (N, H, W, 3)"] = "uint8 BGR (N, H, W, 3)"
    network_width_px: int = Field(ge=32, le=4096)


class FaceInput(_Part):
    """A classifier's input: square faces, cut as in its training."""

    name: Literal["faces"] = "faces"
    layout: Literal["uint8 BGR (N, size_px, size_px, 3)"] = "uint8 BGR (N, size_px, size_px, 3)"
    size_px: int = Field(ge=16, le=1024)
    face_multiple: float = Field(gt=0, le=20, description="side of the crop / size of the face")


class Making(_Part):
    """How the model came to be, exactly enough to make it again."""

    command: str
    seed: int
    training_images: int = Field(ge=0)
    identities: str
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Calibration(_Part):
    """Pictures that lie beside the model, to calibrate and check its compiled forms: an .npz file whose array, named
    as the model's input, is uint8 BGR (N, H, W, 3)."""

    file: str = Field(pattern=r"^[A-Za-z0-9_\-]+\.npz$")
    sha256: Sha256
    n: int = Field(ge=1)


class Novelty(_Part):
    """From when a face counts as unlike all that the model was trained on: its output `novelty` above `threshold`.

    `false_alarm_rate`: share of faces like the held-out ones that is expected above it; `n` of them set the threshold,
    `on` says of which animals. `training_faces`: how many the distance is measured from. `method`: how, in words.
    """

    threshold: float = Field(allow_inf_nan=False)
    false_alarm_rate: float = Field(gt=0, lt=1)
    n: int = Field(ge=1)
    on: str = Field(min_length=1)
    training_faces: int = Field(ge=1)
    method: str = Field(min_length=1)


class Figure(_Part):
    """One measured number, what it was measured on, and on how many."""

    name: str
    value: float
    n: int = Field(ge=1)
    of: str = ""
    unit: str = ""


class Card(_Part):
    """What a model says about itself. `outputs` is the order of its keypoints or of its classes."""

    kind: Literal["keypoints", "classifier"]
    name: str = Field(pattern=r"^[a-z0-9_\-]+$")
    version: str
    sha256: Sha256 = Field(description="of model.onnx")
    dlclive_sha256: Sha256 | None = Field(default=None, description="of model.pt")
    domain: Domain
    input: FrameInput | FaceInput = Field(discriminator="name")
    outputs: tuple[str, ...] = Field(min_length=1)
    made: Making
    storage: str = ""
    figures_on: str
    figures: tuple[Figure, ...]
    validation: str = Field(min_length=1)
    licence: str
    calibration: Calibration | None = None
    novelty: Novelty | None = None
    units: tuple[str, ...] | None = Field(default=None, description="action units of the output `units`, in its order")
    method: str | None = Field(default=None, description="in painwatch_engines.models.registry, to rebuild the network")
    weights_sha256: Sha256 | None = Field(default=None, description="of weights.pt, which may be left out of a folder")
    temperature: float | None = Field(default=None, gt=0, description="the logits are divided by it within the graph")
    shift: float | None = Field(default=None, allow_inf_nan=False, description="then added to the logit of pain")

    @model_validator(mode="after")
    def _input_fits_kind(self) -> Card:
        wanted = "frames" if self.kind == "keypoints" else "faces"
        if self.input.name != wanted:
            raise ValueError(f"a model of kind {self.kind} takes {wanted}, the card says {self.input.name}")
        return self


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model folder whose files agree with its card."""

    path: Path
    card: Card

    @property
    def model(self) -> Path:
        """The ONNX model, for painwatch_engines.runtime."""
        return self.path / MODEL_FILE

    @property
    def dlclive_model(self) -> Path | None:
        """The model for DeepLabCut-live's own runner, where the folder holds one."""
        return None if self.card.dlclive_sha256 is None else self.path / DLCLIVE_FILE


def load_model_folder(path: Path) -> ModelFolder:
    """Read the card and hold the model files against its hashes.

    Raises:
        ArtefactError: if a file is missing, the card does not parse, or a hash differs.
    """
    card = read_card(path / CARD_FILE)
    hashes = {MODEL_FILE: card.sha256}
    if card.dlclive_sha256 is not None:
        hashes[DLCLIVE_FILE] = card.dlclive_sha256
    if card.calibration is not None:
        hashes[card.calibration.file] = card.calibration.sha256
    if card.weights_sha256 is not None and (path / WEIGHTS_FILE).is_file():
        hashes[WEIGHTS_FILE] = card.weights_sha256
    for name, expected in hashes.items():
        file = path / name
        if not file.is_file():
            raise ArtefactError("there is no such file", str(file), f"A model folder holds {CARD_FILE} and {name}.")
        if file_sha256(file) != expected:
            raise ArtefactError(
                f"the file is not the one its card describes ({file.stat().st_size} bytes, other SHA-256)",
                str(file),
                "It is truncated or was exchanged: fetch the model folder again, or export it anew.",
            )
    return ModelFolder(path=path, card=card)


def read_card(path: Path) -> Card:
    """Read one card.

    Raises:
        ArtefactError: if it is missing, no YAML, or says too much or too little; names every wrong field.
    """
    if not path.is_file():
        raise ArtefactError("there is no card", str(path), f"A model folder holds {CARD_FILE} and {MODEL_FILE}.")
    try:
        return Card.model_validate(read_plain_yaml(path))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ArtefactError(f"the card is no YAML ({shortened(str(error))})", str(path), "Mend the card.") from error
    except OSError as error:
        what = f"the card cannot be read ({error.strerror})"
        raise ArtefactError(what, str(path), "Check the path and its rights.") from error
    except ValidationError as error:
        raise ArtefactError(
            f"the card is wrong ({wrong_fields(error, 'card')})", str(path), "Mend the card."
        ) from error


def write_card(card: Card, folder: Path) -> None:
    """Write the card into the folder, as a person would: in the order of its fields, nothing unset."""
    fields = card.model_dump(mode="json", exclude_defaults=False, exclude_none=True)
    text = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=100)
    (folder / CARD_FILE).write_text(text, encoding="utf-8")


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def covers(card: Card, species: str, strain: str, coat: str) -> str | None:
    """Why the model does not hold for an animal like this, or None if its card covers it.

    The coat matters: a model of white animals failed on black C57BL/6 mice (Kobayashi et al. 2025).
    """
    asked = (("species", species, card.domain.species), ("strain", strain, card.domain.strains))
    reasons = list(_outside((*asked, ("coat", coat, card.domain.coats))))
    return f"{card.name}: {'; '.join(reasons)}" if reasons else None


def _outside(asked: tuple[tuple[str, str, tuple[str, ...]], ...]) -> Iterator[str]:
    for what, value, known in asked:
        if value not in known:
            yield f"{what} {value} is not among {', '.join(known)}"
