"""Which engines judge, which of them stand in for one that failed, and whether they are too slow, in words. Pure.

That is a matter of the machine and asks for whoever looks after it; it is never told as a state of an animal.
"""

from __future__ import annotations

from collections.abc import Iterable

from painwatch.core.live import CameraLive
from painwatch.core.stand_ins import stand_ins
from painwatch.core.types import Prediction, Status
from painwatch.web.wording import SILENT_AFTER_S, percent

LEAST_OVERRUN = 0.02
"""A smaller share of looks that there was no time for is not worth telling: a start or a busy moment has as much."""


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


def about_overrun(cameras: Iterable[CameraLive], age_s: float | None) -> str:
    """Such as 'Technical: no time for 34 % of the looks at left. ...', the worst first; empty if there is for all."""
    if age_s is None or age_s > SILENT_AFTER_S:
        return ""
    shares = {live.name: live.prediction.overrun for live in cameras if live.prediction is not None}
    short = sorted((name for name in shares if shares[name] >= LEAST_OVERRUN), key=lambda name: -shares[name])
    if not short:
        return ""
    told = ", ".join(f"{percent(shares[name])} of the looks at {name}" for name in short)
    return (
        f"Technical: no time for {told} in the last minute. Lower sample_rate_hz, or add a worker or a faster engine."
    )
