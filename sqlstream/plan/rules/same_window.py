"""Joins whose rows must belong to the same window."""

from __future__ import annotations

from dataclasses import dataclass

from sqlstream.plan.expression_tree import conjunction, conjuncts
from sqlstream.plan.expressions import Call, Expression, InputRef
from sqlstream.plan.logical import Join, LogicalNode
from sqlstream.plan.physical import JoinWindow, RankWindow, WindowProperty
from sqlstream.plan.rules.rank import form_ranks
from sqlstream.plan.rules.window_aggregate import form_window_aggregates
from sqlstream.plan.window_columns import WindowColumns, window_columns
from sqlstream.types.logical import LocalZonedTimestampType


@dataclass(frozen=True)
class SameWindow:
    """The window that a join's condition makes its rows share, and what ``rest`` of it says other things. ``times``:
    the columns of the joined row that are the window's time."""

    window: JoinWindow
    rest: Expression | None
    times: frozenset[int]


def same_window(join: Join) -> SameWindow | None:
    """None unless the condition equates start and end of windows that are alike."""
    width = len(join.left.schema)
    parts = conjuncts(join.condition)
    pairs = {number: pair for number, part in enumerate(parts) if (pair := _equal_columns(part, width)) is not None}
    if len(pairs) < 2:
        return None
    left, right = _windows(join.left), _windows(join.right)
    if left is None or right is None or left.window != right.window or left.proctime or right.proctime:
        return None
    properties = {n: left.columns[a] for n, (a, b) in pairs.items() if left.columns.get(a, 0) is right.columns.get(b)}
    if not {WindowProperty.START, WindowProperty.END} <= set(properties.values()):
        return None
    places = {prop: pairs[number] for number, prop in properties.items()}
    starts, ends = places[WindowProperty.START], places[WindowProperty.END]
    bounds = [
        RankWindow(left.window, starts[side], ends[side], isinstance(columns.time.type, LocalZonedTimestampType))
        for side, columns in enumerate((left, right))
    ]
    times = {
        column + offset
        for columns, offset in ((left, 0), (right, width))
        for column, prop in columns.columns.items()
        if prop is WindowProperty.TIME
    }
    rest = conjunction([part for number, part in enumerate(parts) if number not in properties])
    return SameWindow(JoinWindow(bounds[0], bounds[1]), rest, frozenset(times))


def _equal_columns(condition: Expression, width: int) -> tuple[int, int] | None:
    """A left and a right column that are equal."""
    if not (isinstance(condition, Call) and condition.function == "="):
        return None
    a, b = condition.args
    if not (isinstance(a, InputRef) and isinstance(b, InputRef)):
        return None
    low, high = sorted((a.index, b.index))
    return (low, high - width) if low < width <= high else None


def _windows(side: LogicalNode) -> WindowColumns | None:
    return window_columns(form_ranks(form_window_aggregates(side), batch=False))
