"""The first of two phases of GROUP BY and window: the groups and slices of one batch, so that fewer rows travel."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.event_time import event_times, to_local
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.time_zone import local_time_zone
from sqlstream.operators.aggregate_calls import AggregateCalls
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.group_state import GroupState
from sqlstream.operators.window_slices import slices_of
from sqlstream.plan.physical import LocalWindowAggregate
from sqlstream.types.arrow import to_arrow
from sqlstream.types.logical import LocalZonedTimestampType


@implements(LocalWindowAggregate)
class LocalWindowAggregateOperator(Operator):
    """Keeps nothing between batches: no row waits, so none of them comes later than it would have."""

    def __init__(self, node: LocalWindowAggregate) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._key_types = [*(to_arrow(node.input[key].type) for key in node.keys), pa.int64()]
        self._slices = slices_of(node.window)
        self._is_instant = isinstance(node.input[node.time_column].type, LocalZonedTimestampType)

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._time_zone = local_time_zone(context.configuration)
        self._state = GroupState(AggregateCalls(self._node.aggregates, self._node.input, retracting=False))

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        times = event_times(batch.column(self._node.time_column))
        if self._is_instant:
            times = to_local(times, self._time_zone)
        ends = self._slices.slice_starts(times) + self._slices.length
        index = KeyIndex(self._key_types)
        slots = index.upsert([*(batch.column(key) for key in self._node.keys), pa.array(ends)], batch.num_rows)
        groups = np.arange(index.slots_used)
        self._state.reserve(len(groups))
        self._state.add(batch, slots)
        columns = [*index.keys(groups), *self._state.snapshot(groups)]
        self._state.reset(groups)
        yield Batch(build_record_batch(columns, self._schema, len(groups)))
