"""Many cages at no cost: settings, looks, points and minutes as the real ones are, for the parts behind inference."""

from __future__ import annotations

from painwatch.config.models import Config
from painwatch.core.types import (
    CameraShare,
    CropBox,
    FusedPoint,
    Keypoint,
    MinuteSummary,
    Prediction,
    Quality,
    RegionShare,
    Status,
)
from painwatch_engines.anatomy import KEYPOINTS

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
NOON = 1_700_000_040 * SECOND // MINUTE * MINUTE
MODEL = "painseeker_rendered_rat 1 (16db2557)"


def config(cages: int, rate_hz: float) -> Config:
    """So many cages with one camera each, called cage-N and camera-N, and the built-in alarm rules."""
    virtual = {"kind": "virtual", "scenario": "demo", "view": "left"}
    animal = {"species": "rat", "strain": "rendered", "coat": "white", "sample_rate_hz": rate_hz}
    return Config.model_validate(
        {
            "version": 1,
            "site": "bench",
            "cages": [
                animal | {"name": f"cage-{n}", "cameras": [{"name": f"camera-{n}", "source": virtual}]}
                for n in range(cages)
            ],
        }
    )


def look(cage: int, time_ns: int, probability: float = 0.3) -> Prediction:
    """A scored look as a worker sends it, with the points, the crop and the attention of a PainSeeker."""
    return Prediction(
        cage=f"cage-{cage}",
        camera=f"camera-{cage}",
        seq=1 + time_ns // SECOND,
        time_ns=time_ns,
        mono_ns=time_ns - NOON + SECOND,
        age_ms=35.0,
        status=Status.OK,
        pain_probability=probability,
        keypoints=tuple(Keypoint(name, 320.25, 180.5, 0.9712) for name in KEYPOINTS),
        crop=CropBox(320.0, 180.0, 120.0, "both_eyes", 0.0),
        quality=Quality(42.0, 0.51, 0.002),
        attention=tuple(tuple(1 / 49 for _ in range(7)) for _ in range(7)),
        engine="onnxruntime-cpu + onnxruntime-cpu-int8",
        model=MODEL,
        looked_at=tuple(RegionShare(name, 0.2) for name in ("eyes", "nose", "ears", "cheeks", "else")),
    )


def point(cage: int, time_ns: int, probability: float = 0.3) -> FusedPoint:
    share = CameraShare(f"camera-{cage}", Status.OK, probability)
    return FusedPoint(f"cage-{cage}", time_ns, Status.OK, (share,), probability, probability >= 0.5, model=MODEL)


def minute(cage: int, index: int, probability: float = 0.3) -> MinuteSummary:
    """The minute number `index`, at two looks a second, three quarters of them scored."""
    pain = round(90 * probability)
    return MinuteSummary(
        cage=f"cage-{cage}",
        start_ns=NOON + index * MINUTE,
        pain=pain,
        no_pain=90 - pain,
        skipped=30,
        expected=120,
        coverage=0.75,
        pain_probability=pain / 90,
        by_status={"ok": 90, "no_face": 30},
        faces=90,
        models=(MODEL,),
    )
