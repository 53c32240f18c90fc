"""A bench as a table for people: rows of text, which a terminal and Markdown show alike."""

from __future__ import annotations

from collections.abc import Sequence

from painwatch_engines.compile.bench import Bench
from painwatch_engines.runtime.onnxruntime_session import CPU

Table = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]
"""Heads and rows."""


def timing_table(bench: Bench) -> Table:
    """A row for each engine, batch and number of threads."""
    heads = ("engine", "threads", "batch", "ms a run (5 % .. 95 %)", "pictures/s", "GFLOP/s", "of GEMM peak")
    rows = tuple(
        (
            each.engine,
            str(each.threads),
            str(each.batch),
            f"{each.median_ms:.1f} ({each.p5_ms:.1f} .. {each.p95_ms:.1f})",
            f"{each.pictures_per_s:.1f}",
            f"{each.gflops:.1f}",
            f"{each.of_peak:.0%}",
        )
        for each in bench.timings
    )
    return heads, rows


def start_table(bench: Bench) -> Table:
    """A row for each engine: what it costs to start, and how its answers differ from the model's."""
    heads = ("engine", "cold start", "memory", "difference from the float32 model")
    rows = tuple(
        (
            each.engine,
            f"{each.cold.seconds:.2f} s" if each.cold else "not measured",
            f"{each.cold.rss_bytes / 2**20:.0f} MiB" if each.cold else "not measured",
            str(each.parity or ("is the model itself" if each.engine == CPU else "not compared")),
        )
        for each in bench.starts
    )
    return heads, rows


def notes(bench: Bench) -> list[str]:
    """What the tables were measured against, and what is not in them."""
    peaks = ", ".join(f"{peak:.0f} GFLOP/s on {count} threads" for count, peak in sorted(bench.peak_gflops.items()))
    said = [
        f"{bench.model}: {bench.gflop_per_picture:.2f} GFLOP a picture (convolutions and matrix products).",
        f"GEMM peak, float32, measured in the same run: {peaks}.",
    ]
    return said + [f"Left out: {engine}: {why}." for engine, why in bench.left_out.items()]


def markdown(bench: Bench) -> str:
    """The whole bench as Markdown."""
    parts = [_markdown(timing_table(bench)), _markdown(start_table(bench)), "\n".join(f"- {n}" for n in notes(bench))]
    return "\n\n".join(parts) + "\n"


def _markdown(table: Table) -> str:
    heads, rows = table
    return "\n".join(map(_line, [heads, tuple("---" for _ in heads), *rows]))


def _line(cells: Sequence[str]) -> str:
    # A bar ends a cell, and figures are named |dp|.
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
