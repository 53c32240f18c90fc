"""Everything in one run: `make bench`, or `python -m benchmarks [a] [b] ...` for some of the questions.

Takes less than a quarter of an hour on two cores. Prints a table for each question; writes all of it as JSON, with
every single sample, and the tables as Markdown.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from benchmarks import machine
from benchmarks.report import Answer, markdown, show, write_json
from benchmarks.watch import end_in_order
from painwatch_engines.errors import EngineError
from painwatch_engines.runtime import PlanCache

QUESTIONS = ("a", "b", "c", "d", "e")
SIZES = ("usual", "tiny")
"""Tiny proves that everything runs; its figures mean nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help="a to e; all of them if none is named")
    parser.add_argument("--size", choices=SIZES, default="usual")
    parser.add_argument("--cameras", type=int, nargs="+", default=None, help="numbers of live cameras for (e)")
    parser.add_argument("--cache", type=Path, default=Path("build/bench"), help="clips, faces and compiled forms")
    parser.add_argument("--out", type=Path, default=Path("build/bench/bench.json"), help="and .md beside it")
    wanted = parser.parse_args()
    if wrong := set(wanted.questions) - set(QUESTIONS):
        parser.error(f"there is no question {', '.join(sorted(wrong))}; there are {', '.join(QUESTIONS)}")
    end_in_order()
    # PyTorch and DeepLabCut-live warn of what does not concern a measurement.
    warnings.simplefilter("ignore")
    console, began, company = Console(width=200, highlight=False), time.monotonic(), machine.company()
    found, answers = machine.state(), []
    console.print(f"{found.processor}, {found.cores} cores, load {found.load}, {found.commit}", markup=False)
    for key in wanted.questions or QUESTIONS:
        for answer in asked(key, wanted.size == "usual", wanted.cache, wanted.cameras, _say(console, began)):
            show(answer, console)
            answers.append(answer)
            # What was measured stays, whatever becomes of the next question.
            write_json(wanted.out, asdict(found) | {"others_used": round(company.others(), 3)}, answers)
            wanted.out.with_suffix(".md").write_text(markdown(answers), encoding="utf-8")
    console.print(f"{time.monotonic() - began:.0f} s; others used {company.others():.0%} of the machine meanwhile")
    console.print(f"written: {wanted.out} and {wanted.out.with_suffix('.md')}", markup=False)


def asked(
    key: str, usual: bool, cache: Path, cameras: list[int] | None, say: Callable[[str], None]
) -> Iterator[Answer]:
    """The answers to one question; each loads only what it needs."""
    from benchmarks.clips import clips

    seconds, fps = (24.0, 5.0) if usual else (2.0, 5.0)
    match key:
        case "a":
            from benchmarks import keypoints

            shown = clips(cache, 4 if usual else 1, seconds=seconds, fps=fps, say=say)
            folder = _forms(usual, cache, say)
            plans = None if folder is None else PlanCache(folder)
            yield keypoints.run(shown, 16 if usual else 2, 20 if usual else 4, watched_at_hz=fps, eight_bit=plans)
        case "b":
            from benchmarks import classifier

            yield classifier.run(cache, 8 if usual else 1, 512 if usual else 16, say)
        case "c":
            from benchmarks import chain

            counts: tuple[int, ...] = (1, 2, 4, 8) if usual else (1,)
            shown = clips(cache, max(counts), seconds=seconds, fps=fps, say=say)
            yield chain.run(_forms(usual, cache, say), shown, counts, 3 if usual else 1, 120 if usual else 8, say)
        case "d":
            yield from _parts(usual, say)
        case _:
            from benchmarks import cameras as live

            counts = tuple(cameras or ((1, 8, 16) if usual else (1, 2)))
            shown = clips(cache, 4 if usual else 1, seconds=20.0 if usual else 2.0, fps=10.0, say=say)
            yield live.run(
                _forms(usual, cache, say), shown, counts, 2 if usual else 1, 12.0 if usual else 2.0, 2.0, say
            )


def _parts(usual: bool, say: Callable[[str], None]) -> Iterator[Answer]:
    from benchmarks import handing, judging, storing

    yield handing.frames(20 if usual else 2, 100 if usual else 5)
    yield handing.messages(20 if usual else 2, 500 if usual else 20)
    yield judging.run(8 if usual else 2, 1000 if usual else 20, 2.0)
    yield storing.sqlite(6 if usual else 2, 5000 if usual else 50)
    written = storing.influx(6 if usual else 2, 5000 if usual else 50)
    if written is None:
        say("without InfluxDB: apt-get install influxdb nginx-light")
    else:
        yield written


def _forms(usual: bool, cache: Path, say: Callable[[str], None]) -> Path | None:
    """Where both 8-bit forms lie; None in a tiny run, and, said, where one of them is refused on this host."""
    from benchmarks.forms import forms

    if not usual:
        return None
    try:
        return forms(cache, say)
    except EngineError as error:
        say(f"without 8 bits: {error}")
        return None


def _say(console: Console, began: float) -> Callable[[str], None]:
    return lambda words: console.print(f"{time.monotonic() - began:6.0f} s  {words}", style="dim", markup=False)


if __name__ == "__main__":
    main()
