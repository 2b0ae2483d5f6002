"""OVER windows in the order of time: each row is emitted once, when its time has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import MIN_TIMESTAMP, Output, Watermark
from sqlstream.columnar.event_time import event_times
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.environment import clock_of
from sqlstream.operators.over_recent_rows import RecentRows
from sqlstream.operators.over_running_values import RunningValues
from sqlstream.plan.physical import OverAggregate, OverWindow
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.state.time_buffer import TimeBuffer

_TIME = "time"


@implements(OverAggregate)
class OverAggregateOperator(Operator):
    """State: rows that wait for the watermark; for each key what its calls have accumulated, where frames begin with
    the partition, and the rows that later frames reach, where they do not.

    Where frames begin with the partition, rows at or behind the watermark are late. Where they do not, only those that
    are no later than the last row emitted of their key are, and those farther behind the watermark than a RANGE frame
    is long, since the rows around them may be gone.
    """

    def __init__(self, node: OverAggregate) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._on_close = ExitStack()
        whole = node.window.frame.start is None
        calls = node.window.calls
        self._recent_calls = tuple(call for call in calls if call.function == "LAG" or not whole)
        self._running_calls = tuple(call for call in calls if call not in self._recent_calls)
        self._drops_behind_watermark = whole

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node = self._node
        self._waiting = TimeBuffer(node.input.to_arrow(), node.partition, "waiting")
        self._recent: RecentRows | None = None
        self._running: RunningValues | None = None
        if self._recent_calls:
            window = OverWindow(node.window.frame, self._recent_calls)
            self._recent = RecentRows(node.partition, window, node.input, context)
            self._on_close.callback(self._recent.close)
        if self._running_calls:
            window = OverWindow(node.window.frame, self._running_calls)
            self._running = RunningValues(node.partition, window, node.input, context)
            self._on_close.callback(self._running.close)
        self._late = context.metrics.counter("numLateRecordsDropped")
        self._clock = clock_of(context)
        self._time = MIN_TIMESTAMP
        """The watermark, or the latest processing time."""

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        if self._node.proctime:
            self._time = max(self._time, self._clock())
            yield self._evaluated(batch, np.full(batch.num_rows, self._time))
            return
        times = event_times(batch.column(self._node.time))
        behind = np.flatnonzero(times <= self._time)
        if len(behind):
            late = behind[self._is_late(batch, times, behind)]
            self._late.inc(len(late))
            kept = np.ones(batch.num_rows, np.bool_)
            kept[late] = False
            batch, times = batch.filter(kept), times[kept]
        self._waiting.append(batch, times)

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        if self._node.proctime:
            yield Watermark(timestamp)
            return
        self._time = max(self._time, timestamp)
        due = self._waiting.take(timestamp)
        if due is not None:
            yield self._evaluated(due, event_times(due.column(self._node.time)))
        if self._recent is not None:
            self._recent.forget(self._time)
        yield Watermark(timestamp)

    def next_timer(self) -> int | None:
        if not self._node.proctime or self._recent is None:
            return None
        return self._recent.next_to_forget()

    def on_timer(self, now: int) -> Iterable[Output]:
        if self._recent is not None:
            self._recent.forget(now)
        return ()

    def snapshot(self) -> OperatorSnapshot:
        keyed = list(self._waiting.snapshot(self.context.max_parallelism))
        for part in (self._recent, self._running):
            if part is not None:
                keyed += part.snapshot()
        return OperatorSnapshot(tuple(keyed), {_TIME: self._time})

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._time = min((snapshot.values[_TIME] for snapshot in snapshots), default=MIN_TIMESTAMP)
        chunks = [chunk for snapshot in snapshots for chunk in snapshot.keyed]
        self._waiting.restore(chunks, self.context.key_groups)
        for part in (self._recent, self._running):
            if part is not None:
                part.restore(snapshots)

    def close(self) -> None:
        self._on_close.close()

    def _is_late(self, batch: Batch, times: Int64s, rows: Int64s) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Of ``rows`` at or behind the watermark."""
        if self._drops_behind_watermark or self._recent is None:
            return np.ones(len(rows), np.bool_)
        return self._recent.is_late(batch.take(rows).data, times[rows], self._time)

    def _evaluated(self, batch: Batch, times: Int64s) -> Batch:
        """``batch``, in the order of ``times``, with the values of the calls."""
        values: dict[str, pa.Array] = {}
        if self._recent is not None:
            values |= self._recent.evaluate(batch, times)
        if self._running is not None:
            # Rows of one processing time still come one after the other.
            values |= self._running.evaluate(batch, np.arange(len(times)) if self._node.proctime else times)
        columns = [*batch.data.columns, *(values[call.name] for call in self._node.window.calls)]
        return Batch(build_record_batch(columns, self._schema, batch.num_rows))
