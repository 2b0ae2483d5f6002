"""COUNT: the number of rows in which no argument is NULL."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.functions.accumulators.accumulator import AggregateRows
from sqlstream.functions.accumulators.array_accumulator import ArrayAccumulator, Columns, outputs
from sqlstream.kernels import running
from sqlstream.types.logical import LogicalType


class CountAccumulator(ArrayAccumulator):
    """State: the count."""

    def __init__(self, arguments: tuple[LogicalType, ...], result: LogicalType, retracting: bool) -> None:
        super().__init__(np.int64)

    def apply(self, rows: AggregateRows, emit: bool) -> Columns:
        out = outputs(rows, emit, np.int64)
        running.count(rows.slots, rows.without_nulls().weights, self.state[0], *out)
        return out

    def current(self, slots: Int64s) -> Columns:
        return [self.state[0][slots]]

    def finish(self, columns: Columns) -> pa.Array:
        return pa.array(columns[0])

    def merge(self, into: Int64s, slots: Int64s) -> None:
        np.add.at(self.state[0], into, self.state[0][slots])
