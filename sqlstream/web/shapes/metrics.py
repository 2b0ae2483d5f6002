"""Metrics: their names, their values as text, or figures over several of them."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class Metric(TypedDict):
    """``value`` is there when metrics were asked for by name."""

    id: str
    value: NotRequired[str]


class AggregatedMetric(TypedDict):
    """``skew`` is how far the values are from their average, in percent of it."""

    id: str
    min: NotRequired[float]
    max: NotRequired[float]
    avg: NotRequired[float]
    sum: NotRequired[float]
    skew: NotRequired[float]
