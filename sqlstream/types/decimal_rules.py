"""Precision and scale of decimal results.

Source: Flink documentation, "Data Types" and SQL functions; the rules are those of SQL Server, which Flink follows.
Where a result would need more than 38 digits, integral digits are kept and the scale shrinks, but not below 6.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlstream.types import logical as t

_INTEGER_DIGITS: dict[type, int] = {t.TinyIntType: 3, t.SmallIntType: 5, t.IntType: 10, t.BigIntType: 19}
_LEAST_SCALE = 6


def as_decimal(type_: t.LogicalType) -> t.DecimalType | None:
    """The decimal that holds every value of an exact numeric type, or None for other types."""
    if isinstance(type_, t.DecimalType):
        return type_
    digits = _INTEGER_DIGITS.get(type(type_))
    return None if digits is None else t.DecimalType(precision=digits, scale=0, nullable=type_.nullable)


def fitted(precision: int, scale: int) -> t.DecimalType:
    """DECIMAL(precision, scale), reduced to 38 digits."""
    if precision <= t.MAX_DECIMAL_PRECISION:
        return t.DecimalType(precision=precision, scale=scale)
    integral = precision - scale
    least = min(scale, _LEAST_SCALE)
    return t.DecimalType(precision=t.MAX_DECIMAL_PRECISION, scale=max(t.MAX_DECIMAL_PRECISION - integral, least))


def addition(a: t.DecimalType, b: t.DecimalType) -> t.DecimalType:
    scale = max(a.scale, b.scale)
    return fitted(max(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale)


def multiplication(a: t.DecimalType, b: t.DecimalType) -> t.DecimalType:
    return fitted(a.precision + b.precision + 1, a.scale + b.scale)


def division(a: t.DecimalType, b: t.DecimalType) -> t.DecimalType:
    scale = max(_LEAST_SCALE, a.scale + b.precision + 1)
    return fitted(a.precision - a.scale + b.scale + scale, scale)


def remainder(a: t.DecimalType, b: t.DecimalType) -> t.DecimalType:
    scale = max(a.scale, b.scale)
    return fitted(min(a.precision - a.scale, b.precision - b.scale) + scale, scale)


def union(a: t.DecimalType, b: t.DecimalType) -> t.DecimalType:
    """The decimal that holds the values of both, if 38 digits are enough."""
    scale = max(a.scale, b.scale)
    integral = max(a.precision - a.scale, b.precision - b.scale)
    return fitted(integral + scale, scale)


def rounding(a: t.DecimalType, digits: int) -> t.DecimalType:
    """The type of ROUND(a, digits)."""
    if digits >= a.scale:
        return t.DecimalType(precision=a.precision, scale=a.scale)
    if digits < 0:
        return t.DecimalType(precision=min(t.MAX_DECIMAL_PRECISION, 1 + a.precision - a.scale), scale=0)
    return t.DecimalType(precision=1 + a.precision - a.scale + digits, scale=digits)


ARITHMETIC: dict[str, Callable[[t.DecimalType, t.DecimalType], t.DecimalType]] = {
    "+": addition,
    "-": addition,
    "*": multiplication,
    "/": division,
    "%": remainder,
}
