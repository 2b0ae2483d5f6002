"""ORDER BY time over a stream: rows are emitted in order once their time has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import MIN_TIMESTAMP, Output, Watermark
from sqlstream.columnar.event_time import event_times
from sqlstream.columnar.sort_order import SortColumn, sorted_rows
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.plan.physical import SortKey, TemporalSort
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.state.time_buffer import TimeBuffer

_LATEST = "latest"


@implements(TemporalSort)
class TemporalSortOperator(Operator):
    """State: the rows that wait for the watermark. A row is late when a row of its time or later has been emitted.

    With processing time, rows that come together are put in the order of the other keys.
    """

    def __init__(self, node: TemporalSort) -> None:
        self._node = node
        self._latest = MIN_TIMESTAMP

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._waiting = TimeBuffer(self._node.schema.to_arrow(), (), "waiting")
        self._late = context.metrics.counter("numLateRecordsDropped")

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        if self._node.proctime:
            yield self._in_order(batch, self._node.keys)
            return
        times = event_times(batch.column(self._node.time))
        in_time = times > self._latest
        if not in_time.all():
            self._late.inc(int((~in_time).sum()))
            batch, times = batch.filter(in_time), times[in_time]
        self._waiting.append(batch, times)

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        due = self._waiting.take(timestamp)
        if due is not None:
            times = event_times(due.column(self._node.time))
            self._latest = int(times[-1])
            keys = (SortKey(self._node.time), *self._node.keys)
            yield self._in_order(due, keys) if self._node.keys else due
        yield Watermark(timestamp)

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(tuple(self._waiting.snapshot(self.context.max_parallelism)), {_LATEST: self._latest})

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._latest = max((snapshot.values[_LATEST] for snapshot in snapshots), default=MIN_TIMESTAMP)
        chunks = [chunk for snapshot in snapshots for chunk in snapshot.keyed]
        self._waiting.restore(chunks, self.context.key_groups)

    def _in_order(self, batch: Batch, keys: Sequence[SortKey]) -> Batch:
        columns = [SortColumn(batch.column(key.column), key.descending, key.nulls_last) for key in keys]
        return batch.take(sorted_rows(columns, batch.num_rows)) if columns else batch
