"""The types and values of literals."""

from __future__ import annotations

from decimal import Decimal

from sqlglot import exp

from sqlstream.errors import SqlError
from sqlstream.plan.expressions import Literal
from sqlstream.sql.positions import position_of
from sqlstream.sql.units import interval_value
from sqlstream.types import logical as t

_INT_LIMIT = 2**31
_BIGINT_LIMIT = 2**63


def number(text: str, node: exp.Expression) -> Literal:
    """INT or BIGINT by size, DECIMAL with a point, DOUBLE with an exponent. SqlError beyond 38 digits."""
    if "e" in text.lower():
        return Literal(float(text), t.DoubleType(nullable=False))
    if "." not in text:
        value = int(text)
        if -_INT_LIMIT <= value < _INT_LIMIT:
            return Literal(value, t.IntType(nullable=False))
        if -_BIGINT_LIMIT <= value < _BIGINT_LIMIT:
            return Literal(value, t.BigIntType(nullable=False))
    decimal = Decimal(text)
    exponent = decimal.as_tuple().exponent
    scale = -exponent if isinstance(exponent, int) else 0
    precision = sum(character.isdigit() for character in text)
    if precision > t.MAX_DECIMAL_PRECISION:
        raise SqlError(
            f"Numeric literal '{text}' has more than {t.MAX_DECIMAL_PRECISION} digits.",
            position=position_of(node),
            hint="Write it with an exponent (1.5E40) to make it a DOUBLE.",
        )
    return Literal(format(decimal, "f"), t.DecimalType(precision=precision, scale=scale, nullable=False))


def string(text: str) -> Literal:
    """CHAR of the text's length."""
    return Literal(text, t.CharType(length=len(text), nullable=False))


def binary(base16: str) -> Literal:
    """BINARY of the number of bytes."""
    return Literal(base16.lower(), t.BinaryType(length=len(base16) // 2, nullable=False))


def boolean(value: bool) -> Literal:
    return Literal(value, t.BooleanType(nullable=False))


def null() -> Literal:
    return Literal(None, t.NullType())


def temporal(kind: str, text: str, fraction_digits: int) -> Literal:
    """DATE, TIME or TIMESTAMP; the precision is that of the fraction written."""
    if kind == "DATE":
        return Literal(text, t.DateType(nullable=False))
    if kind == "TIME":
        return Literal(text, t.TimeType(precision=fraction_digits, nullable=False))
    return Literal(text, t.TimestampType(precision=fraction_digits, nullable=False))


def interval(node: exp.Interval) -> Literal:
    """INTERVAL YEAR TO MONTH or DAY TO SECOND. SqlError when the text does not fit the unit."""
    amount, type_ = interval_value(node)
    return Literal(amount, type_)
