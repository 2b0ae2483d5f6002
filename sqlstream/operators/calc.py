"""Filter and projection."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow.compute as pc

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.environment import environment_of
from sqlstream.plan.evaluate import ExpressionProgram
from sqlstream.plan.frame import Frame
from sqlstream.plan.physical import Calc


@implements(Calc)
class CalcOperator(Operator):
    """Keeps the rows whose condition is TRUE and computes the projection for them; row kinds stay as they are."""

    def __init__(self, node: Calc) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        condition = self._node.condition
        program = ExpressionProgram([*self._node.projection, *([] if condition is None else [condition])])
        self._projection = program.steps[: len(self._node.projection)]
        self._condition = None if condition is None else program.steps[-1]
        self._environment = environment_of(context)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        frame = Frame.of(batch.data, self._environment())
        kinds = batch.kinds
        if self._condition is not None:
            mask = pc.fill_null(self._condition(frame), False)
            frame = frame.where(mask)
            if not frame.num_rows:
                return
            if kinds is not None and frame.num_rows < batch.num_rows:
                kinds = np.compress(mask.to_numpy(zero_copy_only=False), kinds)
        columns = [step(frame) for step in self._projection]
        yield Batch(build_record_batch(columns, self._schema, frame.num_rows), kinds)
