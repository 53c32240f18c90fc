"""How many images of each rat and class RatsPain has, and what differs in a set that was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from painwatch_engines.data.face_folder import GRADES, Face
from painwatch_engines.data.labels.ratspain import rat_number

PUBLISHED: Mapping[int, tuple[int, int, int]] = {
    1: (56, 163, 2),
    2: (102, 108, 0),
    3: (148, 50, 0),
    4: (138, 92, 0),
    5: (63, 116, 3),
    6: (34, 62, 1),
}
"""Images by rat: no pain, moderate, severe (Liu et al. 2025); 1,138 in all."""

PUBLISHED_UNLABELLED = 157
"""Images, of all rats together, on which the raters did not agree enough."""


def count_grades(faces: Iterable[Face]) -> dict[str, tuple[int, int, int, int]]:
    """For each animal, in order of first appearance: images of grade 0, 1, 2, and without a grade."""
    counts: dict[str, Counter[int | None]] = {}
    for face in faces:
        counts.setdefault(face.animal, Counter())[face.grade] += 1
    return {animal: (c[0], c[1], c[2], c[None]) for animal, c in counts.items()}


def differences(counts: Mapping[str, Sequence[int]]) -> tuple[str, ...]:
    """What differs from the published set, one line for each rat and class; empty if nothing does.

    Args:
        counts: from count_grades. Rats go by their number; no other animal is of the published set. A set without any
            unlabelled image is taken for one that came without them.
    """
    found = {number: name for name in counts if (number := rat_number(name)) is not None and number in PUBLISHED}
    lines = [f"{name} is none of the six published rats" for name in counts if name not in found.values()]
    for number, published in PUBLISHED.items():
        if number not in found:
            lines.append(f"Rat{number} is missing: {sum(published)} images published")
            continue
        for grade, have, expected in zip(GRADES, counts[found[number]], published, strict=False):
            if have != expected:
                lines.append(f"Rat{number}, {grade}: {have} images, {expected} published")
    unlabelled = sum(of_animal[3] for of_animal in counts.values())
    if unlabelled not in (0, PUBLISHED_UNLABELLED):
        lines.append(f"all rats, unlabelled: {unlabelled} images, {PUBLISHED_UNLABELLED} published")
    return tuple(lines)
