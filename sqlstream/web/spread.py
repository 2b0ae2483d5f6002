"""One figure over several subtasks, jobs or TaskManagers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

from sqlstream.runtime.jobmanager.checkpoint_statistics import quantile
from sqlstream.web.shapes.vertices import Spread


def _skew(values: Sequence[float]) -> float:
    """The average distance from the average, in percent of it: 0 is even, 100 is as bad as it gets."""
    average = fmean(values)
    if average == 0:
        return 0.0
    return min(100.0, 100 * fmean(abs(value - average) for value in values) / abs(average))


AGGREGATIONS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "min": min,
    "max": max,
    "avg": fmean,
    "sum": sum,
    "skew": _skew,
}
"""By the names they have in Flink's REST API; each is of at least one value."""


def spread(values: Sequence[int]) -> Spread:
    """Of at least one value."""
    ordered = sorted(values)
    return {
        "min": ordered[0],
        "max": ordered[-1],
        "avg": sum(ordered) // len(ordered),
        "sum": sum(ordered),
        "median": int(quantile(ordered, 0.5)),
        "p25": int(quantile(ordered, 0.25)),
        "p75": int(quantile(ordered, 0.75)),
        "p95": int(quantile(ordered, 0.95)),
    }
