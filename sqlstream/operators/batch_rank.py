"""Top-N of bounded input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.options import BATCH_SIZE
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.row_ranking import state_ranking
from sqlstream.plan.physical import BatchRank
from sqlstream.state.ranked_rows import RankedRows
from sqlstream.state.snapshot import OperatorSnapshot

_TABLE = "rows"


@implements(BatchRank)
class BatchRankOperator(Operator):
    """Holds the rows that are among the first of their partition so far, and emits them at the end."""

    def __init__(self, node: BatchRank) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        ranking = node.ranking
        self._order = state_ranking(node.input, ranking.partition, ranking.order, ranking.type)

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        space = None if context.managed_state is None else context.managed_state.open()
        input = self._node.input.to_arrow()
        self._rows = RankedRows(input, self._order, self._node.ranking.last, _TABLE, space=space)
        self._batch_size = context.configuration.option(BATCH_SIZE)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        self._rows.settle(self._rows.append(batch.data))
        return ()

    def finish(self) -> Iterable[Output]:
        ranking = self._node.ranking
        found = self._rows.ranked(self._rows.partitions.live_slots(), ranking.first, ranking.last)
        for start in range(0, len(found.rows), self._batch_size):
            part = slice(start, start + self._batch_size)
            columns = self._rows.gather(found.rows[part]).columns
            if self._node.with_rank:
                columns = [*columns, pa.array(found.ranks[part])]
            yield Batch(build_record_batch(columns, self._schema, len(found.rows[part])))

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(tuple(self._rows.snapshot(self.context.max_parallelism)))

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._rows.restore([chunk for snapshot in snapshots for chunk in snapshot.keyed], self.context.key_groups)

    def close(self) -> None:
        self._rows.close()
