"""FROM a, LATERAL (SELECT ...): a sub-query that is asked anew for each row to its left."""

from __future__ import annotations

from sqlglot import exp

from sqlstream.errors import PlanError
from sqlstream.plan.binder.enclosing import Enclosing
from sqlstream.plan.binder.subqueries import SubqueryCollector
from sqlstream.plan.binder.subquery_plans import apply_row, filtered, has_subquery
from sqlstream.plan.expression_tree import transform
from sqlstream.plan.expressions import Expression, InputRef
from sqlstream.plan.logical import Apply, ApplyKind, Filter, LogicalNode
from sqlstream.plan.physical import JoinKind
from sqlstream.sql.positions import position_of

_KINDS = {JoinKind.INNER: ApplyKind.INNER, JoinKind.LEFT: ApplyKind.LEFT}


def is_lateral_query(node: exp.Expression) -> bool:
    """Whether ``node`` is LATERAL before a query, not before a table function."""
    return isinstance(node, exp.Lateral) and isinstance(node.this, exp.Subquery | exp.Values)


def lateral_join(
    left: LogicalNode, right: LogicalNode, condition: Expression | None, enclosing: Enclosing, kind: JoinKind,
    subqueries: SubqueryCollector, node: exp.Join,
) -> LogicalNode:  # fmt: skip
    """``condition`` is over left columns then right ones; of a LEFT JOIN it becomes one of the sub-query's own.

    PlanError for joins that keep rows of the right side, since there are none without a left row.
    """
    if kind not in _KINDS:
        raise PlanError(
            f"{kind.value.upper()} JOIN LATERAL is not supported: the sub-query has rows for left rows alone.",
            position=position_of(node),
            hint="Write CROSS JOIN LATERAL, or LEFT JOIN LATERAL ... ON TRUE.",
        )
    if kind is JoinKind.LEFT and condition is not None:
        if has_subquery(condition):
            raise PlanError(
                "ON of a LEFT JOIN LATERAL takes no sub-query.",
                position=position_of(node.args["on"]),
                hint="Put it into the WHERE clause of the LATERAL query.",
            )
        right = Filter(right, _inside(condition, len(left.schema), enclosing))
    row = apply_row(left.schema, right.schema, _KINDS[kind])
    plan = Apply(left, right, tuple(enclosing.arguments), _KINDS[kind], row)
    return plan if kind is JoinKind.LEFT or condition is None else filtered(plan, condition, subqueries.queries)


def _inside(condition: Expression, width: int, enclosing: Enclosing) -> Expression:
    def rule(part: Expression) -> Expression | None:
        if not isinstance(part, InputRef):
            return None
        return enclosing.parameter(part) if part.index < width else InputRef(part.index - width, part.type)

    return transform(condition, rule)
