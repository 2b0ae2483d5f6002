"""GROUP BY keys and the window that rows bring along: each window once, when the watermark passes its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import MAX_TIMESTAMP, MIN_TIMESTAMP, Output, Watermark
from sqlstream.columnar.event_time import event_times, from_local
from sqlstream.config.options import BATCH_SIZE
from sqlstream.config.time_zone import local_time_zone
from sqlstream.operators.aggregate_calls import AggregateCalls
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.group_state import GroupState
from sqlstream.operators.group_table import open_table
from sqlstream.operators.window_rows import window_rows
from sqlstream.plan.physical import AttachedWindowAggregate, WindowProperty
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.types.arrow import to_arrow

_WATERMARK = "watermark"
_ENDS = "ends"


@implements(AttachedWindowAggregate)
class AttachedWindowAggregateOperator(Operator):
    """State: for each key and open window, its number of rows and its accumulators, until it has been emitted."""

    def __init__(self, node: AttachedWindowAggregate) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._on_close = ExitStack()

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node = self._node
        key_types = [to_arrow(node.input[key].type) for key in node.keys]
        self._calls = AggregateCalls(node.aggregates, node.input, node.retracting)
        self._state = GroupState(self._calls)
        bounds = [pa.int64(), pa.int64()]
        self._table = open_table("windows", [*key_types, *bounds], self._state, context, len(node.keys))
        self._on_close.callback(self._table.close)
        self._time_zone = local_time_zone(context.configuration)
        self._portion = context.configuration.option(BATCH_SIZE)
        self._late = context.metrics.counter("numLateRecordsDropped")
        self._watermark = MIN_TIMESTAMP
        self._open_ends = np.zeros(0, np.int64)
        self._next_due = MAX_TIMESTAMP

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        node = self._node
        ends = event_times(batch.column(node.time_column))
        late = self._due_times(ends) <= self._watermark
        if late.any():
            self._late.inc(int(np.count_nonzero(late)))
            batch, ends = batch.filter(~late), ends[~late]
        if batch.num_rows:
            starts = event_times(batch.column(node.start_column))
            keys = [batch.column(key) for key in node.keys]
            slots, new = self._table.upsert_new([*keys, pa.array(starts), pa.array(ends)], batch.num_rows)
            self._state.add(batch, slots)
            self._table.changed(slots)
            self._schedule(np.unique(self._bound(new, 1)))
            self._table.settle()
        return ()

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        self._watermark = max(self._watermark, timestamp)
        if timestamp >= self._next_due:
            yield from self._fire(timestamp)
        yield Watermark(timestamp)

    def snapshot(self) -> OperatorSnapshot:
        values = {_WATERMARK: self._watermark, _ENDS: self._open_ends.tolist()}
        return OperatorSnapshot(self._table.snapshot(), values)

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._watermark = min((snapshot.values[_WATERMARK] for snapshot in snapshots), default=MIN_TIMESTAMP)
        self._table.restore(snapshots, self.context.key_groups)
        ends = {end for snapshot in snapshots for end in snapshot.values[_ENDS]}
        self._schedule(np.array(sorted(ends), np.int64))

    def close(self) -> None:
        self._on_close.close()

    def _bound(self, slots: Int64s, which: int) -> Int64s:
        """The start (0) or end (1) of the window of each of ``slots``."""
        return self._table.index.integers(len(self._node.keys) + which, slots)

    def _due_times(self, ends: Int64s) -> Int64s:
        """The watermark at which windows with these ends are emitted."""
        return from_local(ends - 1, self._time_zone) if self._node.instants else ends - 1

    def _schedule(self, ends: Int64s) -> None:
        self._open_ends = np.union1d(self._open_ends, ends)
        if len(self._open_ends):
            self._next_due = int(self._due_times(self._open_ends[:1])[0])

    def _fire(self, now: int) -> Iterator[Output]:
        is_due = self._due_times(self._open_ends) <= now
        for portion in self._table.portions(self._open_ends[is_due]):
            ends = self._bound(portion, 1)
            order = np.lexsort((self._bound(portion, 0), ends))
            for first in range(0, len(order), self._portion):
                yield from self._emit(portion[order[first : first + self._portion]])
            self._table.remove(portion)
        self._open_ends, self._next_due = self._open_ends[~is_due], MAX_TIMESTAMP
        self._schedule(np.zeros(0, np.int64))

    def _emit(self, slots: Int64s) -> Iterator[Output]:
        ends = self._bound(slots, 1)
        times = {WindowProperty.START: self._bound(slots, 0), WindowProperty.END: ends}
        if WindowProperty.TIME in self._node.properties:
            times[WindowProperty.TIME] = self._due_times(ends)
        keys = self._table.index.keys(slots)[:-2]
        data = window_rows(self._schema, keys, self._calls.values(slots), self._node.properties, times, len(slots))
        present = self._state.counts[slots] > 0
        if present.any():
            yield Batch(data) if present.all() else Batch(data).filter(present)
