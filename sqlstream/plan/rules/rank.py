"""A condition on ROW_NUMBER, RANK or DENSE_RANK becomes a Top-N; so no more rows are kept than it can let through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlstream.errors import PlanError
from sqlstream.plan.expression_traits import input_columns
from sqlstream.plan.expression_tree import column_refs, conjunction, conjuncts
from sqlstream.plan.expressions import Call, Expression, InputRef, Literal
from sqlstream.plan.logical import Filter, LogicalNode, Over, Project, Rank, Sort, Values, rewrite_bottom_up
from sqlstream.plan.physical import Ranking, RankType, RankWindow, WindowProperty
from sqlstream.plan.window_columns import window_columns
from sqlstream.types.logical import LocalZonedTimestampType
from sqlstream.types.schema import Schema

_TYPES = {type_.value: type_ for type_ in RankType}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
_LOWEST, _HIGHEST = 1, 2**62


def form_ranks(root: LogicalNode, *, batch: bool, waits: bool = True) -> LogicalNode:
    """``root`` with a Rank for every filter that bounds the rank of a window function. PlanError in streaming mode
    where it gives no upper bound. ``waits``: as in :class:`Rank`."""
    mode = _Mode(batch, waits)

    def formed(node: LogicalNode) -> LogicalNode:
        if isinstance(node, Sort) and node.fetch == 0:
            return Values((), node.schema)
        return _ranked(node, mode) if isinstance(node, Filter) else node

    return rewrite_bottom_up(root, formed)


@dataclass(frozen=True)
class _Mode:
    batch: bool
    waits: bool


@dataclass(frozen=True)
class _Bounds:
    """The ranks that conditions let through, and the conditions that say nothing about them."""

    first: int
    last: int
    rest: tuple[Expression, ...]

    @property
    def given(self) -> bool:
        return (self.first, self.last) != (_LOWEST, _HIGHEST)


def _ranked(node: Filter, mode: _Mode) -> LogicalNode:
    over = node.input
    if not isinstance(over, Over) or len(over.calls) != 1 or over.calls[0].function not in _TYPES:
        return node
    rank = len(over.schema) - 1
    bounds = _bounds(conjuncts(node.condition), rank)
    if not bounds.given:
        return node
    if bounds.last == _HIGHEST:
        if mode.batch or bounds.first == _LOWEST:
            return node
        raise PlanError(
            "Rank end is not specified. Currently rank only support TopN, which means the rank end must be specified.",
            position=over.position,
            hint="Add an upper bound on the row number: AND rn <= 10.",
        )
    if bounds.last < bounds.first:
        return Values((), node.schema)
    return _filtered(_rank(over, bounds, mode), bounds.rest)


def _rank(over: Over, bounds: _Bounds, mode: _Mode) -> LogicalNode:
    type_ = _TYPES[over.calls[0].function]
    ranking = Ranking(type_, bounds.first, bounds.last, over.partition, over.order)
    window = _window(over, mode.batch)
    if type_ is not RankType.ROW_NUMBER or bounds.first < bounds.last:
        return Rank(over.input, ranking, window, mode.waits, True, over.schema)
    # The one rank there is need not be computed.
    width = len(over.input.schema)
    plain = Rank(over.input, ranking, window, mode.waits, False, Schema(over.schema.fields[:width]))
    number = Literal(bounds.first, over.schema[width].type)
    return Project(plain, (*column_refs(plain.schema), number), over.schema)


def _window(over: Over, batch: bool) -> RankWindow | None:
    """The window whose start and end are both among the partition keys."""
    columns = window_columns(over.input)
    if columns is None:
        return None
    starts, ends = (
        [key for key in over.partition if columns.columns.get(key) is bound]
        for bound in (WindowProperty.START, WindowProperty.END)
    )
    if not (starts and ends):
        return None
    if columns.proctime and not batch:
        raise PlanError(
            "Processing time Window TopN is not supported yet.",
            position=over.position,
            hint="Rank windows of event time: give the table a WATERMARK, and the window function its column.",
        )
    is_instant = isinstance(columns.time.type, LocalZonedTimestampType)
    return RankWindow(columns.window, starts[0], ends[0], is_instant)


def _bounds(conditions: Sequence[Expression], rank: int) -> _Bounds:
    first, last = _LOWEST, _HIGHEST
    rest: list[Expression] = []
    for condition in conditions:
        comparison = _comparison(condition, rank)
        if comparison is None:
            rest.append(condition)
            continue
        operator, number = comparison
        if operator in ("=", ">", ">="):
            first = max(first, number + (operator == ">"))
        if operator in ("=", "<", "<="):
            last = min(last, number - (operator == "<"))
    return _Bounds(first, last, tuple(rest))


def _comparison(condition: Expression, rank: int) -> tuple[str, int] | None:
    """``rank < 3`` as ("<", 3), whichever side the rank is on; None for anything else."""
    if not isinstance(condition, Call) or condition.function not in _FLIPPED:
        return None
    left, right = condition.args
    if _is_column(left, rank) and isinstance(right, Literal) and isinstance(right.value, int):
        return condition.function, right.value
    if _is_column(right, rank) and isinstance(left, Literal) and isinstance(left.value, int):
        return _FLIPPED[condition.function], left.value
    return None


def _is_column(expression: Expression, column: int) -> bool:
    return isinstance(expression, InputRef) and input_columns(expression) == {column}


def _filtered(node: LogicalNode, conditions: Sequence[Expression]) -> LogicalNode:
    condition = conjunction(conditions)
    return node if condition is None else Filter(node, condition)
