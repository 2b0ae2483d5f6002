"""ORDER BY over bounded input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.sort_order import SortColumn, sorted_rows
from sqlstream.config.options import BATCH_SIZE
from sqlstream.errors import PlanError
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.plan.physical import Sort
from sqlstream.state.row_snapshot import restored_rows, seal_rows
from sqlstream.state.snapshot import OperatorSnapshot, StateChunk

_TABLE = "rows"
_MIN_ROWS_TO_PRUNE = 65_536


@implements(Sort)
class SortOperator(Operator):
    """Holds all rows and emits them in order at the end; equal ones in the order they came.

    With ``fetch``, rows that can no longer be among the first are dropped on the way, so the state stays small.
    """

    def __init__(self, node: Sort) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._needed = None if node.fetch is None else node.offset + node.fetch
        self._prune_at = None if self._needed is None else max(_MIN_ROWS_TO_PRUNE, 4 * self._needed)
        self._chunks: list[pa.RecordBatch] = []
        self._sealed: list[StateChunk] = []
        self._num_rows = 0
        for key in node.keys:
            if pa.types.is_nested(self._schema.field(key.column).type):
                field = node.schema[key.column]
                raise PlanError(f"Cannot order by '{field.name}' of type {field.type.summary}.")

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._batch_size = context.configuration.option(BATCH_SIZE)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        self._hold(batch.data)
        if self._prune_at is not None and self._num_rows > self._prune_at:
            first = self._in_order()
            self._chunks, self._sealed, self._num_rows = [], [], 0
            self._hold(first)
        return ()

    def finish(self) -> Iterable[Output]:
        if not self._num_rows:
            return
        ordered = self._in_order().slice(self._node.offset)
        for start in range(0, ordered.num_rows, self._batch_size):
            yield Batch(ordered.slice(start, self._batch_size))

    def snapshot(self) -> OperatorSnapshot:
        self._sealed.extend(seal_rows(data, _TABLE) for data in self._chunks[len(self._sealed) :])
        return OperatorSnapshot(keyed=tuple(self._sealed))

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        for chunk, data in restored_rows(snapshots, _TABLE, self.context.key_groups):
            self._hold(data)
            self._sealed.append(chunk)

    def _hold(self, data: pa.RecordBatch) -> None:
        self._chunks.append(data)
        self._num_rows += data.num_rows

    def _in_order(self) -> pa.RecordBatch:
        """The rows held, sorted; only as many as can be needed."""
        data = pa.concat_batches(self._chunks)
        columns = [SortColumn(data.column(key.column), key.descending, key.nulls_last) for key in self._node.keys]
        return data.take(pa.array(sorted_rows(columns, data.num_rows)[: self._needed]))
