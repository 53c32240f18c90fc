"""Which engines judge, and which of them stand in for one that failed, in words. Pure.

That is a matter of the machine and asks for whoever looks after it; it is never told as a state of an animal.
"""

from __future__ import annotations

from collections.abc import Iterable

from painwatch.core.live import CameraLive
from painwatch.core.stand_ins import stand_ins
from painwatch.core.types import Prediction, Status
from painwatch.web.wording import SILENT_AFTER_S


def judging(cameras: Iterable[CameraLive], age_s: float | None) -> tuple[Prediction, ...]:
    """The last look of each pair of engine and model that judges now, each pair once; none if nothing is known."""
    if age_s is None or age_s > SILENT_AFTER_S:
        return ()
    told = (live.prediction for live in cameras if live.prediction is not None and live.predictions_per_s > 0)
    return tuple({(look.engine, look.model): look for look in told if look.engine}.values())


def about_stand_in(looks: Iterable[Prediction]) -> str:
    """Such as 'Technical: onnxruntime-cpu computes in place of tensorrt. ...'; empty if none stands in.

    Looks at which every engine failed say so themselves.
    """
    engines = [look.engine for look in looks if look.status is not Status.ENGINE_ERROR]
    pairs = dict.fromkeys(pair for engine in engines for pair in stand_ins(engine))
    told = [f"{used} computes in place of {others}" for used, others in pairs]
    if not told:
        return ""
    return f"Technical: {'; '.join(told)}. Judging goes on, perhaps more slowly; the worker's log says why."
