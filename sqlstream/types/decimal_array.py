"""Decimal arrays: exact intermediate values in 256 bits, rounded HALF_UP into DECIMAL(p, s).

What does not fit the precision becomes NULL, as in Flink.
"""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.types.logical import DecimalType

WIDE = 76
"""Digits of a decimal256."""


def widened(array: pa.Array, scale: int) -> pa.Array:
    """``array`` as decimal256 of ``scale``, which is not below its own."""
    return array.cast(pa.decimal256(WIDE, scale), safe=False)


def relabelled(array: pa.Array, precision: int, scale: int) -> pa.Array:
    """The same 256-bit integers read as DECIMAL(precision, scale); nothing is copied or checked."""
    type_ = pa.decimal256(precision, scale)
    return pa.Array.from_buffers(type_, len(array), array.buffers(), array.null_count, array.offset)


def relabelled_narrow(array: pa.Array, target: DecimalType) -> pa.Array:
    """The same 128-bit integers, which must fit, read as ``target``; nothing is copied or checked."""
    type_ = pa.decimal128(target.precision, target.scale)
    return pa.Array.from_buffers(type_, len(array), array.buffers(), array.null_count, array.offset)


def narrowed(array: pa.Array, target: DecimalType) -> pa.Array:
    """``array`` (any decimal) rounded HALF_UP to ``target``; NULL where it overflows."""
    image = pa.decimal128(target.precision, target.scale)
    if array.type == image:
        return array
    source = array.type
    if source.scale <= target.scale and source.precision - source.scale <= target.precision - target.scale:
        return array.cast(image, safe=False)
    wide = array.cast(pa.decimal256(WIDE, source.scale), safe=False)
    if source.scale > target.scale:
        wide = pc.round(wide, ndigits=target.scale, round_mode="half_towards_infinity")
    if source.precision - source.scale >= target.precision - target.scale:
        bound = pa.scalar(Decimal(10) ** (target.precision - target.scale), pa.decimal256(WIDE, source.scale))
        fits = pc.less(pc.abs(wide), bound)
        if pc.all(fits).as_py() is False:
            wide = pc.if_else(fits, wide, pa.scalar(None, wide.type))
    return wide.cast(image, safe=False)
