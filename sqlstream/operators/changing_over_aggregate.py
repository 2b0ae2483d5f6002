"""OVER windows over rows that come in any order and may be taken back: values change as other rows come and go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream.columnar.batch import Batch, Kinds, RowKind
from sqlstream.columnar.difference import differs
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.options import BATCH_SIZE
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.over_evaluation import over_values
from sqlstream.operators.over_rows import partition_numbers
from sqlstream.plan.physical import ChangingOverAggregate
from sqlstream.state.row_store import RowStore
from sqlstream.state.snapshot import OperatorSnapshot

_TABLE = "rows"
_NO_ROWS = np.zeros(0, np.int64)


@implements(ChangingOverAggregate)
class ChangingOverAggregateOperator(Operator):
    """State: all rows. Each batch evaluates the partitions it touches before and after it, and emits what differs."""

    def __init__(self, node: ChangingOverAggregate) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._store: RowStore | None = None

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        space = None if context.managed_state is None else context.managed_state.open()
        self._store = RowStore(self._node.input.to_arrow(), self._node.partition, _TABLE, space)
        self._batch_size = context.configuration.option(BATCH_SIZE)

    @property
    def _rows(self) -> RowStore:
        assert self._store is not None
        return self._store

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        keys = self._touched_keys(batch.data)
        before = self._partitions(keys)
        self._apply(batch)
        after = self._partitions(keys)
        was, now = self._evaluated(before), self._evaluated(after)
        kept_before, kept_after = np.isin(before, after), np.isin(after, before)
        changed = np.zeros(int(kept_before.sum()), np.bool_)
        for old, new in zip(was, now, strict=True):
            changed |= differs(old.filter(pa.array(kept_before)), new.filter(pa.array(kept_after)))
        yield from self._emit(before[~kept_before], [column.filter(pa.array(~kept_before)) for column in was],
                              RowKind.DELETE)  # fmt: skip
        yield from self._updates(
            before[kept_before][changed],
            [column.filter(pa.array(kept_before)).filter(pa.array(changed)) for column in was],
            [column.filter(pa.array(kept_after)).filter(pa.array(changed)) for column in now],
        )
        yield from self._emit(after[~kept_after], [column.filter(pa.array(~kept_after)) for column in now],
                              RowKind.INSERT)  # fmt: skip
        self._rows.compact()

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(tuple(self._rows.snapshot(self.context.max_parallelism)))

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        chunks = [chunk for snapshot in snapshots for chunk in snapshot.keyed]
        self._rows.restore(chunks, self.context.key_groups)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def _apply(self, batch: Batch) -> None:
        """What the batch adds, then what it takes away: the oldest equal rows go first either way."""
        added: Mask = batch.signs() > 0
        if added.any():
            self._rows.append(batch.data if added.all() else batch.filter(added).data)
        if not added.all():
            self._rows.remove(batch.filter(~added).data)

    def _touched_keys(self, data: pa.RecordBatch) -> list[pa.Array]:
        _, first = np.unique(partition_numbers(data, self._node.partition), return_index=True)
        return [data.column(key).take(pa.array(first)) for key in self._node.partition]

    def _partitions(self, keys: list[pa.Array]) -> Int64s:
        """The numbers of all rows that have one of ``keys``, ascending: in the order they came."""
        count = len(keys[0]) if keys else 1
        found = [rows for _, rows in self._rows.matches(keys, count, self._batch_size)]
        return np.sort(np.concatenate(found)) if found else _NO_ROWS

    def _evaluated(self, numbers: Int64s) -> list[pa.Array]:
        """The values of the calls for whole partitions of rows, in the order of ``numbers``."""
        node = self._node
        data = self._rows.gather(numbers)
        if not len(numbers):
            return [pa.array([], self._schema.field(call.name).type) for call in node.window.calls]
        order, values = over_values(data, node.partition, node.order, [node.window], node.input)
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        return [column.take(pa.array(place)) for column in values]

    def _updates(self, numbers: Int64s, old: list[pa.Array], new: list[pa.Array]) -> Iterable[Batch]:
        if not self._node.update_before:
            yield from self._emit(numbers, new, RowKind.UPDATE_AFTER)
            return
        count = len(numbers)
        pairs = pa.array(np.column_stack((np.arange(count), np.arange(count) + count)).reshape(-1))
        values = [pa.concat_arrays(both).take(pairs) for both in zip(old, new, strict=True)]
        kinds = np.tile(np.array([RowKind.UPDATE_BEFORE, RowKind.UPDATE_AFTER], np.int8), count)
        yield from self._rows_with(np.repeat(numbers, 2), values, kinds)

    def _emit(self, numbers: Int64s, values: list[pa.Array], kind: RowKind) -> Iterable[Batch]:
        yield from self._rows_with(numbers, values, np.full(len(numbers), kind, np.int8))

    def _rows_with(self, numbers: Int64s, values: list[pa.Array], kinds: Kinds) -> Iterable[Batch]:
        for start in range(0, len(numbers), self._batch_size):
            rows = self._rows.gather(numbers[start : start + self._batch_size])
            columns = [*rows.columns, *(column.slice(start, self._batch_size) for column in values)]
            data = build_record_batch(columns, self._schema, rows.num_rows)
            yield Batch(data, kinds[start : start + self._batch_size])
