"""The first or the last row of each key by time, over rows that are only added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import MIN_TIMESTAMP, Output, Watermark
from sqlstream.columnar.event_time import event_times
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.config.options import BATCH_SIZE
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.functions.accumulators.touched import TouchedSlotFinder
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.group_table import open_table
from sqlstream.operators.rank import rank_operator
from sqlstream.plan.physical import Deduplicate, Rank, Ranking, RankStrategy, RankType, SortKey
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.state.time_buffer import TimeBuffer
from sqlstream.types.arrow import to_arrow
from sqlstream.types.schema import TimeAttribute

_WATERMARK = "watermark"
_SEEN = 1


class _KnownKeys(Operator):
    """State: the keys whose row has been emitted."""

    def __init__(self, node: Deduplicate) -> None:
        self._node = node

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node = self._node
        self._seen = SlotArrays(np.int8)
        key_types = [to_arrow(node.schema[key].type) for key in node.keys]
        self._table = open_table("emitted", key_types, self._seen, context)
        self._finder = TouchedSlotFinder()

    def close(self) -> None:
        self._table.close()

    def _first_rows(self, batch: Batch) -> Batch | None:
        """The first row of each key that is not known, which it is from now on; None if there is none."""
        slots = self._slots(batch)
        touched = self._finder.find(slots, self._table.index.slots_used)
        rows = np.flatnonzero((touched.previous < 0) & (self._seen[0][slots] == 0))
        self._seen[0][slots[rows]] = _SEEN
        self._table.changed(slots[rows])
        self._table.settle()
        if not len(rows):
            return None
        return batch if len(rows) == batch.num_rows else batch.take(rows)

    def _slots(self, batch: Batch) -> Int64s:
        return self._table.upsert([batch.column(key) for key in self._node.keys], batch.num_rows)


class FirstByArrivalOperator(_KnownKeys):
    """The first row of each key to come."""

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        first = self._first_rows(batch)
        if first is not None:
            yield first

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(self._table.snapshot())

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._table.restore(snapshots, self.context.key_groups)


class FirstByEventTimeOperator(_KnownKeys):
    """The first row of each key by event time, emitted once no earlier one can come: rows wait for the watermark.

    Rows that are behind it are late: dropped and counted in ``numLateRecordsDropped``.
    """

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._waiting = TimeBuffer(self._node.schema.to_arrow(), self._node.keys, "waiting")
        self._late = context.metrics.counter("numLateRecordsDropped")
        self._batch_size = context.configuration.option(BATCH_SIZE)
        self._watermark = MIN_TIMESTAMP

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        times = event_times(batch.column(self._node.time))
        late = times < self._watermark
        if late.any():
            self._late.inc(int(np.count_nonzero(late)))
            batch, times = batch.filter(~late), times[~late]
        if batch.num_rows:
            rows = self._earliest(batch, times)
            if len(rows):
                self._waiting.append(batch.take(rows), times[rows])
        return ()

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        self._watermark = max(self._watermark, timestamp)
        due = self._waiting.take(timestamp)
        if due is not None:
            yield from self._emit(due)
        yield Watermark(timestamp)

    def snapshot(self) -> OperatorSnapshot:
        waiting = self._waiting.snapshot(self.context.max_parallelism)
        return OperatorSnapshot((*self._table.snapshot(), *waiting), {_WATERMARK: self._watermark})

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._watermark = min((snapshot.values[_WATERMARK] for snapshot in snapshots), default=MIN_TIMESTAMP)
        self._table.restore(snapshots, self.context.key_groups)
        self._waiting.restore([chunk for snapshot in snapshots for chunk in snapshot.keyed], self.context.key_groups)

    def _emit(self, due: Batch) -> Iterator[Batch]:
        first = self._first_rows(due)
        if first is not None:
            for start in range(0, first.num_rows, self._batch_size):
                yield first.slice(start, self._batch_size)

    def _earliest(self, batch: Batch, times: Int64s) -> Int64s:
        """The first row by time of each key in ``batch``; more than one of a key need not wait."""
        keys = [batch.column(key) for key in self._node.keys]
        return first_by_key(keys, times)


def first_by_key(keys: Sequence[pa.Array], times: Int64s) -> Int64s:
    """For each distinct key the row with the least time, the first of those; ascending."""
    index = KeyIndex([key.type for key in keys])
    order = np.argsort(times, kind="stable")
    slots = index.upsert(keys, len(times))[order]
    _, first = np.unique(slots, return_index=True)
    rows: Int64s = np.sort(order[first])
    return rows


@implements(Deduplicate)
def build_deduplicate(node: Deduplicate) -> Operator:
    """The operator for the kind of time and the row that is kept."""
    if node.inserts_only:
        by_arrival = node.schema[node.time].time is TimeAttribute.PROCTIME
        return FirstByArrivalOperator(node) if by_arrival else FirstByEventTimeOperator(node)
    # On a tie the last one to come is the last row.
    ranking = Ranking(RankType.ROW_NUMBER, 1, 1, node.keys, (SortKey(node.time, node.keep_last),))
    rank = Rank(ranking, RankStrategy.APPEND_FAST, (), False, node.update_before, node.schema, node.schema)
    return rank_operator(rank, newest=node.keep_last)
