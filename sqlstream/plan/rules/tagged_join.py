"""A join inside a sub-query, of sides that give rows for several values of its parameters."""

from __future__ import annotations

from sqlstream.plan import logical as l
from sqlstream.plan.expression_tree import bound_to, conjunction, shift, substitute
from sqlstream.plan.expressions import Call, Expression, InputRef
from sqlstream.plan.join_row import joined_row, output_row
from sqlstream.plan.physical import JoinKind
from sqlstream.plan.rules.outer_rows import Parameters, equal
from sqlstream.plan.rules.tagged import Tagged, with_tags
from sqlstream.types.logical import with_nullability


def joined_sides(node: l.Join, left: Tagged | None, right: Tagged | None, wanted: Parameters) -> Tagged:
    """The join of two sides of which one at least is tagged; rows match for equal values only."""
    left_plan = node.left if left is None else left.plan
    right_plan = node.right if right is None else right.plan
    width, left_width, right_width = len(left_plan.schema), len(node.left.schema), len(node.right.schema)
    left_tags = {} if left is None else left.tags()
    right_tags = {} if right is None else {i: shift(right.tag(i), width) for i in wanted}
    tags = left_tags or right_tags
    row = joined_row(left_plan.schema, right_plan.schema)
    place = [*range(left_width), *range(width, width + right_width)]
    moved = [InputRef(p, row[p].type) for p in place]
    conditions = [] if node.condition is None else [bound_to(substitute(node.condition, moved), tags)]
    present = [side.never_null for side in (left, right) if side is not None]
    either = frozenset().union(*present)
    never_null = either if node.kind is JoinKind.INNER else present[0]
    if len(present) == 2:
        conditions += [equal(left_tags[i], right_tags[i], null_safe=i not in either) for i in wanted]
    plan: l.LogicalNode = l.Join(
        left_plan, right_plan, conjunction(conditions), output_row(row, width, node.kind), kind=node.kind
    )
    if node.kind is JoinKind.RIGHT:
        tags, never_null = right_tags, frozenset() if right is None else right.never_null
    if node.kind is JoinKind.FULL:
        tags = {i: _coalesce(left_tags[i], right_tags[i]) for i in wanted}
        never_null = frozenset()
    if node.kind.left_only:
        place = list(range(left_width))
    outputs = (*(InputRef(p, plan.schema[p].type) for p in place), *tags.values())
    return Tagged(l.Project(plan, outputs, with_tags(node.schema, list(tags.values()))), wanted, never_null)


def _coalesce(a: Expression, b: Expression) -> Expression:
    return Call("COALESCE", (a, b), with_nullability(a.type, a.type.nullable and b.type.nullable))
