"""GROUP BY over bounded input: each group once, at the end, in the order in which the groups first appeared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.options import BATCH_SIZE
from sqlstream.operators.aggregate_calls import AggregateCalls
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.plan.physical import HashAggregate
from sqlstream.state.keyed_table import KeyedTable
from sqlstream.state.snapshot import OperatorSnapshot
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
        self._index = KeyIndex([to_arrow(node.input[key].type) for key in node.keys])
        self._calls = AggregateCalls(node.aggregates, node.input, retracting=False)
        self._table = KeyedTable("groups", self._index, context.max_parallelism)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        slots = self._index.upsert([batch.column(key) for key in self._node.keys], batch.num_rows)
        self._calls.reserve(self._index.slots_used)
        self._calls.update(batch, slots, batch.signs())
        self._table.changed(slots)
        return ()

    def finish(self) -> Iterable[Output]:
        if not self._node.keys:
            self._index.upsert([], 1)
            self._calls.reserve(self._index.slots_used)
        size = self.context.configuration.option(BATCH_SIZE)
        for first in range(0, self._index.size, size):
            slots = np.arange(first, min(first + size, self._index.size))
            columns = [*self._index.keys(slots), *self._calls.values(slots)]
            yield Batch(build_record_batch(columns, self._schema, len(slots)))

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(self._table.snapshot(self._calls.snapshot))

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._table.replay(snapshots, self.context.key_groups, self._forget, self._calls.restore)

    def _forget(self, slots: Int64s) -> None:
        self._calls.reserve(self._index.slots_used)
        self._calls.reset(slots)
