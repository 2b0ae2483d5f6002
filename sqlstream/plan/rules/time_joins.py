"""Joins that event time bounds, by an interval or a window, and what they leave of it.

What comes out of a regular join is covered by no watermark, so its rowtime columns are but timestamps from there on.
"""

from __future__ import annotations

import dataclasses

from sqlstream.plan.expressions import InputRef
from sqlstream.plan.logical import Filter, Join, LogicalNode, Project, rewrite_bottom_up
from sqlstream.plan.physical import JoinKind
from sqlstream.plan.rules.same_window import SameWindow, same_window
from sqlstream.plan.rules.time_bounds import time_bounds
from sqlstream.types.schema import Field, Schema, TimeAttribute

_INTERVAL_KINDS = (JoinKind.INNER, JoinKind.LEFT, JoinKind.RIGHT, JoinKind.FULL)


def form_time_joins(root: LogicalNode) -> LogicalNode:
    """Window joins wherever a condition equates windows, interval joins where it bounds the time on both sides.
    Conditions must be where they belong."""
    return rewrite_bottom_up(root, _rewritten)


def _rewritten(node: LogicalNode) -> LogicalNode:
    if isinstance(node, Join):
        return _join(node)
    if isinstance(node, Project):
        kept = [not (isinstance(e, InputRef) and _lost(node.input, e.index)) for e in node.expressions]
        return dataclasses.replace(node, schema=_with_times(node.schema, kept))
    return node


def _lost(node: LogicalNode, column: int) -> bool:
    """Whether ``column`` is no time attribute since it comes out of a regular join."""
    if isinstance(node, Join):
        return node.schema[column].time is None
    if isinstance(node, Filter):
        return _lost(node.input, column)
    if isinstance(node, Project):
        expression = node.expressions[column]
        return isinstance(expression, InputRef) and _lost(node.input, expression.index)
    return False


def _join(join: Join) -> LogicalNode:
    shared = same_window(join)
    if shared is not None:
        return _in_windows(join, shared)
    bounds = time_bounds(join) if join.kind in _INTERVAL_KINDS else None
    if bounds is not None:
        timed = dataclasses.replace(join, condition=bounds.rest, interval=bounds.interval)
        return _with_input_times(timed) if bounds.interval.event_time else _untimed(timed)
    return _untimed(join)


def _in_windows(join: Join, shared: SameWindow) -> Join:
    """Its rows come out when the window ends, so only the window's time is still to be covered by the watermark."""
    times = [column in shared.times or f.time is TimeAttribute.PROCTIME for column, f in enumerate(join.schema)]
    return dataclasses.replace(
        join, condition=shared.rest, window=shared.window, schema=_with_times(join.schema, times)
    )


def _with_input_times(join: Join) -> Join:
    inputs = (*join.left.schema, *join.right.schema)
    return dataclasses.replace(join, schema=_with_times(join.schema, [f.time is not None for f in inputs]))


def _untimed(join: Join) -> Join:
    return dataclasses.replace(
        join, schema=_with_times(join.schema, [f.time is TimeAttribute.PROCTIME for f in join.schema])
    )


def _with_times(schema: Schema, kept: list[bool]) -> Schema:
    return Schema(tuple(f if keep else Field(f.name, f.type) for f, keep in zip(schema, kept, strict=False)))
