"""``+ - * / %`` and unary minus: on numbers, and the overloads of + - * for dates, times and intervals.

Integers wrap around, integer division truncates and fails on zero, DOUBLE follows IEEE 754.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.errors import DataError
from sqlstream.functions import date_arithmetic
from sqlstream.functions.decimal_arithmetic import DECIMAL_OPERATIONS
from sqlstream.functions.registry import Argument, EvaluationContext
from sqlstream.functions.signature import (
    DATETIME,
    INTERVAL,
    NUMERIC,
    ResultRule,
    Types,
    same_as,
    scalar,
    signature,
    unified,
)
from sqlstream.types import decimal_rules
from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow
from sqlstream.types.coercion import common_type

_GUARD = "Guard it: CASE WHEN b <> 0 THEN a / b END."


def _operands(types: Types) -> Types | None:
    """Decimals keep their own precision; everything else meets at the common type."""
    common = common_type(types)
    if isinstance(common, t.DecimalType):
        return tuple(decimal_rules.as_decimal(type_) or type_ for type_ in types)
    return None if common is None else (common, common)


def _remainder_operands(types: Types) -> Types | None:
    """The operands of a remainder: integers keep their types, for the result has that of the divisor."""
    return types if all(isinstance(type_, t.INTEGER_TYPES) for type_ in types) else _operands(types)


def _remainder_type(arguments: Sequence[Argument]) -> t.LogicalType | None:
    divisor = t.with_nullability(arguments[1].type, False)
    return divisor if isinstance(divisor, t.INTEGER_TYPES) else _result("%")(arguments)


def _result(operator: str) -> ResultRule:
    def rule(arguments: Sequence[Argument]) -> t.LogicalType | None:
        left, right = (argument.type for argument in arguments)
        if isinstance(left, t.DecimalType) and isinstance(right, t.DecimalType):
            return t.with_nullability(decimal_rules.ARITHMETIC[operator](left, right), False)
        return t.with_nullability(left, False)

    return rule


def _divide(a: pa.Array, b: pa.Array) -> pa.Array:
    if pa.types.is_floating(a.type):
        return pc.divide(a, b)
    try:
        quotient = pc.divide(a, b)
    except pa.ArrowInvalid:
        raise DataError("Division by zero.", hint=_GUARD) from None
    minus_one = pc.equal(b, pa.scalar(-1, b.type))
    if pc.any(minus_one).as_py():
        return pc.if_else(minus_one, pc.negate(a), quotient)
    return quotient


def _modulo(a: pa.Array, b: pa.Array) -> pa.Array:
    if pa.types.is_floating(a.type):
        with np.errstate(invalid="ignore"):
            remainder = np.fmod(a.to_numpy(zero_copy_only=False), b.to_numpy(zero_copy_only=False))
        missing = pc.or_(pc.is_null(a), pc.is_null(b))
        return pa.array(remainder, mask=missing.to_numpy(zero_copy_only=False), type=a.type)
    return pc.subtract(a, pc.multiply(_divide(a, b), b))


_OPERATIONS: dict[str, Callable[[pa.Array, pa.Array], pa.Array]] = {
    "+": pc.add,
    "-": pc.subtract,
    "*": pc.multiply,
    "/": _divide,
    "%": _modulo,
}


def _numeric(operator: str) -> Callable[[pa.Array, pa.Array, EvaluationContext], pa.Array]:
    plain, decimal = _OPERATIONS[operator], DECIMAL_OPERATIONS[operator]

    def compute(a: pa.Array, b: pa.Array, context: EvaluationContext) -> pa.Array:
        if isinstance(context.result_type, t.DecimalType):
            return decimal(a, b, context.result_type)
        return plain(a, b).cast(to_arrow(context.result_type), safe=False)

    return compute


_TEMPORAL = {
    "+": (
        signature(INTERVAL, INTERVAL, returns=same_as(0), adapt=unified(), implementation=lambda a, b, _: pc.add(a, b)),
        signature(DATETIME, INTERVAL, returns=same_as(0), implementation=date_arithmetic.add_interval),
        signature(
            INTERVAL,
            DATETIME,
            returns=same_as(1),
            implementation=lambda interval, moment, context: date_arithmetic.add_interval(moment, interval, context),
        ),
    ),
    "-": (
        signature(
            INTERVAL, INTERVAL, returns=same_as(0), adapt=unified(), implementation=lambda a, b, _: pc.subtract(a, b)
        ),
        signature(
            DATETIME,
            INTERVAL,
            returns=same_as(0),
            implementation=date_arithmetic.subtract_interval,
        ),
        signature(
            DATETIME,
            DATETIME,
            returns=t.DayTimeIntervalType(),
            adapt=unified(),
            implementation=date_arithmetic.difference,
        ),
    ),
    "*": (
        signature(INTERVAL, NUMERIC, returns=same_as(0), implementation=date_arithmetic.scale_interval),
        signature(
            NUMERIC,
            INTERVAL,
            returns=same_as(1),
            implementation=lambda factor, interval, context: date_arithmetic.scale_interval(interval, factor, context),
        ),
    ),
}


def _declare(name: str, doc: str, examples: dict[str, str | None], aliases: tuple[str, ...] = ()) -> None:
    if name == "%":
        numbers = signature(NUMERIC, NUMERIC, returns=_remainder_type, adapt=_remainder_operands)
    else:
        numbers = signature(NUMERIC, NUMERIC, returns=_result(name), adapt=_operands)
    scalar(
        name,
        numbers,
        *_TEMPORAL.get(name, ()),
        doc=doc,
        examples=examples,
        aliases=aliases,
        can_fail=name in ("/", "%"),
    )(_numeric(name))


_declare("+", "Adds numbers or intervals, or moves a point in time.", {"1 + 2.5": "3.5"})
_declare("-", "Subtracts numbers, intervals, or an interval from a point in time.", {"1 - 5": "-4"})
_declare("*", "Multiplies numbers, or an interval by a number.", {"1.5 * 2": "3.0"})
_declare("/", "Divides; between integers it truncates.", {"7 / 2": "3", "10 / 4.0": "2.500000"})
_declare("%", "The remainder, with the sign of the dividend.", {"-7 % 3": "-1", "MOD(7, -3)": "1"}, ("MOD",))


@scalar(
    "UNARY_MINUS",
    signature(NUMERIC, returns=same_as(0)),
    signature(INTERVAL, returns=same_as(0)),
    doc="Negates.",
    can_fail=False,
)
def unary_minus(value: pa.Array, context: EvaluationContext) -> pa.Array:
    return pc.negate(value)
