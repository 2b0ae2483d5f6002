"""Moves conditions towards the sources: through projections, unions and groupings, and to one side of a join.

Not through a watermark: rows that are filtered out still tell how far event time has come.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from sqlstream.plan.expression_traits import input_columns, is_deterministic
from sqlstream.plan.expression_tree import conjunction, conjuncts, remap, shift, substitute
from sqlstream.plan.expressions import Expression
from sqlstream.plan.logical import (
    Aggregate,
    Filter,
    Join,
    LogicalNode,
    Project,
    Union,
    WindowFunction,
    children,
    with_children,
)


def push_down_predicates(node: LogicalNode) -> LogicalNode:
    """``node`` with every condition as low as it may go."""
    if isinstance(node, Filter):
        return _push(node.input, list(conjuncts(node.condition)))
    if isinstance(node, Join):
        return _push(node, [])
    return with_children(node, tuple(push_down_predicates(child) for child in children(node)))


def _push(node: LogicalNode, conditions: list[Expression]) -> LogicalNode:
    """``conditions`` over the output of ``node``, put where they belong."""
    match node:
        case Filter():
            return _push(node.input, [*conjuncts(node.condition), *conditions])
        case Project():
            return _push_into_project(node, conditions)
        case Union():
            return dataclasses.replace(node, inputs=tuple(_push(branch, conditions) for branch in node.inputs))
        case Join():
            return _push_into_join(node, conditions)
        case Aggregate():
            return _push_some(node, conditions, dict(enumerate(node.keys)))
        case WindowFunction():
            return _push_some(node, conditions, {i: i for i in range(len(node.input.schema))})
    return _filtered(push_down_predicates(node), conditions)


def _push_into_project(node: Project, conditions: Sequence[Expression]) -> LogicalNode:
    """What is different each time it is computed (the time, a random number) must be computed only once."""
    fixed = {i for i, expression in enumerate(node.expressions) if is_deterministic(expression)}
    below = [c for c in conditions if input_columns(c) <= fixed]
    above = [c for c in conditions if c not in below]
    pushed = _push(node.input, [substitute(condition, node.expressions) for condition in below])
    return _filtered(dataclasses.replace(node, input=pushed), above)


def _push_some(
    node: Aggregate | WindowFunction, conditions: Sequence[Expression], movable: dict[int, int]
) -> LogicalNode:
    """Conditions on ``movable`` output columns alone go below, as conditions on the input columns they map to."""
    below = [c for c in conditions if is_deterministic(c) and input_columns(c) and input_columns(c) <= movable.keys()]
    above = [c for c in conditions if c not in below]
    pushed = _push(node.input, [remap(condition, movable) for condition in below])
    return _filtered(dataclasses.replace(node, input=pushed), above)


def _push_into_join(join: Join, conditions: Sequence[Expression]) -> LogicalNode:
    width = len(join.left.schema)
    left: list[Expression] = []
    right: list[Expression] = []
    both: list[Expression] = []
    for condition in (*conjuncts(join.condition), *conditions):
        columns = input_columns(condition)
        if not columns or not is_deterministic(condition):
            both.append(condition)
        elif max(columns) < width:
            left.append(condition)
        elif min(columns) >= width:
            right.append(shift(condition, -width))
        else:
            both.append(condition)
    return dataclasses.replace(
        join, left=_push(join.left, left), right=_push(join.right, right), condition=conjunction(both)
    )


def _filtered(node: LogicalNode, conditions: Sequence[Expression]) -> LogicalNode:
    condition = conjunction(conditions)
    return node if condition is None else Filter(node, condition)
