"""ROUND, TRUNCATE, CEIL, FLOOR, ABS, SIGN: numbers that keep their type.

DOUBLE is rounded as the decimal number it is printed as: ROUND(2.675, 2) is 2.68.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.functions.constant_arguments import per_constant
from sqlstream.functions.date_units import ceil_to_unit, floor_to_unit, unit_parameter
from sqlstream.functions.registry import Argument, EvaluationContext
from sqlstream.functions.signature import DATETIME, INTEGER, NUMERIC, same_as, scalar, signature
from sqlstream.types import decimal_rules
from sqlstream.types import logical as t
from sqlstream.types.decimal_array import WIDE, narrowed

_EXACT_DOUBLES = 2.0**53
_MOST_DIGITS = 22
"""10^22 is the largest power of ten that a DOUBLE holds exactly."""
Floats = npt.NDArray[np.float64]


def _rounded_type(arguments: Sequence[Argument]) -> t.LogicalType:
    type_ = t.with_nullability(arguments[0].type, False)
    if not isinstance(type_, t.DecimalType):
        return type_
    if len(arguments) == 1:
        return t.with_nullability(decimal_rules.rounding(type_, 0), False)
    digits = arguments[1].literal
    if not isinstance(digits, int):
        return type_
    return t.with_nullability(decimal_rules.rounding(type_, digits), False)


def _round_integers(values: pa.Array, digits: int, half_up: bool) -> pa.Array:
    if digits >= 0:
        return values
    if digits < -18:
        return pc.multiply(values, pa.scalar(0, values.type))
    unit = 10**-digits
    wide = values.cast(pa.int64())
    size = pc.abs(wide)
    size = pc.add(size, unit // 2) if half_up else size
    whole = pc.multiply(pc.divide(size, unit), unit)
    return pc.multiply(whole, pc.sign(wide).cast(pa.int64())).cast(values.type, safe=False)


def _round_decimals(values: pa.Array, digits: int, half_up: bool, result: t.DecimalType) -> pa.Array:
    mode = "half_towards_infinity" if half_up else "towards_zero"
    wide = values.cast(pa.decimal256(WIDE, values.type.scale), safe=False)
    return narrowed(pc.round(wide, ndigits=min(digits, values.type.scale), round_mode=mode), result)


def _round_doubles(values: Floats, digits: int, half_up: bool) -> Floats:
    if abs(digits) > _MOST_DIGITS:
        return values if digits > 0 else values * 0.0
    power = 10.0 ** abs(digits)
    scaled = values * power if digits >= 0 else values / power
    size = np.abs(scaled)
    whole = np.floor(size + 0.5) if half_up else np.floor(size)
    boundary = np.floor(size) + 0.5 if half_up else np.round(size)
    with np.errstate(invalid="ignore"):
        rounded = np.copysign(whole / power if digits >= 0 else whole * power, values)
        fine = ~np.isfinite(values) | (size >= _EXACT_DOUBLES)
        doubtful = ~fine & (np.abs(size - boundary) <= 4 * np.spacing(size)) & (size != np.round(size))
    rounded = np.where(fine, values, rounded)
    step = Decimal(1).scaleb(-digits)
    mode = ROUND_HALF_UP if half_up else ROUND_DOWN
    for i in np.flatnonzero(doubtful):
        rounded[i] = float(Decimal(repr(float(values[i]))).quantize(step, rounding=mode))
    return rounded


def _rounding(half_up: bool) -> Callable[..., pa.Array]:
    def to_digits(values: pa.Array, digits: int, context: EvaluationContext) -> pa.Array:
        result = context.result_type
        if isinstance(result, t.DecimalType):
            return _round_decimals(values, digits, half_up, result)
        if isinstance(result, t.INTEGER_TYPES):
            return _round_integers(values, digits, half_up)
        floats = pc.fill_null(values, 0).to_numpy(zero_copy_only=False).astype(np.float64)
        missing = values.is_null().to_numpy(zero_copy_only=False)
        return pa.array(_round_doubles(floats, digits, half_up), mask=missing).cast(values.type)

    grouped = per_constant()(to_digits)

    def implementation(*args: pa.Array) -> pa.Array:
        return to_digits(args[0], 0, args[1]) if len(args) == 2 else grouped(*args)

    return implementation


_ROUND_SIGNATURE = signature(NUMERIC, INTEGER, optional=1, returns=_rounded_type)
scalar(
    "ROUND",
    _ROUND_SIGNATURE,
    doc="To so many digits after the point (before it, if negative), halves away from zero.",
    examples={"ROUND(2.567, 2)": "2.57", "ROUND(1250, -2)": "1300"},
)(_rounding(half_up=True))
scalar(
    "TRUNCATE",
    _ROUND_SIGNATURE,
    doc="Cut to so many digits after the point.",
    examples={"TRUNCATE(42.345, 2)": "42.34"},
)(_rounding(half_up=False))


def _integral_type(arguments: Sequence[Argument]) -> t.LogicalType:
    type_ = t.with_nullability(arguments[0].type, False)
    return (
        t.DecimalType(precision=type_.precision, scale=0, nullable=False) if isinstance(type_, t.DecimalType) else type_
    )


def _declare_whole(
    name: str,
    compute: Callable[[pa.Array], pa.Array],
    to_unit: Callable[..., pa.Array],
    doc: str,
    examples: dict[str, str | None],
    aliases: tuple[str, ...],
) -> None:
    @scalar(
        name,
        signature(NUMERIC, returns=_integral_type),
        signature(DATETIME, unit_parameter, returns=same_as(0), implementation=to_unit),
        doc=doc,
        examples=examples,
        aliases=aliases,
    )
    def whole(value: pa.Array, context: EvaluationContext) -> pa.Array:
        if isinstance(context.result_type, t.DecimalType):
            wide = value.cast(pa.decimal256(WIDE, value.type.scale), safe=False)
            return narrowed(compute(wide), context.result_type)
        return value if pa.types.is_integer(value.type) else compute(value)


_declare_whole(
    "CEIL",
    pc.ceil,
    ceil_to_unit,
    "The least whole number, or the first start of a time unit, not below.",
    {"CEIL(2.1)": "3"},
    ("CEILING", "CEIL_TIME"),
)
_declare_whole(
    "FLOOR",
    pc.floor,
    floor_to_unit,
    "The greatest whole number, or the last start of a time unit, not above.",
    {"FLOOR(-2.1)": "-3"},
    ("FLOOR_TIME",),
)


@scalar(
    "ABS", signature(NUMERIC, returns=same_as(0)), doc="Without its sign.", can_fail=False, examples={"ABS(-5)": "5"}
)
def absolute(value: pa.Array, context: EvaluationContext) -> pa.Array:
    return pc.abs(value)


@scalar(
    "SIGN", signature(NUMERIC, returns=same_as(0)), doc="-1, 0 or 1.", can_fail=False, examples={"SIGN(-2.5)": "-1.0"}
)
def sign(value: pa.Array, context: EvaluationContext) -> pa.Array:
    image = value.type
    if pa.types.is_decimal(image):
        return narrowed(pc.sign(value).cast(pa.decimal128(19, 0)), context.result_type)  # type: ignore[arg-type]
    return pc.sign(value).cast(image)
