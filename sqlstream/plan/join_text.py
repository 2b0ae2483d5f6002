"""Joins in one line each, as Flink's EXPLAIN writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlstream.plan import physical as p
from sqlstream.plan.call_text import call_text
from sqlstream.plan.expression_text import expression_text
from sqlstream.plan.expressions import Expression
from sqlstream.plan.join_row import joined_row
from sqlstream.plan.window_text import window_text
from sqlstream.types.schema import Schema

_JOIN_TYPES = {
    p.JoinKind.INNER: "InnerJoin",
    p.JoinKind.LEFT: "LeftOuterJoin",
    p.JoinKind.RIGHT: "RightOuterJoin",
    p.JoinKind.FULL: "FullOuterJoin",
    p.JoinKind.SEMI: "LeftSemiJoin",
    p.JoinKind.ANTI: "LeftAntiJoin",
}


def where_text(join: Any) -> str:
    """What rows must fulfil to match in ``join``, a node with inputs, keys and a condition."""
    names, width = joined_row(join.left, join.right).names, len(join.left)
    conditions = [
        f"{names[a]} {'IS NOT DISTINCT FROM' if i in join.null_safe else '='} {names[width + b]}"
        for i, (a, b) in enumerate(zip(join.left_keys, join.right_keys, strict=True))
    ]
    condition: Expression | None = join.condition
    if condition is not None:
        conditions.append(expression_text(condition, names))
    return " AND ".join(conditions) or "TRUE"


def join_type_text(kind: p.JoinKind) -> str:
    """``LeftOuterJoin``."""
    return _JOIN_TYPES[kind]


def _join(join: p.Join, inputs: list[list[str]]) -> str:
    return call_text(
        "Join",
        joinType=_JOIN_TYPES[join.kind],
        where=where_text(join),
        select=_select(join.schema),
        leftInputSpec=_input_spec(join.left_unique, join.left_keys),
        rightInputSpec=_input_spec(join.right_unique, join.right_keys),
    )


def _interval_join(join: p.IntervalJoin, inputs: list[list[str]]) -> str:
    interval = join.interval
    bounds = (
        f"isRowTime={str(interval.event_time).lower()}, leftLowerBound={interval.lower}, "
        f"leftUpperBound={interval.upper}, leftTimeIndex={interval.left_time}, rightTimeIndex={interval.right_time}"
    )
    return call_text(
        "IntervalJoin",
        joinType=_JOIN_TYPES[join.kind],
        windowBounds=bounds,
        where=where_text(join),
        select=_select(join.schema),
    )


def _window_join(join: p.WindowJoin, inputs: list[list[str]]) -> str:
    windows = [
        window_text(bounds.window, [names[bounds.start], names[bounds.end]])
        for bounds, names in zip((join.window.left, join.window.right), inputs, strict=True)
    ]
    return call_text(
        "WindowJoin",
        leftWindow=windows[0],
        rightWindow=windows[1],
        joinType=_JOIN_TYPES[join.kind],
        where=where_text(join),
        select=_select(join.schema),
    )


def _hash_join(join: p.HashJoin, inputs: list[list[str]]) -> str:
    return call_text(
        "HashJoin",
        joinType=_JOIN_TYPES[join.kind],
        where=where_text(join),
        select=_select(join.schema),
        isBroadcast="true" if join.broadcast else None,
        build=_built(join.build_left),
    )


def _sort_merge_join(join: p.SortMergeJoin, inputs: list[list[str]]) -> str:
    return call_text(
        "SortMergeJoin", joinType=_JOIN_TYPES[join.kind], where=where_text(join), select=_select(join.schema)
    )


def _nested_loop_join(join: p.NestedLoopJoin, inputs: list[list[str]]) -> str:
    names = joined_row(join.left, join.right).names
    return call_text(
        "NestedLoopJoin",
        joinType=_JOIN_TYPES[join.kind],
        where="TRUE" if join.condition is None else expression_text(join.condition, names),
        select=_select(join.schema),
        build=_built(join.build_left),
    )


def _built(left: bool) -> str:
    return "left" if left else "right"


def _select(schema: Schema) -> str:
    return ", ".join(schema.names)


def _input_spec(unique: Sequence[int] | None, keys: Sequence[int]) -> str:
    if unique is None:
        return "NoUniqueKey"
    return "JoinKeyContainsUniqueKey" if set(unique) <= set(keys) else "HasUniqueKey"


JOIN_PRINTERS: dict[type, Callable[[Any, list[list[str]]], str]] = {
    p.Join: _join,
    p.HashJoin: _hash_join,
    p.SortMergeJoin: _sort_merge_join,
    p.NestedLoopJoin: _nested_loop_join,
    p.IntervalJoin: _interval_join,
    p.WindowJoin: _window_join,
}
