"""Maps of many faces as files: pictures to look at, arrays to compute with, and shares by region of the face.

OUT/pictures/NUMBER_NAME.png   the face, and beside it the face under each of its maps
OUT/sheet.png                  the first faces on one sheet
OUT/maps.npz                   the maps: one array (N, G, G) for each target, and `images` (N,)
OUT/shares.csv                 a row for each map: whose it is, and its shares on the regions of the face
OUT/summary.json               what the maps are, of which model, and the mean shares of each label
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from painwatch_engines.anatomy import LABELS
from painwatch_engines.data.labels.pictures import new_folder
from painwatch_engines.errors import DataError
from painwatch_engines.explain.explainer import Explainer
from painwatch_engines.explain.faces import ShownFace
from painwatch_engines.explain.maps import SCALES, Explanation
from painwatch_engines.explain.regions import REGIONS, attention_shares, place_regions, region_masks

Draw = Callable[[NDArray[np.uint8], NDArray[np.float32]], NDArray[np.uint8]]
"""A face (S, S, 3) and weights (G, G) of at least 0 to the face under its map."""

ON_THE_SHEET = 40
_TILE_PX = 160
_LETTER_PX, _LINE_PX = 9, 18


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One map of one face. `shares` and `areas` by region: of the map, and of the picture; empty if not known."""

    face: ShownFace
    pain_probability: float
    explanation: Explanation
    shares: dict[str, float]
    areas: dict[str, float]


def explain_faces(
    explainer: Explainer, faces: Iterable[ShownFace], out: Path, draw: Draw, done: Callable[[int], None]
) -> dict[str, Any]:
    """Write everything into the folder `out`, which is there whole or not at all; gives the summary.

    Args:
        explainer: the opened model.
        faces: in the order to write them.
        out: a new or empty folder.
        draw: the face under its map.
        done: told how many faces are done.

    Raises:
        DataError: there is something at `out`, it cannot be written, or a picture cannot be read.
        ArtefactError, EngineError: as Explainer.look.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError("there is something here already", str(out), "Name a new folder, or remove this one first.")
    with new_folder(out) as folder:
        return _explain_into(folder, explainer, faces, draw, done)


def _explain_into(
    out: Path, explainer: Explainer, faces: Iterable[ShownFace], draw: Draw, done: Callable[[int], None]
) -> dict[str, Any]:
    (out / "pictures").mkdir()
    found: list[Found] = []
    rows: list[NDArray[np.uint8]] = []
    for number, face in enumerate(faces, start=1):
        probability, maps = explainer.look(face.face)
        found += [_shared(face, probability, one) for one in maps]
        row = np.hstack([face.face, *(draw(face.face, one.evidence) for one in maps)])
        cv2.imwrite(str(out / "pictures" / f"{number:05d}_{Path(face.name).stem}.png"), row)
        if len(rows) < ON_THE_SHEET:
            rows.append(_captioned(row, face, probability))
        done(number)
    _write_sheet(rows, f"{explainer.card.name}: {explainer.card.validation}", out / "sheet.png")
    _write_maps(found, out / "maps.npz")
    _write_shares(found, explainer.card.validation, out / "shares.csv")
    summary = summarise(explainer, found)
    (out / "summary.json").write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return summary


def summarise(explainer: Explainer, found: list[Found]) -> dict[str, Any]:
    """What the maps are, and for each target and label the mean share of each region.

    A region counts only where its keypoints are seen (`n` faces), so the means need not sum to 1. `area`: the mean
    share of the picture that the region covers, which is what a map without any preference would give it.
    """
    targets = list(dict.fromkeys(one.explanation.target for one in found))
    means: dict[str, Any] = {}
    for target in targets:
        of_target = [one for one in found if one.explanation.target == target]
        groups = {"all": of_target, **{label: [f for f in of_target if f.face.label == label] for label in LABELS}}
        means[target] = {name: _means(group) for name, group in groups.items() if group}
    kind = found[0].explanation.kind if found else None
    return {
        "model": f"{explainer.card.name} {explainer.card.version} ({explainer.card.sha256[:8]})",
        "validation": explainer.card.validation,
        "kind": kind,
        "scale": SCALES[kind] if kind else None,
        "faces": len(_faces(found)),
        "with_regions": len(_faces([one for one in found if one.shares])),
        "mean_shares": means,
    }


def _faces(found: list[Found]) -> list[ShownFace]:
    return list({id(one.face): one.face for one in found}.values())


def _means(group: list[Found]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for region in REGIONS:
        shares = [(one.shares[region], one.areas[region]) for one in group if region in one.shares]
        if shares:
            share, area = np.mean(shares, axis=0)
            told[region] = {"share": round(float(share), 4), "area": round(float(area), 4), "n": len(shares)}
    return told


def _shared(face: ShownFace, probability: float, one: Explanation) -> Found:
    discs = place_regions(face.keypoints)
    if not discs:
        return Found(face, probability, one, {}, {})
    masks = region_masks(discs, face.face.shape[0])
    shares = attention_shares(one.evidence, masks)
    return Found(face, probability, one, shares, {region: float(mask.mean()) for region, mask in masks.items()})


def _write_maps(found: list[Found], path: Path) -> None:
    arrays: dict[str, Any] = {"images": np.array([face.name for face in _faces(found)])}
    for target in dict.fromkeys(one.explanation.target for one in found):
        arrays[target] = np.stack([f.explanation.weights for f in found if f.explanation.target == target])
    np.savez_compressed(path, **arrays)


def _write_shares(found: list[Found], validation: str, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["image", "animal", "label", "pain_probability", "target", "kind", *REGIONS, "model_is"])
        for one in found:
            shares = [f"{one.shares[region]:.4f}" if region in one.shares else "" for region in REGIONS]
            face, explanation = one.face, one.explanation
            told = [face.name, face.animal, face.label, f"{one.pain_probability:.4f}"]
            writer.writerow([*told, explanation.target, explanation.kind, *shares, validation])


def _captioned(row: NDArray[np.uint8], face: ShownFace, probability: float) -> NDArray[np.uint8]:
    height, width = row.shape[:2]
    small = cv2.resize(row, (round(width * _TILE_PX / height), _TILE_PX), interpolation=cv2.INTER_AREA)
    words = f"{face.label + ', ' if face.label else ''}pain {probability:.0%}"
    cv2.putText(small, words, (5, _TILE_PX - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(small, words, (5, _TILE_PX - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    return np.asarray(small, np.uint8)


def _write_sheet(rows: list[NDArray[np.uint8]], words: str, path: Path) -> None:
    """The faces with their scores, and below them the words, since a sheet is shown without its folder."""
    if not rows:
        return
    columns = max(1, round(np.sqrt(len(rows) * rows[0].shape[0] / rows[0].shape[1])))
    rows = rows + [np.zeros_like(rows[0])] * (-len(rows) % columns)
    lines = [np.hstack(rows[start : start + columns]) for start in range(0, len(rows), columns)]
    sheet = np.vstack(lines)
    told = wrap(words, max(1, sheet.shape[1] // _LETTER_PX))
    below = np.zeros((_LINE_PX * len(told) + 8, sheet.shape[1], 3), np.uint8)
    for number, line in enumerate(told, start=1):
        at = (5, _LINE_PX * number)
        cv2.putText(below, line, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    cv2.imwrite(str(path), np.vstack([sheet, below]))
