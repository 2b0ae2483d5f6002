"""Makes joins of dependent joins: what sub-queries take from the rows around them becomes conditions on these.

Projections and conditions at the top of a sub-query move into the join; what depends on the outer rows further down is
unnested (:mod:`sqlstream.plan.rules.unnesting`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlstream.plan import logical as l
from sqlstream.plan.binder.time_attributes import without_time
from sqlstream.plan.expression_tree import bound_to, column_refs, conjunction, shift, substitute
from sqlstream.plan.expressions import AggregateCall, Call, Expression, InputRef, Literal
from sqlstream.plan.join_row import joined_row, output_row
from sqlstream.plan.logical import Apply, ApplyKind
from sqlstream.plan.node_expressions import parameters
from sqlstream.plan.physical import JoinKind
from sqlstream.plan.rules.outer_rows import OuterRows, not_null, without_casts
from sqlstream.plan.rules.pull_up import Pulled, pull_up
from sqlstream.plan.rules.unnesting import Unnesting, completed
from sqlstream.types.logical import BooleanType, with_nullability
from sqlstream.types.schema import Field, Schema

_BOOLEAN = BooleanType(nullable=False)
_TRUE = Literal(True, _BOOLEAN)


def join_subqueries(root: l.LogicalNode) -> l.LogicalNode:
    """``root`` without Apply nodes and parameters. PlanError where a sub-query cannot be unnested."""
    return l.rewrite_bottom_up(root, lambda node: _joined(node) if isinstance(node, Apply) else node)


def _joined(apply: Apply) -> l.LogicalNode:
    if apply.kind in _TESTS:
        apply = replace(apply, right=_without_limits(apply.right))
    right, arguments = without_casts(apply)
    unnesting = Unnesting(OuterRows(apply.left, arguments))
    if apply.kind in _TESTS and not parameters(right):
        right = _any_row(right)
    pulled = pull_up(right)
    if isinstance(pulled.core, l.Aggregate) and not pulled.core.keys:
        return _by_single_row(apply, unnesting, pulled, pulled.core)
    if apply.kind is ApplyKind.MARK:
        return _marked(apply, unnesting, right)
    return _by_rows(apply, unnesting, pulled)


def _without_limits(plan: l.LogicalNode) -> l.LogicalNode:
    """A plan that has rows when ``plan`` has."""
    while isinstance(plan, l.Sort | l.Limit | l.Project):
        if not isinstance(plan, l.Project) and (plan.offset or plan.fetch == 0):
            break
        plan = plan.input
    return plan


def _any_row(plan: l.LogicalNode) -> l.LogicalNode:
    """One row if ``plan`` has any, by an aggregate that changes no more once there is a row."""
    row = Schema((Field("$any", _BOOLEAN),))
    type_ = with_nullability(_BOOLEAN, True)
    found = AggregateCall("MIN", (0,), type_, "$any")
    aggregate = l.Aggregate(l.Project(plan, (_TRUE,), row), (), (found,), Schema((Field("$any", type_),)))
    return l.Filter(aggregate, not_null(InputRef(0, type_)))


@dataclass(frozen=True)
class _Side:
    """The right side of a join to come: ``plan``, and over the joined row what the sub-query gives, and on what
    conditions."""

    plan: l.LogicalNode
    outputs: tuple[Expression, ...]
    conditions: tuple[Expression, ...]


def _side(apply: Apply, unnesting: Unnesting, pulled: Pulled) -> _Side:
    """The core of a sub-query without its parameters; the arguments take their places in what was pulled up."""
    width, arguments = len(apply.left.schema), dict(enumerate(unnesting.outer.arguments))
    wanted = tuple(sorted(parameters(pulled.core)))
    plan, tags = pulled.core, []
    if wanted:
        tagged = unnesting.core(pulled.core, wanted)
        plan, tags = tagged.plan, tagged.matches(arguments, width)
    outputs, conditions = (
        tuple(bound_to(shift(e, width), arguments) for e in expressions)
        for expressions in (pulled.outputs, pulled.conditions)
    )
    return _Side(plan, outputs, (*conditions, *tags))


def _by_rows(apply: Apply, unnesting: Unnesting, pulled: Pulled) -> l.LogicalNode:
    """INNER, LEFT, SEMI and ANTI as the joins of these kinds."""
    left, side = apply.left, _side(apply, unnesting, pulled)
    condition, kind = conjunction(side.conditions), _JOIN_KINDS[apply.kind]
    if kind.left_only:
        return l.Join(left, side.plan, condition, apply.schema, kind=kind)
    width = len(left.schema)
    outputs = side.outputs
    plan = side.plan
    if kind is JoinKind.LEFT and not all(isinstance(e, InputRef) for e in outputs):
        marked = Schema((*plan.schema, Field("$found", _BOOLEAN)))
        plan = l.Project(plan, (*column_refs(plan.schema), _TRUE), marked)
        found = InputRef(width + len(marked) - 1, with_nullability(_BOOLEAN, True))
        outputs = tuple(_only_if(not_null(found), e) for e in outputs)
    joined = _join(left, plan, condition, kind)
    return l.Project(joined, (*column_refs(joined.schema)[:width], *outputs), apply.schema)


def _by_single_row(apply: Apply, unnesting: Unnesting, pulled: Pulled, core: l.Aggregate) -> l.LogicalNode:
    """An aggregation without keys has exactly one row for each outer row, though it be of nothing: they are joined, and
    what was pulled up is computed on top."""
    width, arguments = len(apply.left.schema), dict(enumerate(unnesting.outer.arguments))
    grouped = unnesting.grouped(core, tuple(sorted(parameters(core.input))))
    condition = conjunction(grouped.matches(arguments, width))
    joined = _join(apply.left, grouped.plan, condition, JoinKind.LEFT)
    columns = column_refs(joined.schema)
    values = completed(core.aggregates, columns[width : width + grouped.width])
    outputs, conditions = (
        tuple(bound_to(substitute(e, values), arguments) for e in expressions)
        for expressions in (pulled.outputs, pulled.conditions)
    )
    return _RESULTS[apply.kind](apply, joined, outputs, conjunction(conditions))


def _marked(apply: Apply, unnesting: Unnesting, right: l.LogicalNode) -> l.LogicalNode:
    """Outer rows joined to the distinct values for which the sub-query has rows."""
    width, arguments = len(apply.left.schema), dict(enumerate(unnesting.outer.arguments))
    tagged = unnesting.tagged(right, tuple(sorted(parameters(right))))
    tags = tuple(tagged.tags().values())
    row = Schema(tuple(tagged.plan.schema.fields[tagged.width :]))
    found = l.Aggregate(l.Project(tagged.plan, tags, row), tuple(range(len(row))), (), row)
    marked = Schema((Field("$found", _BOOLEAN), *row))
    side = replace(tagged, plan=l.Project(found, (_TRUE, *column_refs(row)), marked))
    joined = _join(apply.left, side.plan, conjunction(side.matches(arguments, width)), JoinKind.LEFT)
    columns = column_refs(joined.schema)
    return l.Project(joined, (*columns[:width], not_null(columns[width])), apply.schema)


def _join(left: l.LogicalNode, right: l.LogicalNode, condition: Expression | None, kind: JoinKind) -> l.Join:
    row = without_time(output_row(joined_row(left.schema, right.schema), len(left.schema), kind))
    return l.Join(left, right, condition, row, kind=kind)


def _only_if(condition: Expression, value: Expression) -> Expression:
    type_ = with_nullability(value.type, True)
    return Call("CASE", (condition, value, Literal(None, type_)), type_)


def _kept(plan: l.LogicalNode, condition: Expression | None) -> l.LogicalNode:
    return plan if condition is None else l.Filter(plan, condition)


def _with_outputs(
    apply: Apply, joined: l.LogicalNode, outputs: tuple[Expression, ...], condition: Expression | None
) -> l.LogicalNode:
    kept = _kept(joined, condition)
    return l.Project(kept, (*column_refs(joined.schema)[: len(apply.left.schema)], *outputs), apply.schema)


def _padded(
    apply: Apply, joined: l.LogicalNode, outputs: tuple[Expression, ...], condition: Expression | None
) -> l.LogicalNode:
    if condition is not None:
        outputs = tuple(_only_if(condition, e) for e in outputs)
    return _with_outputs(apply, joined, outputs, None)


def _with_row(
    apply: Apply, joined: l.LogicalNode, outputs: tuple[Expression, ...], condition: Expression | None
) -> l.LogicalNode:
    return _with_outputs(apply, joined, (), condition)


def _without_row(
    apply: Apply, joined: l.LogicalNode, outputs: tuple[Expression, ...], condition: Expression | None
) -> l.LogicalNode:
    none = Literal(False, _BOOLEAN) if condition is None else Call("IS_NOT_TRUE", (condition,), _BOOLEAN)
    return _with_outputs(apply, joined, (), none)


def _row_mark(
    apply: Apply, joined: l.LogicalNode, outputs: tuple[Expression, ...], condition: Expression | None
) -> l.LogicalNode:
    mark = _TRUE if condition is None else Call("IS_TRUE", (condition,), _BOOLEAN)
    return _with_outputs(apply, joined, (mark,), None)


_Result = Callable[[Apply, l.LogicalNode, tuple[Expression, ...], Expression | None], l.LogicalNode]
_RESULTS: dict[ApplyKind, _Result] = {
    ApplyKind.INNER: _with_outputs,
    ApplyKind.LEFT: _padded,
    ApplyKind.SEMI: _with_row,
    ApplyKind.ANTI: _without_row,
    ApplyKind.MARK: _row_mark,
}
"""What comes of outer rows joined to the one row of an aggregation, which counts where the condition holds."""
_JOIN_KINDS = {
    ApplyKind.INNER: JoinKind.INNER,
    ApplyKind.LEFT: JoinKind.LEFT,
    ApplyKind.SEMI: JoinKind.SEMI,
    ApplyKind.ANTI: JoinKind.ANTI,
}
_TESTS = (ApplyKind.SEMI, ApplyKind.ANTI, ApplyKind.MARK)
