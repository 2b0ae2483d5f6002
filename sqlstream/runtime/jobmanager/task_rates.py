"""How fast a task goes: rates over the last few seconds, from the counters that its heartbeats carry."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from sqlstream.runtime.deployment import TaskMetrics

_WINDOW = 5_000
"""ms that a rate looks back, as Flink's do."""
_SPACING = 200
"""ms between the counters that are kept."""


@dataclass(frozen=True)
class TaskRates:
    """Per second: records, bytes, and ms of each activity, which add up to 1000."""

    records_in: float = 0.0
    records_out: float = 0.0
    bytes_in: float = 0.0
    bytes_out: float = 0.0
    busy_ms: float = 0.0
    idle_ms: float = 0.0
    backpressured_ms: float = 0.0


class RateMeter:
    """Times are in ms."""

    def __init__(self) -> None:
        self._samples: deque[tuple[int, TaskMetrics]] = deque()

    def add(self, metrics: TaskMetrics, now: int) -> None:
        if len(self._samples) > 1 and now - self._samples[-2][0] < _SPACING:
            self._samples.pop()
        self._samples.append((now, metrics))
        while len(self._samples) > 2 and self._samples[1][0] <= now - _WINDOW:
            self._samples.popleft()

    def rates(self) -> TaskRates:
        """Zero until there are two different times to compare."""
        if len(self._samples) < 2:
            return TaskRates()
        (began, before), (ended, after) = self._samples[0], self._samples[-1]
        seconds = (ended - began) / 1000
        if seconds <= 0:
            return TaskRates()
        return TaskRates(
            records_in=(after.records_in - before.records_in) / seconds,
            records_out=(after.records_out - before.records_out) / seconds,
            bytes_in=(after.bytes_in - before.bytes_in) / seconds,
            bytes_out=(after.bytes_out - before.bytes_out) / seconds,
            busy_ms=(after.busy_ms - before.busy_ms) / seconds,
            idle_ms=(after.idle_ms - before.idle_ms) / seconds,
            backpressured_ms=(after.backpressured_ms - before.backpressured_ms) / seconds,
        )
