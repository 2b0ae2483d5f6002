"""Casts between numbers, BOOLEAN and intervals.

As in Java: narrowing an integer wraps around, a float is truncated and stops at the ends of INT or BIGINT (NaN is 0).
A decimal is rounded HALF_UP and is NULL where it overflows.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow
from sqlstream.types.decimal_array import narrowed
from sqlstream.types.decimal_rules import as_decimal
from sqlstream.types.float_text import float_to_text
from sqlstream.types.from_text import text_to_decimal

_EXACT_DIGITS = 15
"""Integers of so many digits, and powers of ten up to them, are exact in a DOUBLE."""


def cast_number(array: pa.Array, source: t.LogicalType, target: t.LogicalType) -> pa.Array:
    """``array`` of ``source`` (number, BOOLEAN or interval) as ``target`` (one of these)."""
    if isinstance(source, t.BooleanType):
        array, source = array.cast(pa.int8()), t.TinyIntType()
    if isinstance(source, t.INTERVAL_TYPES):
        array, source = array.cast(pa.int64()), t.BIGINT
    if isinstance(target, t.BooleanType):
        return pc.not_equal(array, pa.scalar(0, pa.int64()).cast(array.type))
    if isinstance(target, t.DecimalType):
        return _to_decimal(array, source, target)
    if isinstance(source, t.DecimalType) and isinstance(target, t.APPROXIMATE_TYPES):
        return _nearest_float(array, source, to_arrow(target))
    if isinstance(target, t.APPROXIMATE_TYPES):
        return array.cast(to_arrow(target), safe=False)
    return _to_integer(array, source, to_arrow(target))


def _nearest_float(array: pa.Array, source: t.DecimalType, image: pa.DataType) -> pa.Array:
    """Each decimal as the float nearest to it. Arrow multiplies by a power of ten that is itself rounded: 99.99 would
    be 99.99000000000001. A quotient of two integers that DOUBLE holds exactly is the nearest, and so is read text."""
    if image != pa.float64() or source.precision > _EXACT_DIGITS:
        return array.cast(pa.string()).cast(image)
    whole = pa.Array.from_buffers(
        pa.decimal128(source.precision, 0), len(array), array.buffers(), array.null_count, array.offset
    )
    return pc.divide(whole.cast(pa.int64()).cast(pa.float64()), 10.0**source.scale)


def _to_decimal(array: pa.Array, source: t.LogicalType, target: t.DecimalType) -> pa.Array:
    if isinstance(source, t.APPROXIMATE_TYPES):
        return text_to_decimal(float_to_text(array), target)[0]
    exact = as_decimal(source)
    assert exact is not None
    return narrowed(
        array.cast(pa.decimal128(max(exact.precision, 19), exact.scale)) if exact != source else array, target
    )


def _to_integer(array: pa.Array, source: t.LogicalType, image: pa.DataType) -> pa.Array:
    if isinstance(source, t.DecimalType):
        array = pc.trunc(array).cast(pa.int64(), safe=False)
    elif isinstance(source, t.APPROXIMATE_TYPES):
        array = _saturated(array, np.int64 if image == pa.int64() else np.int32)
    if pa.types.is_duration(image):
        return array.cast(pa.int64()).cast(image)
    return array.cast(image, safe=False)


def _saturated(array: pa.Array, limit: type[np.signedinteger]) -> pa.Array:
    """Truncated towards zero and held within ``limit``; NaN is 0."""
    bounds = np.iinfo(limit)
    values = np.nan_to_num(pc.fill_null(array, 0).to_numpy(zero_copy_only=False).astype(np.float64), nan=0.0)
    inside = (values > bounds.min) & (values < bounds.max)
    whole = np.where(inside, values, 0.0).astype(np.int64)
    whole = np.where(
        inside, whole, np.where(values >= bounds.max, bounds.max, np.where(values <= bounds.min, bounds.min, 0))
    )
    return pa.array(whole, pa.int64(), mask=array.is_null().to_numpy(zero_copy_only=False))
