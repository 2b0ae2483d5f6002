"""Metrics in the JSON shapes of Flink's REST API (v1): the names of all there are, or the values of those asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlstream.web.metric_values import Value
from sqlstream.web.shapes.metrics import AggregatedMetric, Metric
from sqlstream.web.spread import AGGREGATIONS


def metrics(values: Mapping[str, Value], get: str | None) -> list[Metric]:
    """``get`` has names separated by commas; what there is none of is left out."""
    if get is None:
        return [{"id": name} for name in values]
    return [{"id": name, "value": str(values[name])} for name in get.split(",") if name in values]


def aggregated(rows: Sequence[Mapping[str, float]], get: str | None, modes: Sequence[str]) -> list[AggregatedMetric]:
    """Each metric over all ``rows`` that have it."""
    if get is None:
        return [{"id": name} for name in dict.fromkeys(name for row in rows for name in row)]
    found = ((name, [row[name] for row in rows if name in row]) for name in get.split(","))
    return [_aggregated(name, values, modes) for name, values in found if values]


def _aggregated(name: str, values: Sequence[float], modes: Sequence[str]) -> AggregatedMetric:
    metric: AggregatedMetric = {"id": name}
    figures = {mode: float(AGGREGATIONS[mode](values)) for mode in modes}
    metric.update(figures)  # type: ignore[typeddict-item]
    return metric
