"""Families of labelled numbers for Prometheus, in which what is not known is left out."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

Row = tuple[tuple[str, ...], float | None]


def gauge(name: str, help_text: str, labels: tuple[str, ...], rows: Iterable[Row]) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=labels)
    for values, number in rows:
        if number is not None:
            family.add_metric(values, number)
    return family


def counter(name: str, help_text: str, labels: tuple[str, ...], rows: Iterable[Row]) -> Metric:
    family = CounterMetricFamily(name, help_text, labels=labels)
    for values, number in rows:
        if number is not None:
            family.add_metric(values, number)
    return family
