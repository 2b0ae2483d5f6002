"""OVER windows over bounded input: partitions are whole, so that a frame may reach anywhere in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.options import BATCH_SIZE
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.over_evaluation import over_values
from sqlstream.plan.physical import BatchOverAggregate
from sqlstream.state.numbered_rows import NumberedRows
from sqlstream.state.snapshot import OperatorSnapshot

_TABLE = "rows"


@implements(BatchOverAggregate)
class BatchOverAggregateOperator(Operator):
    """Holds all rows and emits them at the end, partition by partition and each in the order of its window."""

    def __init__(self, node: BatchOverAggregate) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._rows: NumberedRows | None = None

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        space = None if context.managed_state is None else context.managed_state.open()
        self._rows = NumberedRows(self._node.input.to_arrow(), self._node.partition, _TABLE, space)
        self._batch_size = context.configuration.option(BATCH_SIZE)

    @property
    def _held(self) -> NumberedRows:
        assert self._rows is not None
        return self._rows

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        self._held.append(batch.data)
        self._held.fit(0)
        return ()

    def finish(self) -> Iterable[Output]:
        if not len(self._held):
            return
        data = pa.concat_batches(list(self._held.batches()))
        node = self._node
        order, values = over_values(data, node.partition, node.order, node.windows, node.input)
        for start in range(0, data.num_rows, self._batch_size):
            rows = data.take(pa.array(order[start : start + self._batch_size]))
            columns = [*rows.columns, *(column.slice(start, self._batch_size) for column in values)]
            yield Batch(build_record_batch(columns, self._schema, rows.num_rows))

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(tuple(self._held.snapshot(self.context.max_parallelism)))

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        chunks = [chunk for snapshot in snapshots for chunk in snapshot.keyed]
        self._held.restore(chunks, self.context.key_groups, lambda data: None)

    def close(self) -> None:
        if self._rows is not None:
            self._rows.close()
