"""Upserts, or changes some of which come twice, into a whole changelog."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.difference import differs
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.functions.accumulators.touched import TouchedSlotFinder
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.group_table import open_table
from sqlstream.operators.last_rows import LastRows
from sqlstream.operators.time_to_live import TimeToLive
from sqlstream.plan.physical import ChangelogNormalize
from sqlstream.state.snapshot import OperatorSnapshot

_TABLE = "rows"


@implements(ChangelogNormalize)
class ChangelogNormalizeOperator(Operator):
    """State: the last row of each key that is there.

    A row that says nothing new is dropped, unless state expires (then it keeps what is below alive); a deletion of
    what is not there is dropped as well. -U rows are not looked at.
    """

    def __init__(self, node: ChangelogNormalize) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._on_close = ExitStack()

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        key_types = [self._schema.field(key).type for key in self._node.keys]
        self._last = LastRows(self._schema)
        self._life = TimeToLive(self._last, self._node.state_ttl, context)
        self._table = open_table(_TABLE, key_types, self._life.kept, context)
        self._touched = TouchedSlotFinder()
        self._on_close.callback(self._table.close)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        if batch.kinds is not None:
            batch = batch.filter(batch.kinds != RowKind.UPDATE_BEFORE)
        if batch.num_rows:
            yield from self._changes(batch)
            self._table.settle()

    def next_timer(self) -> int | None:
        return self._life.next_timer()

    def on_timer(self, now: int) -> Iterable[Output]:
        self._life.sweep(self._table, now)
        return ()

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(self._table.snapshot())

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._table.restore(snapshots, self.context.key_groups)

    def close(self) -> None:
        self._on_close.close()

    def _changes(self, batch: Batch) -> Iterable[Output]:
        slots = self._table.upsert([batch.column(key) for key in self._node.keys], batch.num_rows)
        self._life.touch(slots)
        touched = self._touched.find(slots, self._table.index.slots_used)
        adds = batch.signs() > 0
        stored = self._last.get(touched.distinct)
        in_batch = touched.previous >= 0
        known = np.where(in_batch, adds[touched.previous], self._last.has(touched.distinct)[touched.group])
        before = pa.array(np.where(in_batch, len(touched.distinct) + touched.previous, touched.group))
        was = [pa.concat_arrays([old, new]).take(before) for old, new in zip(stored, batch.data.columns, strict=True)]
        new = np.full(batch.num_rows, self._node.state_ttl > 0)
        for old, now in zip(was, batch.data.columns, strict=True):
            new |= differs(old, now)
        updates = known & adds & new
        takes_back = (known & ~adds) | (updates & self._node.update_before)
        gives = adds & (~known | new)
        self._keep(batch, touched.distinct, touched.group, adds)
        rows = np.flatnonzero(np.column_stack((takes_back, gives)))
        if not len(rows):
            return
        kinds = np.column_stack(
            (
                np.where(adds, RowKind.UPDATE_BEFORE, RowKind.DELETE),
                np.where(known, RowKind.UPDATE_AFTER, RowKind.INSERT),
            )
        ).reshape(-1)[rows]
        source = pa.array(rows // 2 + (rows % 2) * batch.num_rows)
        columns = [pa.concat_arrays([old, now]).take(source) for old, now in zip(was, batch.data.columns, strict=True)]
        yield Batch(build_record_batch(columns, self._schema, len(rows)), kinds.astype(np.int8))

    def _keep(
        self,
        batch: Batch,
        slots: Int64s,
        group: Int64s,
        adds: Mask,
    ) -> None:
        """The last row of each key in the batch is its last row from now on."""
        last = np.empty(len(slots), np.int64)
        last[group] = np.arange(batch.num_rows)
        stays = adds[last]
        if stays.any():
            self._last.put(slots[stays], batch.data.take(pa.array(last[stays])).columns)
            self._table.changed(slots[stays])
        if not stays.all():
            self._table.remove(slots[~stays])
