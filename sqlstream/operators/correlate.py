"""Each row with the rows that a table function gives for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.options import BATCH_SIZE
from sqlstream.errors import PlanError
from sqlstream.functions.table.declaration import lookup_table_function
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.environment import environment_of
from sqlstream.plan.evaluate import ExpressionProgram
from sqlstream.plan.frame import Frame
from sqlstream.plan.physical import Correlate, JoinKind


@implements(Correlate)
class CorrelateOperator(Operator):
    """Keeps nothing; rows keep their kinds. A left join keeps rows for which the function gives none."""

    def __init__(self, node: Correlate) -> None:
        function = lookup_table_function(node.function)
        if function is None:
            raise PlanError(
                f"Unknown table function '{node.function}'.",
                hint="The job was planned by a version that has it; run the same version everywhere.",
            )
        self._node = node
        self._function = function
        self._types = [argument.type for argument in node.arguments]
        self._schema = node.schema.to_arrow()

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._arguments = ExpressionProgram(self._node.arguments)
        self._environment = environment_of(context)
        self._batch_size = context.configuration.option(BATCH_SIZE)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        arguments = self._arguments.run(Frame.of(batch.data, self._environment()))
        rows = self._function.implementation(arguments, self._types)
        columns = [rows.columns[output] for output in self._node.outputs]
        if self._node.kind is JoinKind.LEFT:
            yield from self._emit(batch, *_padded(rows.parents, batch.num_rows), columns)
        else:
            yield from self._emit(batch, rows.parents, None, columns)

    def _emit(
        self, batch: Batch, parents: Int64s, children: pa.Array | None, columns: list[pa.Array]
    ) -> Iterator[Output]:
        """Rows ``parents`` of the batch, each with row ``children[i]`` of the columns, or row ``i``; NULLs where that
        is NULL."""
        for start in range(0, len(parents), self._batch_size):
            count = min(self._batch_size, len(parents) - start)
            left = batch.take(parents[start : start + count])
            if children is None:
                right = [column.slice(start, count) for column in columns]
            else:
                right = [column.take(children.slice(start, count)) for column in columns]
            yield left.with_data(build_record_batch([*left.data.columns, *right], self._schema, count))


def _padded(parents: Int64s, num_rows: int) -> tuple[Int64s, pa.Array]:
    """``parents`` with those of ``num_rows`` that are missing, and which child each has: NULL for these."""
    counts = np.bincount(parents, minlength=num_rows)
    every = np.repeat(np.arange(num_rows), np.maximum(counts, 1))
    has_child = counts[every] > 0
    return every, pa.array(np.cumsum(has_child) - 1, mask=~has_child)
