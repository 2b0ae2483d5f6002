"""Moves conditions towards the sources: through projections, unions, groupings, partitions, and to a side of a join.

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
    Correlate,
    Filter,
    Join,
    LogicalNode,
    LookupJoin,
    Normalize,
    Over,
    Project,
    ReplicateRows,
    TemporalJoin,
    Union,
    WindowFunction,
    children,
    with_children,
)
from sqlstream.plan.physical import JoinKind, WindowKind
from sqlstream.plan.rules.null_rejection import rejects_nulls


def push_down_predicates(node: LogicalNode) -> LogicalNode:
    """``node`` with every condition as low as it may go."""
    if isinstance(node, Filter):
        return _push(node.input, list(conjuncts(node.condition)))
    if isinstance(node, Join | TemporalJoin | LookupJoin):
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
        case TemporalJoin():
            return _push_into_temporal_join(node, conditions)
        case Correlate() | LookupJoin():
            return _push_into_lateral(node, conditions)
        case Aggregate():
            return _push_some(node, conditions, dict(enumerate(node.keys)))
        case Normalize():
            return _push_some(node, conditions, {key: key for key in node.keys})
        case ReplicateRows():
            return _push_some(node, conditions, {i: i for i in range(len(node.schema))})
        case WindowFunction():
            return _push_some(node, conditions, {i: i for i in _columns_before(node)})
        case Over():
            return _push_some(node, conditions, {i: i for i in node.partition})
    return _filtered(push_down_predicates(node), conditions)


def _push_into_project(node: Project, conditions: Sequence[Expression]) -> LogicalNode:
    """What is different each time it is computed (the time, a random number) must be computed only once."""
    fixed = {i for i, expression in enumerate(node.expressions) if is_deterministic(expression)}
    below = [c for c in conditions if input_columns(c) <= fixed]
    above = [c for c in conditions if c not in below]
    pushed = _push(node.input, [substitute(condition, node.expressions) for condition in below])
    return _filtered(dataclasses.replace(node, input=pushed), above)


def _columns_before(node: WindowFunction) -> Sequence[int]:
    """Columns by which rows may be left out before they get their windows. Without some of its rows a session is
    another one; without all rows of a key it is gone."""
    return node.keys if node.window.kind is WindowKind.SESSION else range(len(node.input.schema))


def _push_some(
    node: Aggregate | WindowFunction | Over | Normalize | ReplicateRows | Correlate | LookupJoin,
    conditions: Sequence[Expression],
    movable: dict[int, int],
) -> LogicalNode:
    """Conditions on ``movable`` output columns alone go below, as conditions on the input columns they map to."""
    below = [c for c in conditions if is_deterministic(c) and input_columns(c) and input_columns(c) <= movable.keys()]
    above = [c for c in conditions if c not in below]
    pushed = _push(node.input, [remap(condition, movable) for condition in below])
    return _filtered(dataclasses.replace(node, input=pushed), above)


def _push_into_join(join: Join, conditions: Sequence[Expression]) -> LogicalNode:
    """``conditions`` on the result go to a side that is never missing from it, and what must match (ON) to a side whose
    rows do not come out unmatched."""
    width = len(join.left.schema)
    join = dataclasses.replace(join, kind=_simplified(join, conditions))
    result = _Split(conditions, width, left=not join.kind.pads_left, right=not join.kind.pads_right)
    own = [*conjuncts(join.condition), *(result.rest if join.kind is JoinKind.INNER else [])]
    match = _Split(own, width, left=join.kind in _LEFT_MUST_MATCH, right=join.kind in _RIGHT_MUST_MATCH)
    pushed = dataclasses.replace(
        join,
        left=_push(join.left, [*result.left, *match.left]),
        right=_push(join.right, [*result.right, *match.right]),
        condition=conjunction(match.rest),
    )
    return pushed if join.kind is JoinKind.INNER else _filtered(pushed, result.rest)


def _push_into_temporal_join(join: TemporalJoin, conditions: Sequence[Expression]) -> LogicalNode:
    """Left rows that would not come out need not wait. A version that a condition rejects still ends the one before it,
    so nothing goes to the right side."""
    width = len(join.left.schema)
    right = range(width, width + len(join.right.schema))
    if any(rejects_nulls(condition, right) for condition in conditions):
        join = dataclasses.replace(join, kind=JoinKind.INNER)
    result = _Split(conditions, width, left=True, right=False)
    match = _Split(conjuncts(join.condition), width, left=join.kind is JoinKind.INNER, right=False)
    pushed = dataclasses.replace(
        join,
        left=_push(join.left, [*result.left, *match.left]),
        right=push_down_predicates(join.right),
        condition=conjunction(match.rest),
    )
    return _filtered(pushed, result.rest)


def _push_into_lateral(node: Correlate | LookupJoin, conditions: Sequence[Expression]) -> LogicalNode:
    width = len(node.input.schema)
    if any(rejects_nulls(condition, range(width, len(node.schema))) for condition in conditions):
        node = dataclasses.replace(node, kind=JoinKind.INNER)
    if isinstance(node, LookupJoin) and node.kind is JoinKind.INNER:
        match = _Split(conjuncts(node.condition), width, left=True, right=False)
        node = dataclasses.replace(node, condition=conjunction(match.rest))
        conditions = [*conditions, *match.left]
    return _push_some(node, conditions, {i: i for i in range(width)})


_LEFT_MUST_MATCH = (JoinKind.INNER, JoinKind.RIGHT, JoinKind.SEMI)
_RIGHT_MUST_MATCH = (JoinKind.INNER, JoinKind.LEFT, JoinKind.SEMI, JoinKind.ANTI)


def _simplified(join: Join, conditions: Sequence[Expression]) -> JoinKind:
    """The kind of join that is left when ``conditions`` reject rows with a missing side."""
    width = len(join.left.schema)
    kind = join.kind
    left, right = range(width), range(width, width + len(join.right.schema))
    if kind.pads_left and any(rejects_nulls(condition, left) for condition in conditions):
        kind = _WITHOUT_PADDED_LEFT[kind]
    if kind.pads_right and any(rejects_nulls(condition, right) for condition in conditions):
        kind = _WITHOUT_PADDED_RIGHT[kind]
    return kind


_WITHOUT_PADDED_LEFT = {JoinKind.RIGHT: JoinKind.INNER, JoinKind.FULL: JoinKind.LEFT}
_WITHOUT_PADDED_RIGHT = {JoinKind.LEFT: JoinKind.INNER, JoinKind.FULL: JoinKind.RIGHT}


class _Split:
    """Conditions on one side alone, as far as that side takes them, and the ``rest`` over the joined row."""

    def __init__(self, conditions: Sequence[Expression], width: int, *, left: bool, right: bool) -> None:
        self.left: list[Expression] = []
        self.right: list[Expression] = []
        self.rest: list[Expression] = []
        for condition in conditions:
            columns = input_columns(condition)
            if not columns or not is_deterministic(condition):
                self.rest.append(condition)
            elif left and max(columns) < width:
                self.left.append(condition)
            elif right and min(columns) >= width:
                self.right.append(shift(condition, -width))
            else:
                self.rest.append(condition)


def _filtered(node: LogicalNode, conditions: Sequence[Expression]) -> LogicalNode:
    condition = conjunction(conditions)
    return node if condition is None else Filter(node, condition)
