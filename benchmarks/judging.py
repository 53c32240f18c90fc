"""(d) The hub's sums: fusion at the message rate of 1,000 cameras, and alarms for 1,000 cages, held to real time."""

from __future__ import annotations

from msgspec.structs import replace

from benchmarks.measure import Case, Spread, interleaved, spread
from benchmarks.report import Answer, Line
from benchmarks.synthetic import MINUTE, NOON, SECOND, config, look, minute
from painwatch.alarm.book import AlarmBook
from painwatch.core.types import Prediction, Tick
from painwatch.core.wire import decode, encode
from painwatch.fuse.cage import CageFold
from painwatch.fuse.setup import setup_of
from painwatch.hub.site import SiteFold


def run(rounds: int, cages: int, rate_hz: float) -> Answer:
    """What one second (for alarms: one minute) of `cages` cages costs, with one camera each."""
    cases = {
        "bytes to messages": (_decoding(cages, rate_hz), 1.0),
        "fusion": (_fusion(cages, rate_hz), 1.0),
        "fusion, minutes and alarms": (_site(cages, rate_hz), 1.0),
        "alarms alone, built-in rules": (_alarms(cages), 60.0),
    }
    samples = interleaved({name: case for name, (case, _) in cases.items()}, rounds)
    lines, values = [], {}
    for name, (_, lasts_s) in cases.items():
        costs = [sample.cpu_ms / lasts_s for sample in samples[name]]
        of_time = [1e3 / cost for cost in costs]
        # Real time is what it is held to: one core does so many times the cages.
        lines.append(Line(name, spread(costs), spread(of_time), None, {"of a core": f"{_share(spread(costs)):.1%}"}))
        values[name] = costs
    return Answer(
        key="d3",
        title=f"(d) {cages} cages with a camera each, {rate_hz:g} looks a second each",
        unit="cpu-ms for one second of all",
        held_to="real time on one core",
        peak="",
        lines=tuple(lines),
        notes=("Interpreted Python: no peak of the machine's arithmetic or memory is near enough to hold it to.",),
        values={"samples_cpu_ms_a_second": values},
    )


def _share(cost: Spread) -> float:
    return cost.median / 1e3


def _second(turn: int, cages: int, rate_hz: float) -> list[Prediction]:
    """All looks of second number `turn`, as they come."""
    begin_ns = NOON + (turn + 1) * SECOND
    return [
        look(cage, begin_ns + round(step * SECOND / rate_hz) + cage)
        for step in range(round(rate_hz))
        for cage in range(cages)
    ]


def _decoding(cages: int, rate_hz: float) -> Case:
    ready = [encode(each) for each in _second(0, cages, rate_hz)]

    def run_round(turn: int) -> int:  # noqa: ARG001
        for data in ready:
            decode(data)
        return 1

    return run_round


def _fusion(cages: int, rate_hz: float) -> Case:
    folds = {cage.name: CageFold(setup_of(cage)) for cage in config(cages, rate_hz).cages}
    template = _second(-1, cages, rate_hz)

    def run_round(turn: int) -> int:
        for message in _moved(template, (turn + 1) * SECOND):
            folds[message.cage].take(message)
        tick = Tick(NOON + (turn + 2) * SECOND)
        for fold in folds.values():
            fold.take(tick)
        return 1

    return run_round


def _site(cages: int, rate_hz: float) -> Case:
    site = SiteFold(config(cages, rate_hz))
    template = _second(-1, cages, rate_hz)

    def run_round(turn: int) -> int:
        for message in _moved(template, (turn + 1) * SECOND):
            site.take(message)
        site.take(Tick(NOON + (turn + 2) * SECOND))
        return 1

    return run_round


def _alarms(cages: int) -> Case:
    book = AlarmBook(config(cages, 2.0))

    def run_round(turn: int) -> int:
        index = turn + 1
        for cage in range(cages):
            book.take(minute(cage, index, 0.9 if (cage + index // 7) % 5 == 0 else 0.1))
        book.take(Tick(NOON + (index + 1) * MINUTE + SECOND))
        return 1

    return run_round


def _moved(template: list[Prediction], by_ns: int) -> list[Prediction]:
    return [replace(one, time_ns=one.time_ns + by_ns, mono_ns=one.mono_ns + by_ns) for one in template]
