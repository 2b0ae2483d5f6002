"""The rows an expression is being evaluated over: a batch, or those rows of it that reach a branch."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from sqlstream.plan.evaluation_environment import EvaluationEnvironment

_ONE_ROW = pa.record_batch({"row": pa.nulls(1)})


class Frame:
    """Rows, and what has been computed of them. A frame lives as long as the evaluation of one batch."""

    def __init__(
        self,
        environment: EvaluationEnvironment,
        num_rows: int,
        data: pa.RecordBatch,
        outer: Frame | None,
        mask: pa.Array,
    ) -> None:
        self.environment = environment
        self.num_rows = num_rows
        self._data = data
        self._outer = outer
        self._mask = mask
        self._columns: dict[int, pa.Array] = {}
        self._results: dict[int, pa.Array] = {}

    @staticmethod
    def of(data: pa.RecordBatch, environment: EvaluationEnvironment) -> Frame:
        """All rows of ``data``."""
        return Frame(environment, data.num_rows, data, None, None)

    @staticmethod
    def single_row(environment: EvaluationEnvironment) -> Frame:
        """One row without columns, for constants."""
        return Frame.of(_ONE_ROW, environment)

    def where(self, mask: pa.BooleanArray) -> Frame:
        """The rows where ``mask`` is TRUE; each column is filtered when it is first asked for."""
        num_rows = mask.true_count
        if num_rows == self.num_rows:
            return self
        return Frame(self.environment, num_rows, self._data, self, mask)

    def column(self, index: int) -> pa.Array:
        """Input column ``index``; of a whole batch it is the batch's own."""
        if self._outer is None:
            return self._data.column(index)
        if index not in self._columns:
            self._columns[index] = self._outer.column(index).filter(self._mask)
        return self._columns[index]

    def once(self, key: int, step: FrameStep) -> pa.Array:
        """The result of ``step``, computed at most once a frame, or taken over from the frame around it."""
        result = self._known(key)
        if result is None:
            result = self._results[key] = step(self)
        return result

    def _known(self, key: int) -> pa.Array | None:
        if key in self._results or self._outer is None:
            return self._results.get(key)
        outer = self._outer._known(key)
        if outer is not None:
            self._results[key] = outer.filter(self._mask)
        return self._results.get(key)


FrameStep = Callable[[Frame], pa.Array]
"""One node of a compiled expression: the frame's rows to an array as long."""
