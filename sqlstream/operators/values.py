"""Literal rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.operators.base import OperatorContext, SourceOperator, implements
from sqlstream.operators.environment import environment_of
from sqlstream.plan.evaluate import ExpressionProgram
from sqlstream.plan.frame import Frame
from sqlstream.plan.physical import Values
from sqlstream.state.snapshot import OperatorSnapshot


@implements(Values)
class ValuesOperator(SourceOperator):
    """Emits its rows once, from subtask 0; nothing from any other."""

    def __init__(self, node: Values) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._emitted = context.subtask != 0 or not self._node.rows
        self._environment = environment_of(context)

    def poll(self, timeout: float) -> Iterable[Output] | None:
        if self._emitted:
            return None
        self._emitted = True
        return [Batch(self._evaluate())]

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(values={"emitted": self._emitted} if self.context.subtask == 0 else {})

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._emitted |= any(snapshot.values.get("emitted", False) for snapshot in snapshots)

    def _evaluate(self) -> pa.RecordBatch:
        rows = self._node.rows
        frame = Frame.single_row(self._environment())
        cells = ExpressionProgram([cell for row in rows for cell in row]).run(frame)
        width = len(self._schema)
        columns = [
            pa.concat_arrays([cell.cast(field.type) for cell in cells[index::width]])
            for index, field in enumerate(self._schema)
        ]
        return build_record_batch(columns, self._schema, len(rows))
