"""Many looks at once: what they ask of a network is answered together where that is cheaper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from painwatch.core.types import Prediction
from painwatch.infer.asks import Ask, Asking, Outputs
from painwatch.infer.pipeline import Tools

_Kind = tuple[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A look, its place among those given, and what it waits for."""

    place: int
    look: Asking[Prediction]
    ask: Ask

    @property
    def kind(self) -> _Kind:
        return self.ask.network, self.ask.picture.shape


def look_many(looks: Sequence[Asking[Prediction]], tools: Tools) -> Iterator[tuple[int, Prediction]]:
    """Run looks to their end; each is given out, with its place among `looks`, as soon as it is done.

    Pictures of one size for one network are computed together, by powers of two, as far as its engine gains by it.
    Those that cannot be computed together are computed one by one, so no frame costs another its look.
    """
    waiting: list[_Waiting] = []
    for place, look in enumerate(looks):
        yield from _stepped(place, look, None, waiting)
    while waiting:
        batch = _next_batch(waiting, tools)
        for each, answer in _answers(batch, tools):
            waiting.remove(each)
            yield from _stepped(each.place, each.look, answer, waiting)


def _stepped(
    place: int, look: Asking[Prediction], answer: Outputs | Exception | None, waiting: list[_Waiting]
) -> Iterator[tuple[int, Prediction]]:
    """Lets a look go on; gives its prediction if that was its end, else it waits again."""
    try:
        if answer is None:
            ask = next(look)
        elif isinstance(answer, Exception):
            ask = look.throw(answer)
        else:
            ask = look.send(answer)
    except StopIteration as done:
        yield place, done.value
    else:
        waiting.append(_Waiting(place, look, ask))


def _next_batch(waiting: Sequence[_Waiting], tools: Tools) -> list[_Waiting]:
    """What to compute next. A full batch is not worth delaying, and a look that waits for the classifier is nearly
    done; else the looks that are not as far may still join those that are."""
    if len(waiting) == 1:
        return list(waiting)
    kinds: dict[_Kind, list[_Waiting]] = {}
    for each in waiting:
        kinds.setdefault(each.kind, []).append(each)
    most = {"keypoints": tools.network.most_batched, "classifier": tools.classifier.most_batched}

    def urgency(kind: _Kind) -> tuple[bool, bool]:
        full = len(kinds[kind]) >= most[kind[0]]
        return full, full == (kind[0] == "classifier")

    chosen = max(kinds, key=urgency)
    # Powers of two, so that an engine which keeps something for each shape of input has few to keep.
    together = max(1, min(most[chosen[0]], len(kinds[chosen])))
    return kinds[chosen][: 1 << (together.bit_length() - 1)]


def _answers(batch: Sequence[_Waiting], tools: Tools) -> Iterator[tuple[_Waiting, Outputs | Exception]]:
    """The answer to each, as soon as it is known: the looks read from the tools which engine it was that answered."""
    if len(batch) > 1:
        try:
            together = _computed(batch[0].ask.network, np.stack([each.ask.picture for each in batch]), tools)
            apart = [_one_of(together, index, len(batch)) for index in range(len(batch))]
        except Exception:
            apart = []
        if apart:
            yield from zip(batch, apart, strict=True)
            return
    for each in batch:
        try:
            answer: Outputs | Exception = _computed(each.ask.network, each.ask.picture[None], tools)
        except Exception as error:
            answer = error
        yield each, answer


def _computed(network: str, pictures: NDArray[np.uint8], tools: Tools) -> Outputs:
    if network == "keypoints":
        return {"poses": tools.network.poses(pictures)}
    return tools.classifier.run({"faces": pictures})


def _one_of(outputs: Outputs, index: int, count: int) -> Outputs:
    if any(values.shape[:1] != (count,) for values in outputs.values()):
        raise ValueError(f"a network gave of {count} pictures { ({n: v.shape for n, v in outputs.items()}) }")
    return {name: values[index : index + 1] for name, values in outputs.items()}
