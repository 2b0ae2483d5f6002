"""VAR_POP, VAR_SAMP and their square roots."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar import array_values as av
from sqlstream.columnar.array_values import Int64s
from sqlstream.functions.accumulators.accumulator import Accumulator, AggregateRows
from sqlstream.functions.accumulators.array_accumulator import ArrayAccumulator, Columns, outputs
from sqlstream.kernels import moments as kernel
from sqlstream.types.arrow import to_arrow
from sqlstream.types.logical import LogicalType


class VarianceAccumulator(ArrayAccumulator):
    """State: sum and sum of squares, both in double-double arithmetic, and count.

    A sample statistic of fewer than two values is NULL. Results of integer types are cut towards zero.
    """

    def __init__(self, type_: pa.DataType, sample: bool, root: bool) -> None:
        super().__init__(np.float64, np.float64, np.float64, np.float64, np.int64)
        self._type, self._sample, self._root = type_, sample, root

    def apply(self, rows: AggregateRows, emit: bool) -> Columns:
        out = outputs(rows, emit, np.float64, np.int64)
        values = av.float64_values(rows.arguments[0])
        sum_high, sum_low, square_high, square_low, counts = self.state.arrays
        kernel.moments(
            rows.slots, values, rows.without_nulls().weights, sum_high, sum_low, square_high, square_low, counts,
            out[0], out[1],
        )  # fmt: skip
        return out

    def current(self, slots: Int64s) -> Columns:
        out = np.empty(len(slots), np.float64)
        sum_high, sum_low, square_high, square_low, counts = self.state.arrays
        kernel.spreads(slots, sum_high, sum_low, square_high, square_low, counts, out)
        return [out, counts[slots]]

    def finish(self, columns: Columns) -> pa.Array:
        spreads, counts = columns
        divisors = counts - 1 if self._sample else counts
        values = spreads / np.maximum(divisors, 1)
        result = pa.array(np.sqrt(values) if self._root else values, mask=divisors <= 0)
        if pa.types.is_decimal(self._type):
            return pc.round(result, self._type.scale).cast(self._type)
        return result.cast(self._type, safe=False)

    def merge(self, into: Int64s, slots: Int64s) -> None:
        sum_high, sum_low, square_high, square_low, counts = self.state.arrays
        kernel.merge_sums(into, slots, sum_high, sum_low)
        kernel.merge_sums(into, slots, square_high, square_low)
        np.add.at(counts, into, counts[slots])


def _factory(sample: bool, root: bool) -> Callable[[tuple[LogicalType, ...], LogicalType, bool], Accumulator]:
    def create(arguments: tuple[LogicalType, ...], result: LogicalType, retracting: bool) -> Accumulator:
        return VarianceAccumulator(to_arrow(result), sample, root)

    return create


population_variance = _factory(sample=False, root=False)
sample_variance = _factory(sample=True, root=False)
population_deviation = _factory(sample=False, root=True)
sample_deviation = _factory(sample=True, root=True)
