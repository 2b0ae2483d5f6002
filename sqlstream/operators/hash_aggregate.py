"""GROUP BY over bounded input: each group once, at the end, in the order in which the groups first appeared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.options import BATCH_SIZE
from sqlstream.operators.aggregate_calls import AggregateCalls
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.plan.physical import HashAggregate
from sqlstream.state.memory_table import MemoryTable
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.state.table_rows import TableRows
from sqlstream.types.arrow import to_arrow


@implements(HashAggregate)
class HashAggregateOperator(Operator):
    """State: the accumulators of every group. Without keys there is one group, even of no rows."""

    def __init__(self, node: HashAggregate) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node = self._node
        key_types = [to_arrow(field.type) for field in node.schema.fields[: len(node.keys)]]
        self._calls = AggregateCalls(node.aggregates, node.input, retracting=False)
        self._table = MemoryTable("groups", TableRows.of(key_types, self._calls, context.max_parallelism), self._calls)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        keys = self._node.keys
        slots = self._table.upsert([batch.column(key) for key in keys], batch.num_rows)
        if self._node.merging:
            self._calls.merge_columns(slots, batch.data.columns[len(keys) + 1 :], self._table.index.slots_used)
        else:
            self._calls.update(batch, slots, batch.signs())
        self._table.changed(slots)
        return ()

    def finish(self) -> Iterable[Output]:
        if not self._node.keys:
            self._table.upsert([], 1)
        size = self.context.configuration.option(BATCH_SIZE)
        index = self._table.index
        for first in range(0, index.size, size):
            slots = np.arange(first, min(first + size, index.size))
            columns = [*index.keys(slots), *self._calls.values(slots)]
            yield Batch(build_record_batch(columns, self._schema, len(slots)))

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(self._table.snapshot())

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._table.restore(snapshots, self.context.key_groups)
