"""Several rows for each row, as GROUPING SETS need them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.environment import environment_of
from sqlstream.plan.evaluate import ExpressionProgram
from sqlstream.plan.frame import Frame
from sqlstream.plan.physical import Expand


@implements(Expand)
class ExpandOperator(Operator):
    """A batch for each projection. Row kinds stay as they are: a group sees a row's changes in their order."""

    def __init__(self, node: Expand) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._programs = [ExpressionProgram(projection) for projection in self._node.projections]
        self._environment = environment_of(context)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        for program in self._programs:
            frame = Frame.of(batch.data, self._environment())
            columns = [step(frame) for step in program.steps]
            yield Batch(build_record_batch(columns, self._schema, batch.num_rows), batch.kinds)
