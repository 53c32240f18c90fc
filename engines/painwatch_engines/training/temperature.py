"""How a trained network's probabilities are made to mean what they say, and what is to be said of it."""

from __future__ import annotations

from dataclasses import dataclass

from painwatch_engines.data.face_folder import FaceFolder
from painwatch_engines.evaluation.reliability import fit_temperature, fit_temperature_and_shift, is_at_an_end
from painwatch_engines.training.fit import Fitted, answers
from painwatch_engines.training.splits import Split


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the exported model does to its logits.

    Attributes:
        temperature: they are divided by it; None leaves them.
        shift: is then added to that of pain. Only for a network that learned action units and no labels.
        note: for the card; "" for none.
    """

    temperature: float | None = None
    shift: float = 0.0
    note: str = ""


def calibrate(fitted: Fitted, data: FaceFolder, split: Split) -> Calibration:
    """Fitted on the animals that stopped the training, where they can tell it.

    They cannot if there are none, or if the network makes no mistake on them: then the most likely temperature is 0,
    and no probability would be believable. A machine's probability is calibrated in its fit.
    """
    if split.stopping is None or fitted.method.kind == "svm":
        return Calibration()
    logits, pain = answers(fitted, data, split.stopping)["logits"], data.pain[split.stopping]
    if pain.all() or not pain.any():
        return Calibration(note="no temperature: the animals that stopped the training show one kind of face only")
    if ((logits[:, 1] > logits[:, 0]) == pain).all():
        return Calibration(
            note="no temperature: no mistake on the animals that stopped the training, so none can be fitted"
        )
    if fitted.method.learns == "units":
        temperature, shift = fit_temperature_and_shift(logits, pain)
    else:
        temperature, shift = fit_temperature(logits, pain), 0.0
    if not is_at_an_end(temperature):
        return Calibration(temperature, shift)
    told = "says next to nothing of" if temperature > 1 else "is far less sure than right of"
    return Calibration(
        temperature,
        shift,
        f"the temperature, {temperature:.3g}, is at an end of the range it is looked for in: the network {told} the "
        "animals that stopped the training",
    )
