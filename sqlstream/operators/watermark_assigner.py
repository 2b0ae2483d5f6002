"""Watermarks from event time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from sqlstream.columnar.batch import Batch, Rows
from sqlstream.columnar.elements import MAX_TIMESTAMP, MIN_TIMESTAMP, Output, Watermark, WatermarkStatus
from sqlstream.columnar.event_time import event_times
from sqlstream.config.options import IDLE_TIMEOUT
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.environment import clock_of, environment_of
from sqlstream.plan.evaluate import compile_expression
from sqlstream.plan.physical import WatermarkAssigner
from sqlstream.state.snapshot import OperatorSnapshot

_WATERMARK = "watermark"
_IDLE = "idle"


@implements(WatermarkAssigner)
class WatermarkAssignerOperator(Operator):
    """Emits the highest value of the watermark expression so far, as if after every row.

    Only a row at or behind the watermark can tell whether it was emitted before it, so a batch is cut just before
    such rows: which rows are late does not depend on how the input is cut into batches. Flink emits it when it has
    risen by ``pipeline.auto-watermark-interval`` (200 ms). Watermarks from upstream are swallowed, except the last
    one. NULL watermark values are ignored.
    """

    def __init__(self, node: WatermarkAssigner) -> None:
        self._node = node
        self._highest = MIN_TIMESTAMP
        self._idle = False
        self._idle_at: int | None = None
        self._restored = False

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._watermark_of = compile_expression(self._node.expression)
        self._environment = environment_of(context)
        self._idle_timeout = context.configuration.option(IDLE_TIMEOUT)
        self._clock = clock_of(context)
        self._postpone_idleness()

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        row_times = event_times(batch.column(self._node.rowtime))
        yield from self._repeat_restored()
        if self._idle:
            self._idle = False
            yield WatermarkStatus(idle=False)
        self._postpone_idleness()
        watermarks = self._watermarks_around(batch)
        start = 0
        for row in _first_rows_behind(row_times, watermarks[:-1], self._highest):
            if row > start:
                yield batch.slice(start, row - start)
            yield from self._advance(int(watermarks[row]))
            start = row
        yield batch.slice(start, batch.num_rows - start) if start else batch
        yield from self._advance(int(watermarks[-1]))

    def _watermarks_around(self, batch: Batch) -> Rows:
        """The watermark before each row, and after the last: one more than there are rows."""
        values = self._watermark_of(batch.data, self._environment())
        own = np.full(batch.num_rows, MIN_TIMESTAMP, dtype=np.int64)
        valid = values.is_valid().to_numpy(zero_copy_only=False)
        own[valid] = event_times(values.drop_null())
        if self._node.step:
            own[valid] = _rounded(own[valid], self._node.step, self._node.offset)
        return np.maximum.accumulate(np.concatenate(([self._highest], own)))

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        if timestamp == MAX_TIMESTAMP:
            self._idle_at = None
            yield from self._advance(timestamp)

    def next_timer(self) -> int | None:
        return 0 if self._restored else self._idle_at

    def on_timer(self, now: int) -> Iterable[Output]:
        yield from self._repeat_restored()
        if self._idle_at is not None and now >= self._idle_at:
            self._idle, self._idle_at = True, None
            yield WatermarkStatus(idle=True)

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(values={_WATERMARK: self._highest, _IDLE: self._idle})

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        """At another parallelism this subtask may read the rows of any earlier one that had some: no row may become
        late by that."""
        if not snapshots:
            return
        active = [snapshot.values[_WATERMARK] for snapshot in snapshots if not snapshot.values[_IDLE]]
        self._highest = min(active) if active else max(snapshot.values[_WATERMARK] for snapshot in snapshots)
        if not active:
            self._idle, self._idle_at = True, None
        self._restored = True

    def _repeat_restored(self) -> Iterable[Output]:
        """Those downstream knew it before the restart."""
        if self._restored:
            self._restored = False
            if self._highest > MIN_TIMESTAMP:
                yield Watermark(self._highest)
            if self._idle:
                yield WatermarkStatus(idle=True)

    def _advance(self, timestamp: int) -> Iterable[Output]:
        if timestamp > self._highest:
            self._highest = timestamp
            yield Watermark(timestamp)

    def _postpone_idleness(self) -> None:
        if self._idle_timeout:
            self._idle_at = self._clock() + self._idle_timeout


def _rounded(watermarks: Rows, step: int, offset: int) -> Rows:
    """Each at or before it, the last millisecond before a whole number of steps."""
    following = watermarks + 1
    rounded: Rows = watermarks - (following - offset) % step
    return rounded


def _first_rows_behind(row_times: Rows, watermarks: Rows, emitted: int) -> list[int]:
    """Rows at or behind the watermark before them, the first for each watermark above ``emitted``; in order."""
    behind = np.flatnonzero((row_times <= watermarks) & (watermarks > emitted))
    _, first = np.unique(watermarks[behind], return_index=True)
    return [int(row) for row in behind[first]]
