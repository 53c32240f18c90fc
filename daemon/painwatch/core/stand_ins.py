"""Which engine computes in the place of which others, from how a prediction names what computed it. Pure."""

from __future__ import annotations

import re

_STANDS_IN = re.compile(r"(\S+) \(instead of ([^)]*)\)")
"""As the runtime names an engine that computes in the place of others before it in its chain."""


def stand_ins(engine: str) -> tuple[tuple[str, str], ...]:
    """Pairs of the engine that computes and those it stands in for, such as ('onnxruntime-cpu', 'tensorrt').

    `engine`: what Prediction.engine says, one part for each network. Empty if none stands in.
    """
    return tuple((match[1], match[2]) for match in _STANDS_IN.finditer(engine))
