"""SUM and AVG: a sum and how many values it is of, kept as int64, compensated float64 or 128-bit integers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from sqlstream.columnar import array_values as av
from sqlstream.columnar.array_values import Int64s
from sqlstream.functions.accumulators import mean
from sqlstream.functions.accumulators.accumulator import Accumulator, AggregateRows
from sqlstream.functions.accumulators.array_accumulator import ArrayAccumulator, Columns, outputs
from sqlstream.kernels import running
from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow

Finish = Callable[[Columns, pa.DataType], pa.Array]


class IntegerSum(ArrayAccumulator):
    """State: sum (wrapping around, as Java's does), count."""

    def __init__(self, finish: Finish, type_: pa.DataType) -> None:
        super().__init__(np.int64, np.int64)
        self._finish, self._type = finish, type_

    def apply(self, rows: AggregateRows, emit: bool) -> Columns:
        out = outputs(rows, emit, np.int64, np.int64)
        values = av.int64_values(rows.arguments[0])
        running.sum_int64(rows.slots, values, rows.without_nulls().weights, *self.state.arrays, *out)
        return out

    def current(self, slots: Int64s) -> Columns:
        return [array[slots] for array in self.state.arrays]

    def finish(self, columns: Columns) -> pa.Array:
        return self._finish(columns, self._type)

    def merge(self, into: Int64s, slots: Int64s) -> None:
        for array in self.state.arrays:
            np.add.at(array, into, array[slots])


class FloatSum(ArrayAccumulator):
    """State: sum, what the sum lost to rounding, count."""

    def __init__(self, finish: Finish, type_: pa.DataType) -> None:
        super().__init__(np.float64, np.float64, np.int64)
        self._finish, self._type = finish, type_

    def apply(self, rows: AggregateRows, emit: bool) -> Columns:
        out = outputs(rows, emit, np.float64, np.int64)
        values = av.float64_values(rows.arguments[0])
        running.sum_float64(rows.slots, values, rows.without_nulls().weights, *self.state.arrays, *out)
        return out

    def current(self, slots: Int64s) -> Columns:
        high, low, counts = (array[slots] for array in self.state.arrays)
        return [high + low, counts]

    def finish(self, columns: Columns) -> pa.Array:
        return self._finish(columns, self._type)

    def merge(self, into: Int64s, slots: Int64s) -> None:
        high, low, counts = self.state.arrays
        running.merge_compensated(into, slots, high, low)
        np.add.at(counts, into, counts[slots])


class DecimalSum(ArrayAccumulator):
    """State: the high and low word of the unscaled sum, count."""

    def __init__(self, finish: Finish, type_: pa.DataType, scale: int) -> None:
        super().__init__(np.int64, np.int64, np.int64)
        self._finish, self._type = finish, type_
        self._sum_type = pa.decimal128(t.MAX_DECIMAL_PRECISION, scale)

    def apply(self, rows: AggregateRows, emit: bool) -> Columns:
        out = outputs(rows, emit, np.int64, np.int64, np.int64)
        high, low = av.decimal_words(rows.arguments[0])
        running.sum_int128(rows.slots, high, low, rows.without_nulls().weights, *self.state.arrays, *out)
        return out

    def current(self, slots: Int64s) -> Columns:
        return [array[slots] for array in self.state.arrays]

    def finish(self, columns: Columns) -> pa.Array:
        high, low, counts = columns
        too_large = mean.beyond_38_digits(high, low)
        sums = av.decimal_array(np.where(too_large, 0, high), np.where(too_large, 0, low), self._sum_type, too_large)
        return self._finish([sums, counts], self._type)

    def merge(self, into: Int64s, slots: Int64s) -> None:
        high, low, counts = self.state.arrays
        ones, nothing, added = np.ones(len(into), np.int8), np.zeros(0, np.int64), counts[slots]
        running.sum_int128(into, high[slots], low[slots], ones, high, low, counts, nothing, nothing, nothing)
        np.add.at(counts, into, added - 1)


def _of(argument: t.LogicalType, result: t.LogicalType, by_type: tuple[Finish, Finish, Finish]) -> Accumulator:
    integer, floating, decimal = by_type
    if isinstance(argument, t.DecimalType):
        return DecimalSum(decimal, to_arrow(result), argument.scale)
    if isinstance(argument, t.APPROXIMATE_TYPES):
        return FloatSum(floating, to_arrow(result))
    return IntegerSum(integer, to_arrow(result))


def sum_accumulator(arguments: tuple[t.LogicalType, ...], result: t.LogicalType, retracting: bool) -> Accumulator:
    """SUM: NULL for a group without values."""
    return _of(arguments[0], result, (mean.integer_sum, mean.float_sum, mean.decimal_sum))


def sum0_accumulator(arguments: tuple[t.LogicalType, ...], result: t.LogicalType, retracting: bool) -> Accumulator:
    """$SUM0: 0 for a group without values."""
    return _of(
        arguments[0],
        result,
        (mean.or_zero(mean.integer_sum), mean.or_zero(mean.float_sum), mean.or_zero(mean.decimal_sum)),
    )


def average_accumulator(arguments: tuple[t.LogicalType, ...], result: t.LogicalType, retracting: bool) -> Accumulator:
    """AVG: NULL for a group without values."""
    return _of(arguments[0], result, (mean.integer_mean, mean.float_mean, mean.decimal_mean))
