"""The frame of an OVER window: ROWS or RANGE, from a bound to a bound."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from sqlglot import exp

from sqlstream.errors import Position, SqlError
from sqlstream.plan.binder import literals
from sqlstream.plan.expressions import Expression, Literal
from sqlstream.plan.physical import FrameUnit, OverFrame
from sqlstream.sql.positions import position_of
from sqlstream.types import logical as t

Bound = int | str | None
_DIRECTIONS = {"preceding": -1, "following": 1}
_SHAPE = "Write ROWS or RANGE BETWEEN n PRECEDING AND CURRENT ROW, n being a number, an INTERVAL or UNBOUNDED."


def default_frame(ordered: bool) -> OverFrame:
    """What a window without a frame sees: everything up to the row and those equal to it, or the whole partition."""
    return OverFrame(FrameUnit.RANGE, None, 0 if ordered else None)


def bind_frame(spec: exp.WindowSpec, order: list[Expression]) -> OverFrame:
    """The frame that ``spec`` says. SqlError where it makes no sense, or does not fit what the window is ordered by."""
    unit = FrameUnit(spec.args["kind"].upper())
    position = position_of(spec)
    if spec.args.get("exclude") is not None:
        raise SqlError("EXCLUDE is not supported in a window frame.", position=position, hint=_SHAPE)
    start = _bound(spec, "start", unit, order, position)
    end = 0 if spec.args.get("end") is None else _bound(spec, "end", unit, order, position)
    if _says(spec, "start", "UNBOUNDED") and spec.args["start_side"].lower() == "following":
        raise SqlError("UNBOUNDED FOLLOWING cannot be specified for the lower frame boundary.", position=position)
    if _says(spec, "end", "UNBOUNDED") and spec.args["end_side"].lower() == "preceding":
        raise SqlError("UNBOUNDED PRECEDING cannot be specified for the upper frame boundary.", position=position)
    if start is not None and end is not None and Decimal(start) > Decimal(end):
        raise SqlError("The window frame ends before it starts.", position=position,
                       hint="Write the earlier bound first.")  # fmt: skip
    return OverFrame(unit, start, end)


def _says(spec: exp.WindowSpec, side: str, word: str) -> bool:
    return isinstance(spec.args.get(side), str) and spec.args[side].upper() == word


def _bound(
    spec: exp.WindowSpec, side: str, unit: FrameUnit, order: list[Expression], position: Position | None
) -> Bound:
    if _says(spec, side, "CURRENT ROW"):
        return 0
    if _says(spec, side, "UNBOUNDED"):
        return None
    node = spec.args[side]
    sign = _DIRECTIONS[spec.args[f"{side}_side"].lower()]
    value = _literal(node)
    at = position_of(node) or position
    if unit is FrameUnit.ROWS:
        if value is None or not isinstance(value.type, t.INTEGER_TYPES):
            raise SqlError("ROWS takes a whole number of rows.", position=at, hint=_SHAPE)
        return _signed(value, sign, at)
    if value is None:
        raise SqlError("RANGE takes a literal number or INTERVAL.", position=at, hint=_SHAPE)
    _check_order(value, order, at)
    return _signed(value, sign, at)


def _literal(node: exp.Expression) -> Literal | None:
    if isinstance(node, exp.Paren):
        return _literal(node.this)
    if isinstance(node, exp.Literal) and not node.is_string:
        return literals.number(node.this, node)
    if isinstance(node, exp.Interval) and isinstance(node.this, exp.Literal):
        interval = literals.interval(node)
        return interval if isinstance(interval, Literal) else None
    if isinstance(node, exp.Neg):
        raise SqlError("Window frame bounds are not negative.", position=position_of(node),
                       hint="PRECEDING and FOLLOWING say the direction.")  # fmt: skip
    return None


def _check_order(value: Literal, order: list[Expression], position: Position | None) -> None:
    if not order:
        raise SqlError("Window specification must contain an ORDER BY clause.", position=position,
                       hint="RANGE is a distance from the row in what it is ordered by.")  # fmt: skip
    if len(order) > 1:
        raise SqlError("RANGE clause cannot be used with compound ORDER BY clause.", position=position,
                       hint="Order by one column, or use ROWS.")  # fmt: skip
    key = order[0].type
    if isinstance(value.type, t.YearMonthIntervalType):
        raise SqlError("INTERVAL_YEAR_MONTH type is not allowed for window boundary.", position=position,
                       hint="Write it in days: INTERVAL '30' DAY.")  # fmt: skip
    times = isinstance(key, (*t.TIMESTAMP_TYPES, t.DateType, t.TimeType))
    interval = isinstance(value.type, t.DayTimeIntervalType)
    numbers = isinstance(key, t.NUMERIC_TYPES) and isinstance(value.type, t.NUMERIC_TYPES)
    if not numbers and not (times and interval):
        raise SqlError(
            f"Data Type mismatch between ORDER BY and RANGE clause: {key.summary} and {value.type.summary}.",
            position=position,
            hint="Write an interval: RANGE BETWEEN INTERVAL '10' SECOND PRECEDING AND CURRENT ROW."
            if times
            else "Order by a number or a time, or use ROWS.",
        )


def _signed(value: Literal, sign: int, position: Position | None) -> int | str:
    try:
        number = Decimal(str(value.value))
    except InvalidOperation:
        raise SqlError("A window frame bound is a number.", position=position, hint=_SHAPE) from None
    if number < 0:
        raise SqlError("Window frame bounds are not negative.", position=position,
                       hint="PRECEDING and FOLLOWING say the direction.")  # fmt: skip
    signed = sign * number
    return int(signed) if signed == signed.to_integral_value() else str(signed)
