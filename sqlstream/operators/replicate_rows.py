"""Rows as often as a column says: the end of INTERSECT ALL and EXCEPT ALL, which count rows before."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.options import BATCH_SIZE
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.plan.physical import ReplicateRows


@implements(ReplicateRows)
class ReplicateRowsOperator(Operator):
    """Keeps nothing. An update of a count emits only as many rows as the count changed by."""

    def __init__(self, node: ReplicateRows) -> None:
        self._schema = node.schema.to_arrow()

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._batch_size = context.configuration.option(BATCH_SIZE)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        *columns, counts = batch.data.columns
        copies = _copies(batch, counts)
        ends = np.cumsum(np.abs(copies))
        for start in range(0, int(ends[-1]), self._batch_size):
            places = np.arange(start, min(start + self._batch_size, int(ends[-1])))
            rows = np.searchsorted(ends, places, side="right")
            taken = [column.take(pa.array(rows)) for column in columns]
            kinds = np.where(copies[rows] > 0, RowKind.INSERT, RowKind.DELETE).astype(np.int8)
            yield Batch(build_record_batch(taken, self._schema, len(rows)), kinds if kinds.any() else None)


def _copies(batch: Batch, counts: pa.Array) -> Int64s:
    """How many copies of each row to add, or to take away where negative."""
    copies: Int64s = np.maximum(np.asarray(pc.fill_null(counts, 0)), 0) * batch.signs()
    if batch.kinds is None or len(copies) < 2:
        return copies
    updated = (batch.kinds[:-1] == RowKind.UPDATE_BEFORE) & (batch.kinds[1:] == RowKind.UPDATE_AFTER)
    copies[1:][updated] += copies[:-1][updated]
    copies[:-1][updated] = 0
    return copies
