"""How far apart in time the rows of a join may be, as its condition says."""

from __future__ import annotations

from dataclasses import dataclass

from sqlstream.plan.expression_tree import conjunction, conjuncts
from sqlstream.plan.expressions import Call, Cast, Expression, InputRef, Literal
from sqlstream.plan.logical import Join
from sqlstream.plan.physical import JoinInterval
from sqlstream.types.coercion import same_type
from sqlstream.types.logical import DayTimeIntervalType
from sqlstream.types.schema import TimeAttribute

_MIRRORED = {"=": "=", ">=": "<=", "<=": ">=", ">": "<", "<": ">"}


@dataclass(frozen=True)
class TimeBounds:
    """What a join's condition says of the time between its rows, and what ``rest`` of it says other things."""

    interval: JoinInterval
    rest: Expression | None


def time_bounds(join: Join) -> TimeBounds | None:
    """The bounds of ``left time - right time``, for two time attributes of one kind; None unless both are there."""
    bounds: dict[tuple[int, int], _Bounds] = {}
    found: dict[int, tuple[int, int]] = {}
    parts = conjuncts(join.condition)
    for number, part in enumerate(parts):
        comparison = _comparison(part, join)
        if comparison is not None:
            found[number] = comparison.columns
            bounds.setdefault(comparison.columns, _Bounds()).narrow(comparison)
    for (left, right), bound in bounds.items():
        if bound.lower is not None and bound.upper is not None:
            event_time = join.left.schema[left].time is TimeAttribute.ROWTIME
            interval = JoinInterval(left, right, bound.lower, bound.upper, event_time)
            return TimeBounds(interval, conjunction([p for n, p in enumerate(parts) if found.get(n) != (left, right)]))
    return None


@dataclass(frozen=True)
class _Comparison:
    """``left time - right time`` ``operator`` ``distance`` (ms); ``columns`` are those of the times on each side."""

    columns: tuple[int, int]
    operator: str
    distance: int


@dataclass
class _Bounds:
    lower: int | None = None
    upper: int | None = None

    def narrow(self, comparison: _Comparison) -> None:
        operator, distance = comparison.operator, comparison.distance
        if operator in ("=", ">=", ">"):
            least = distance + (operator == ">")
            self.lower = least if self.lower is None else max(self.lower, least)
        if operator in ("=", "<=", "<"):
            most = distance - (operator == "<")
            self.upper = most if self.upper is None else min(self.upper, most)


def _comparison(condition: Expression, join: Join) -> _Comparison | None:
    if not (isinstance(condition, Call) and condition.function in _MIRRORED):
        return None
    a, b = (_time(argument) for argument in condition.args)
    if a is None or b is None:
        return None
    width, operator = len(join.left.schema), condition.function
    if a[0] >= width > b[0]:
        a, b, operator = b, a, _MIRRORED[operator]
    if not a[0] < width <= b[0]:
        return None
    left, right = a[0], b[0] - width
    time = join.left.schema[left].time
    if time is None or time is not join.right.schema[right].time:
        return None
    return _Comparison((left, right), operator, b[1] - a[1])


def _time(expression: Expression) -> tuple[int, int] | None:
    """A column and what is added to it, in ms."""
    if isinstance(expression, InputRef):
        return expression.index, 0
    if isinstance(expression, Cast) and same_type(expression.type, expression.operand.type):
        return _time(expression.operand)
    if isinstance(expression, Call) and expression.function in ("+", "-"):
        base, distance = expression.args
        if expression.function == "+" and isinstance(base, Literal):
            base, distance = distance, base
        time = _time(base)
        if time is not None and isinstance(distance, Literal) and isinstance(distance.type, DayTimeIntervalType):
            sign = 1 if expression.function == "+" else -1
            return time[0], time[1] + sign * int(distance.value or 0)
    return None
