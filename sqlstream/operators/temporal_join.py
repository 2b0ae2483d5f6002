"""Join with the version of a row that was valid at the other row's event time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.elements import MAX_TIMESTAMP, MIN_TIMESTAMP, Output, Watermark
from sqlstream.columnar.event_time import event_times
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.options import BATCH_SIZE
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.environment import environment_of
from sqlstream.operators.group_table import open_table
from sqlstream.operators.versions import CurrentVersions, NewVersions
from sqlstream.plan.evaluate import compile_expression
from sqlstream.plan.physical import JoinKind, TemporalJoin
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.state.time_buffer import TimeBuffer

LEFT, RIGHT = 0, 1


@implements(TemporalJoin)
class TemporalJoinOperator(Operator):
    """Rows of both sides wait for the watermark to reach their time; then each left row meets, of the versions of its
    key, the last one that is not after it.

    State: rows that wait, and for each key the last version that the watermark has passed, be it a deletion: a version
    before it that comes late must not bring the row back. A right row replaces one of the same key and time. Left rows
    that come late still meet what is kept. -U rows of the right side say nothing: the next version does.
    """

    def __init__(self, node: TemporalJoin) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._right = node.right.to_arrow()
        self._on_close = ExitStack()

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node = self._node
        self._waiting = (
            TimeBuffer(node.left.to_arrow(), node.left_keys, "left"),
            TimeBuffer(self._right, node.right_keys, "right"),
        )
        self._current = CurrentVersions(self._right.types)
        key_types = [self._right.field(key).type for key in node.right_keys]
        self._table = open_table("versions", key_types, self._current, context)
        self._on_close.callback(self._table.close)
        self._condition = None if node.condition is None else compile_expression(node.condition)
        self._environment = environment_of(context)
        self._batch_size = context.configuration.option(BATCH_SIZE)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        if input == LEFT:
            kept, time = batch, self._node.left_time
        else:
            kept, time = self._versions_in(batch), self._node.right_time
        if kept.num_rows:
            self._waiting[input].append(kept, event_times(kept.column(time)))
        yield from ()

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        yield from self._join_until(timestamp)
        yield Watermark(timestamp)

    def finish(self) -> Iterable[Output]:
        """In batch mode no watermark has come."""
        yield from self._join_until(MAX_TIMESTAMP)

    def snapshot(self) -> OperatorSnapshot:
        waiting = [chunk for buffer in self._waiting for chunk in buffer.snapshot(self.context.max_parallelism)]
        return OperatorSnapshot(keyed=(*waiting, *self._table.snapshot()))

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        chunks = [chunk for snapshot in snapshots for chunk in snapshot.keyed]
        for buffer in self._waiting:
            buffer.restore(chunks, self.context.key_groups)
        self._table.restore(snapshots, self.context.key_groups)

    def close(self) -> None:
        self._on_close.close()

    def _versions_in(self, batch: Batch) -> Batch:
        """Without -U rows, and rows with a NULL in their key that NULL does not equal."""
        keys = [batch.column(key) for i, key in enumerate(self._node.right_keys) if i not in self._node.null_safe]
        masks = [pc.is_valid(key) for key in keys if key.null_count]
        if batch.kinds is not None and (batch.kinds == RowKind.UPDATE_BEFORE).any():
            masks.append(pa.array(batch.kinds != RowKind.UPDATE_BEFORE))
        return batch.filter(np.asarray(reduce(pc.and_, masks))) if masks else batch

    def _join_until(self, timestamp: int) -> Iterator[Output]:
        left = self._waiting[LEFT].take(timestamp, in_order_of_time=False)
        right = self._waiting[RIGHT].take(timestamp)
        if left is None and right is None:
            return
        inputs = [
            [batch.column(key) for key in keys]
            for batch, keys in ((right, self._node.right_keys), (left, self._node.left_keys))
            if batch is not None
        ]
        keys = [pa.concat_arrays(columns) for columns in zip(*inputs, strict=True)]
        slots, new = self._table.upsert_new(keys, len(keys[0]))
        count = 0 if right is None else right.num_rows
        versions = None
        if right is not None:
            versions = NewVersions(right, slots[:count], event_times(right.column(self._node.right_time)))
        if left is not None:
            yield from self._joined(left, slots[count:], versions)
        if versions is not None:
            self._table.changed(versions.apply_to(self._current))
        self._table.remove(new[self._current.times[new] == MIN_TIMESTAMP])
        self._table.settle()

    def _joined(self, left: Batch, slots: Int64s, versions: NewVersions | None) -> Iterator[Output]:
        times = event_times(left.column(self._node.left_time))
        rows, right = self._version_of_each(slots, times, versions)
        for start in range(0, left.num_rows, self._batch_size):
            part = left.slice(start, self._batch_size)
            joined = self._joined_part(part, rows[start : start + self._batch_size], right)
            if joined.num_rows:
                yield joined

    def _version_of_each(
        self, slots: Int64s, times: Int64s, versions: NewVersions | None
    ) -> tuple[Int64s, pa.RecordBatch]:
        """For each (slot, time) the number of a row in a batch of right rows, -1 where there is none."""
        current_times = self._current.times[slots]
        valid = (current_times <= times) & self._current.present[slots]
        used = np.unique(slots[valid])
        kept = pa.RecordBatch.from_arrays(self._current.rows.get(used), schema=self._right)
        rows = np.where(valid, np.searchsorted(used, slots), -1)
        if versions is None:
            return rows, kept
        new = versions.at(slots, times)
        newer = (new >= 0) & ((versions.times[new] >= current_times) | (current_times > times))
        from_new = np.where(versions.present[new], new + kept.num_rows, -1)
        return np.where(newer, from_new, rows), pa.concat_batches([kept, versions.data])

    def _joined_part(self, left: Batch, rows: Int64s, right: pa.RecordBatch) -> Batch:
        if self._condition is not None:
            matched = np.flatnonzero(rows >= 0)
            pairs = self._pairs(left.take(matched), rows[matched], right)
            holds = np.asarray(pc.fill_null(self._condition(pairs.data, self._environment()), False))
            rows = rows.copy()
            rows[matched[~holds]] = -1
        if self._node.kind is JoinKind.INNER and (rows < 0).any():
            left, rows = left.filter(rows >= 0), rows[rows >= 0]
        return self._pairs(left, rows, right)

    def _pairs(self, left: Batch, rows: Int64s, right: pa.RecordBatch) -> Batch:
        partners = right.take(pa.array(rows, mask=rows < 0))
        columns = [*left.data.columns, *partners.columns]
        return left.with_data(build_record_batch(columns, self._schema, left.num_rows))
