"""The first of two phases of GROUP BY: the groups of one batch, so that fewer rows travel."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.operators.aggregate_calls import AggregateCalls
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.plan.physical import LocalAggregate
from sqlstream.types.arrow import to_arrow


@implements(LocalAggregate)
class LocalAggregateOperator(Operator):
    """Keeps nothing between batches: there is nothing to snapshot, and no row waits."""

    def __init__(self, node: LocalAggregate) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._key_types = [to_arrow(node.input[key].type) for key in node.keys]

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._calls = AggregateCalls(self._node.aggregates, self._node.input, retracting=False)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        index = KeyIndex(self._key_types)
        slots = index.upsert([batch.column(key) for key in self._node.keys], batch.num_rows)
        groups = np.arange(index.slots_used)
        self._calls.reserve(len(groups))
        self._calls.update(batch, slots, batch.signs())
        rows = pa.array(np.bincount(slots, minlength=len(groups)))
        columns = [*index.keys(groups), rows, *self._calls.snapshot(groups)]
        self._calls.reset(groups)
        yield Batch(build_record_batch(columns, self._schema, len(groups)))
