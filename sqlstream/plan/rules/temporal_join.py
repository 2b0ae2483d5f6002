"""What the right side of an event-time temporal join must be: a versioned table."""

from __future__ import annotations

import dataclasses

from sqlstream.errors import PlanError, SqlError
from sqlstream.plan.changelog import INSERT_ONLY, emitted_kinds, upsert_keys
from sqlstream.plan.expressions import InputRef
from sqlstream.plan.logical import (
    Calc,
    Filter,
    LogicalNode,
    Project,
    Rank,
    TemporalJoin,
    Watermark,
    children,
    rewrite_bottom_up,
    with_children,
)
from sqlstream.plan.rank_shape import is_by_time


def check_temporal_joins(node: LogicalNode) -> None:
    """Raises SqlError or PlanError where a right side is not a table whose rows have versions by the join's keys."""
    if isinstance(node, TemporalJoin):
        _check_key(node)
        _check_versions(node, node.right)
    for child in children(node):
        check_temporal_joins(child)


def read_every_version(root: LogicalNode) -> LogicalNode:
    """A right side that keeps the last row of each key by the join's time is read without that: each row is a version,
    where what keeps the last one may skip those between two that come at once."""
    return rewrite_bottom_up(root, lambda node: _with_log(node) if isinstance(node, TemporalJoin) else node)


def _with_log(join: TemporalJoin) -> TemporalJoin:
    above: list[LogicalNode] = []
    time, node = join.right_time, join.right
    while isinstance(node, Project | Calc):
        column = node.expressions[time]
        if not isinstance(column, InputRef) or (isinstance(node, Calc) and node.condition is not None):
            return join
        above.append(node)
        time, node = column.index, node.input
    if not (isinstance(node, Rank) and is_by_time(node)) or node.with_rank or node.window is not None:
        return join
    order = node.ranking.order[0]
    if order.column != time or not order.descending or emitted_kinds(node.input) != INSERT_ONLY:
        return join
    right = node.input
    for projection in reversed(above):
        right = with_children(projection, (right,))
    return dataclasses.replace(join, right=right)


def _check_key(join: TemporalJoin) -> None:
    names = join.right.schema.names
    known = upsert_keys(join.right)
    if not known:
        raise SqlError(
            "Temporal Table Join requires primary key in versioned table, but no primary key can be found.",
            position=join.position,
            hint="Declare PRIMARY KEY (...) NOT ENFORCED, or make versions of the rows in a view: SELECT ... FROM "
            "(SELECT *, ROW_NUMBER() OVER (PARTITION BY key ORDER BY ts DESC) AS n FROM t) WHERE n = 1.",
        )
    if not any(key <= set(join.right_keys) for key in known):
        key = min((sorted(key) for key in known), key=len)
        compared = ", ".join(names[column] for column in join.right_keys)
        raise SqlError(
            f"Temporal table's primary key [{', '.join(names[column] for column in key)}] must be included in the "
            f"equivalence condition of temporal join, but current temporal join condition is on [{compared}].",
            position=join.position,
            hint="Write ON " + " AND ".join(f"left.... = right.{names[column]}" for column in key) + ".",
        )


def _check_versions(join: TemporalJoin, node: LogicalNode) -> None:
    """A row that a filter leaves out would not end the version before it."""
    if isinstance(node, Filter) or (isinstance(node, Calc) and node.condition is not None):
        raise PlanError(
            "Filter is not allowed for right changelog input of event time temporal join, "
            "it will corrupt the versioning of data.",
            position=join.position,
            hint="Take the condition out of the view, and put it into ON or WHERE of the join.",
        )
    if isinstance(node, Project | Calc | Watermark):
        _check_versions(join, node.input)
