"""From sums and counts to the values of SUM and AVG, by Flink's rules; NULL where the count is 0."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream.functions.accumulators.array_accumulator import Columns

_LIMIT = 10**38
_LIMIT_HIGH, _LIMIT_LOW = _LIMIT >> 64, _LIMIT & (2**64 - 1)
_COUNT_TYPE = pa.decimal256(19, 0)


def integer_sum(columns: Columns, type_: pa.DataType) -> pa.Array:
    """The sum in the argument's own width, wrapping around."""
    sums, counts = columns
    return pa.array(sums.astype(type_.to_pandas_dtype()), type_, mask=counts == 0)


def integer_mean(columns: Columns, type_: pa.DataType) -> pa.Array:
    """The quotient in the argument's own type, towards zero."""
    sums, counts = columns
    divisors = np.where(counts == 0, 1, counts)
    quotients = sums // divisors
    quotients += (quotients < 0) & (quotients * divisors != sums)
    return pa.array(quotients.astype(type_.to_pandas_dtype()), type_, mask=counts == 0)


def float_sum(columns: Columns, type_: pa.DataType) -> pa.Array:
    sums, counts = columns
    return pa.array(sums, mask=counts == 0).cast(type_, safe=False)


def float_mean(columns: Columns, type_: pa.DataType) -> pa.Array:
    sums, counts = columns
    return pa.array(sums / np.where(counts == 0, 1, counts), mask=counts == 0).cast(type_, safe=False)


def decimal_sum(columns: Columns, type_: pa.DataType) -> pa.Array:
    """The sum, its scale unchanged."""
    sums, counts = columns
    return _null_where(sums, counts == 0)


def decimal_mean(columns: Columns, type_: pa.DataType) -> pa.Array:
    """The quotient, rounded half up to the result's scale."""
    sums, counts = columns
    divisors = pa.array(np.where(counts == 0, 1, counts)).cast(_COUNT_TYPE)
    wide = sums.cast(pa.decimal256(sums.type.precision, sums.type.scale))
    quotients = pc.round(pc.divide(wide, divisors), type_.scale, round_mode="half_towards_infinity")
    return _null_where(quotients.cast(type_), counts == 0)


def or_zero(finish: Callable[[Columns, pa.DataType], pa.Array]) -> Callable[[Columns, pa.DataType], pa.Array]:
    """The same, but 0 where the count is 0."""

    def finished(columns: Columns, type_: pa.DataType) -> pa.Array:
        return pc.if_else(pa.array(columns[-1] == 0), pa.scalar(0).cast(type_), finish(columns, type_))

    return finished


def beyond_38_digits(high: Int64s, low: Int64s) -> Mask:
    """Which 128-bit integers are too large for a DECIMAL."""
    below = low.view(np.uint64)
    above = (high > _LIMIT_HIGH) | ((high == _LIMIT_HIGH) & (below >= np.uint64(_LIMIT_LOW)))
    floor = -_LIMIT
    floor_high, floor_low = floor >> 64, floor & (2**64 - 1)
    under = (high < floor_high) | ((high == floor_high) & (below <= np.uint64(floor_low)))
    result: Mask = above | under
    return result


def _null_where(array: pa.Array, nulls: Mask) -> pa.Array:
    if not nulls.any():
        return array
    return pc.if_else(pa.array(nulls), pa.scalar(None, array.type), array)
