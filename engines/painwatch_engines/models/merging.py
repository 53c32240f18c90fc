"""Settings and what is changed of them, as mappings: blocks key by key, the crop in proportion to the face. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merged_settings(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `changes`.

    Where face_px changes and augmentation.resize_px is not named, it keeps its proportion to face_px: the share of a
    face that a random crop leaves out is then as it was.
    """
    merged = _merged(base, changes)
    named, known = changes.get("augmentation", {}), base.get("augmentation")
    wanted, usual = changes.get("face_px"), base.get("face_px")
    if not (isinstance(wanted, int) and isinstance(usual, int)):
        return merged
    if isinstance(known, Mapping) and isinstance(named, Mapping) and "resize_px" not in named:
        merged["augmentation"] = {**merged["augmentation"], "resize_px": round(known["resize_px"] * wanted / usual)}
    return merged


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        inner = merged.get(key)
        merged[key] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, Mapping) else value
    return merged
