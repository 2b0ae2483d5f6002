"""How a Top-N may follow its input."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from sqlstream.columnar.batch import RowKind
from sqlstream.plan import logical as l
from sqlstream.plan.changelog import INSERT_ONLY, emitted_kinds, upsert_keys
from sqlstream.plan.expressions import InputRef
from sqlstream.plan.physical import RankStrategy, RankType, SortKey
from sqlstream.types.schema import TimeAttribute


def rank_strategy(node: l.Rank | l.Sort) -> tuple[RankStrategy, tuple[int, ...]]:
    """The strategy, and the columns that identify a row of the input (none if nothing does)."""
    kinds = emitted_kinds(node.input)
    if kinds == INSERT_ONLY:
        return RankStrategy.APPEND_FAST, ()
    keys = sorted(upsert_keys(node.input), key=lambda key: (len(key), sorted(key)))
    keys = [key for key in keys if key]
    by_number, partition, order = _ranked_by(node)
    if by_number and RowKind.DELETE not in kinds and _only_improves(node.input, order):
        for key in keys:
            if key >= set(partition):
                return RankStrategy.UPDATE_FAST, tuple(sorted(key))
    return RankStrategy.RETRACT, tuple(sorted(keys[0])) if keys else ()


def replaces_rows(node: l.LogicalNode) -> bool:
    """Whether ``node`` is a Top-N that is told what rows become, and need not be told what they were."""
    if isinstance(node, l.Sort):
        return node.fetch is not None and rank_strategy(node)[0] is RankStrategy.UPDATE_FAST
    return isinstance(node, l.Rank) and node.window is None and rank_strategy(node)[0] is RankStrategy.UPDATE_FAST


def _ranked_by(node: l.Rank | l.Sort) -> tuple[bool, tuple[int, ...], Sequence[SortKey]]:
    if isinstance(node, l.Sort):
        return True, (), node.keys
    return node.ranking.type is RankType.ROW_NUMBER, node.ranking.partition, node.ranking.order


class _Course(Enum):
    """How a column of a row changes with its updates."""

    CONSTANT = "constant"
    RISES = "rises"
    FALLS = "falls"


_COURSES = {"COUNT": _Course.RISES, "MAX": _Course.RISES, "MIN": _Course.FALLS}


def _only_improves(input: l.LogicalNode, order: Sequence[SortKey]) -> bool:
    """Whether no update moves a row down."""
    for key in order:
        field = input.schema[key.column]
        course = _course(input, key.column)
        # NULL becomes a value at any time; so it has to be at the lower end.
        improves = course is (_Course.RISES if key.descending else _Course.FALLS)
        if course is not _Course.CONSTANT and not (improves and (key.nulls_last or not field.type.nullable)):
            return False
        if field.time is TimeAttribute.PROCTIME:
            return False
    return True


def _course(node: l.LogicalNode, column: int) -> _Course | None:
    match node:
        case l.Aggregate() if emitted_kinds(node.input) == INSERT_ONLY:
            if column < len(node.keys):
                return _Course.CONSTANT
            return _COURSES.get(node.aggregates[column - len(node.keys)].function)
        case l.Calc() if node.condition is None:
            return _projected(node, column)
        case l.Project():
            return _projected(node, column)
        case _:
            return None


def _projected(node: l.Calc | l.Project, column: int) -> _Course | None:
    expression = node.expressions[column]
    return _course(node.input, expression.index) if isinstance(expression, InputRef) else None
