"""The four operations and the remainder on decimal arrays, exact in 256 bits, rounded once at the end."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.errors import DataError
from sqlstream.types.decimal_array import WIDE, narrowed, relabelled, relabelled_narrow, widened
from sqlstream.types.logical import DecimalType

_NARROW = 38
"""Digits of a decimal128; Arrow wants room for one more than a product can have."""
_DIVISION_SCALE = 4
"""What Arrow gives to a quotient of DECIMAL(72, 0) and DECIMAL(1, 0): the numerator is scaled up by 10^4."""


def _added(
    operation: Callable[[pa.Array, pa.Array], pa.Array],
) -> Callable[[pa.Array, pa.Array, DecimalType], pa.Array]:
    def compute(a: pa.Array, b: pa.Array, result: DecimalType) -> pa.Array:
        scale = max(a.type.scale, b.type.scale)
        digits = max(a.type.precision - a.type.scale, b.type.precision - b.type.scale) + scale + 1
        if digits > result.precision:
            a, b = (relabelled(widened(x, scale), WIDE - 1, scale) for x in (a, b))
        return narrowed(operation(a, b), result)

    return compute


def _multiplied(a: pa.Array, b: pa.Array, result: DecimalType) -> pa.Array:
    digits, scale = a.type.precision + b.type.precision, a.type.scale + b.type.scale
    if scale == result.scale and digits <= result.precision and digits < _NARROW:
        return relabelled_narrow(pc.multiply(a, b), result)
    if digits + 1 > result.precision:
        scales = a.type.scale, b.type.scale
        a, b = relabelled(widened(a, scales[0]), 38, scales[0]), relabelled(widened(b, scales[1]), 37, scales[1])
    return narrowed(pc.multiply(a, b), result)


def _quotient(a: pa.Array, b: pa.Array, scale: int) -> pa.Array:
    """a / b truncated to ``scale`` digits, as decimal256."""
    numerator = relabelled(widened(a, scale + b.type.scale - _DIVISION_SCALE), 72, 0)
    denominator = relabelled(widened(b, b.type.scale), 1, 0)
    try:
        quotient = pc.divide(numerator, denominator)
    except pa.ArrowInvalid:
        raise DataError("Division by zero.", hint="Guard it: CASE WHEN b <> 0 THEN a / b END.") from None
    return relabelled(quotient, WIDE, scale)


def _divided(a: pa.Array, b: pa.Array, result: DecimalType) -> pa.Array:
    return narrowed(_quotient(a, b, result.scale + 1), result)


def _remainder(a: pa.Array, b: pa.Array, result: DecimalType) -> pa.Array:
    scale = max(a.type.scale, b.type.scale)
    a, b = widened(a, scale), widened(b, scale)
    whole = relabelled(pc.trunc(_quotient(a, b, _DIVISION_SCALE)).cast(pa.decimal256(38, 0), safe=False), 38, 0)
    product = relabelled(pc.multiply(whole, relabelled(b, 37, scale)), WIDE - 1, scale)
    return narrowed(pc.subtract(relabelled(a, WIDE - 1, scale), product), result)


DECIMAL_OPERATIONS: dict[str, Callable[[pa.Array, pa.Array, DecimalType], pa.Array]] = {
    "+": _added(pc.add),
    "-": _added(pc.subtract),
    "*": _multiplied,
    "/": _divided,
    "%": _remainder,
}
