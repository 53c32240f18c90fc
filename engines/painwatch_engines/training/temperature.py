"""The temperature of a trained network, and what is to be said of it."""

from __future__ import annotations

from painwatch_engines.data.face_folder import FaceFolder
from painwatch_engines.evaluation.reliability import fit_temperature, is_at_an_end
from painwatch_engines.training.fit import Fitted, answers
from painwatch_engines.training.splits import Split


def find_temperature(fitted: Fitted, data: FaceFolder, split: Split) -> tuple[float | None, str]:
    """Fitted on the animals that stopped the training; None where they cannot tell it. And a note, "" for none.

    They cannot if there are none, or if the network makes no mistake on them: then the most likely temperature is 0,
    and no probability would be believable. A machine's probability is calibrated in its fit.
    """
    if split.stopping is None or fitted.method.kind == "svm":
        return None, ""
    logits, pain = answers(fitted, data, split.stopping)["logits"], data.pain[split.stopping]
    if pain.all() or not pain.any():
        return None, "no temperature: the animals that stopped the training show one kind of face only"
    if ((logits[:, 1] > logits[:, 0]) == pain).all():
        return None, "no temperature: no mistake on the animals that stopped the training, so none can be fitted"
    temperature = fit_temperature(logits, pain)
    if not is_at_an_end(temperature):
        return temperature, ""
    told = "says next to nothing of" if temperature > 1 else "is far less sure than right of"
    return temperature, (
        f"the temperature, {temperature:.3g}, is at an end of the range it is looked for in: the network {told} the "
        "animals that stopped the training"
    )
