"""Puts the sub-queries of expressions into the plan: each becomes a dependent join, its call a column of that.

A condition that is a sub-query's alone only keeps or drops rows (SEMI, ANTI). Elsewhere EXISTS, IN and ANY are columns;
where they may be UNKNOWN, the sub-query also says whether it has rows and NULLs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from sqlstream.errors import PlanError
from sqlstream.plan.binder import literals
from sqlstream.plan.binder.calls import call, find_function, resolve
from sqlstream.plan.binder.subqueries import BoundSubquery, SubqueryCollector, SubqueryKind
from sqlstream.plan.binder.time_attributes import without_time
from sqlstream.plan.expression_traits import children, input_columns, walk
from sqlstream.plan.expression_tree import column_refs, conjunction, conjuncts, shift, with_operands
from sqlstream.plan.expressions import AggregateCall, Call, Expression, InputRef, Parameter, SubqueryCall
from sqlstream.plan.join_row import joined_row, output_row
from sqlstream.plan.logical import Aggregate, Apply, ApplyKind, Filter, Join, Limit, LogicalNode, Project, Sort, Values
from sqlstream.plan.physical import JoinKind
from sqlstream.sql.positions import position_of
from sqlstream.types.logical import BooleanType, LogicalType
from sqlstream.types.schema import Field, Schema

_BOOLEAN = BooleanType(nullable=False)


def filtered(plan: LogicalNode, condition: Expression, queries: Sequence[BoundSubquery]) -> LogicalNode:
    """The rows of ``plan`` for which ``condition`` is TRUE."""
    placement = Placement(plan, queries)
    parts = sorted(conjuncts(condition), key=has_subquery)
    plain = conjunction([part for part in parts if not has_subquery(part)])
    if plain is not None:
        placement.filter(plain)
    for part in parts:
        if has_subquery(part):
            placement.keep_where(part)
    return placement.plan_of_width(len(plan.schema))


def joined_on(
    left: LogicalNode, right: LogicalNode, condition: Expression | None, row: Schema, kind: JoinKind,
    subqueries: SubqueryCollector, node: exp.Join,
) -> LogicalNode:  # fmt: skip
    """A join whose condition may have sub-queries: those of an inner join are asked of its result, those of an outer
    join of the side whose rows may find no partner. PlanError for others."""
    width, queries = len(left.schema), subqueries.queries
    plain: list[Expression] = []
    asking: list[Expression] = []
    for part in conjuncts(condition):
        (asking if has_subquery(part) else plain).append(part)
    if kind is JoinKind.INNER:
        joined = Join(left, right, conjunction(plain), row, kind=kind)
        rest = conjunction(asking)
        return joined if rest is None else filtered(joined, rest, queries)
    for part in asking:
        columns = input_columns(part)
        if kind is JoinKind.LEFT and columns and min(columns) >= width:
            right = filtered(right, shift(part, -width), queries)
        elif kind is JoinKind.RIGHT and columns and max(columns) < width:
            left = filtered(left, part, queries)
        else:
            raise PlanError(
                f"A sub-query in ON of a {kind.value.upper()} JOIN can only be about the columns of the side that may "
                "be missing.",
                position=position_of(node.args["on"]),
                hint="Filter that table in a sub-query of FROM before it is joined.",
            )
    return Join(left, right, conjunction(plain), row, kind=kind)


@dataclass
class Placement:
    """A ``plan`` that grows a column for each sub-query that is asked for a value."""

    plan: LogicalNode
    queries: Sequence[BoundSubquery]
    _placed: dict[tuple[SubqueryCall, bool], Expression] = field(default_factory=dict)

    def filter(self, condition: Expression) -> None:
        self.plan = Filter(self.plan, condition)

    def plan_of_width(self, width: int) -> LogicalNode:
        """The plan without the columns that were added."""
        if len(self.plan.schema) == width:
            return self.plan
        shown = Schema(self.plan.schema.fields[:width])
        return Project(self.plan, column_refs(shown), shown)

    def keep_where(self, condition: Expression) -> None:
        """Drop the rows for which ``condition`` is not TRUE."""
        inner, negated = _without_not(condition)
        if isinstance(inner, SubqueryCall) and self.queries[inner.query].kind in _SEMI_JOINS:
            query = self.queries[inner.query]
            arguments = tuple(self.value(argument) for argument in inner.args)
            matches = map(_not_false, query.matches) if negated else query.matches
            kind = ApplyKind.ANTI if negated else ApplyKind.SEMI
            self._apply(kind, _matching(query.plan, list(matches)), arguments)
        else:
            self.filter(self.value(condition, unknown_is_false=True))

    def value(self, expression: Expression, *, unknown_is_false: bool = False) -> Expression:
        """``expression`` over the plan; ``unknown_is_false`` where UNKNOWN does the same as FALSE."""
        if isinstance(expression, SubqueryCall):
            key = (expression, unknown_is_false)
            if key not in self._placed:
                self._placed[key] = self._call(expression, unknown_is_false)
            return self._placed[key]
        passes_on = unknown_is_false and isinstance(expression, Call) and expression.function in ("AND", "OR")
        operands = tuple(self.value(operand, unknown_is_false=passes_on) for operand in children(expression))
        return with_operands(expression, operands) if operands else expression

    def _call(self, subquery: SubqueryCall, unknown_is_false: bool) -> Expression:
        query = self.queries[subquery.query]
        arguments = tuple(self.value(argument) for argument in subquery.args)
        if query.kind is SubqueryKind.SCALAR:
            return self._joined(single_row(query.plan), arguments)[0]
        if query.kind is SubqueryKind.EXISTS:
            return self._mark(query.plan, arguments)
        if query.kind is SubqueryKind.ANY:
            return self._any(query, arguments, unknown_is_false)
        found = self._mark(_matching(query.plan, query.matches), arguments)
        if unknown_is_false or not subquery.type.nullable:
            return found
        if len(query.matches) > 1:
            unclear = self._mark(_matching(query.plan, [_not_false(match) for match in query.matches]), arguments)
            return _case(found, literals.boolean(True), unclear, literals.null(), literals.boolean(False))
        rows, known = self._summary(query, arguments, ())
        return self._unless_unclear(found, query, arguments, rows, known)

    def _any(self, query: BoundSubquery, arguments: tuple[Expression, ...], unknown_is_false: bool) -> Expression:
        """By the least and the greatest value: what holds for any value holds for one of them."""
        function, operand = query.matches[0].function, _operand(query, arguments)
        rows, known, *extremes = self._summary(query, arguments, _DECIDING[function])
        found, *others = (call(function, [operand, extreme], None) for extreme in extremes)
        for other in others:
            found = call("OR", [found, other], None)
        return found if unknown_is_false else self._unless_unclear(found, query, arguments, rows, known)

    def _unless_unclear(
        self, found: Expression, query: BoundSubquery, arguments: tuple[Expression, ...], rows: Expression,
        known: Expression,
    ) -> Expression:  # fmt: skip
        """``found``, or UNKNOWN where it is not TRUE and NULL was compared: in ``rows`` rows are ``known`` values."""
        operand = _operand(query, arguments)
        unclear = [call("<", [known, rows], None)]
        if operand.type.nullable:
            compared = call(">", [rows, literals.number("0", exp.Literal.number(0))], None)
            unclear.append(call("AND", [call("IS_NULL", [operand], None), compared], None))
        condition = unclear[0] if len(unclear) == 1 else call("OR", unclear, None)
        return _case(found, literals.boolean(True), condition, literals.null(), literals.boolean(False))

    def _summary(
        self, query: BoundSubquery, arguments: tuple[Expression, ...], extremes: Sequence[str]
    ) -> tuple[Expression, ...]:
        """How many rows the sub-query has, in how many the compared value is not NULL, and ``extremes`` of it."""
        value = query.matches[0].args[1]
        compared = Project(query.plan, (value,), Schema((Field("$value", value.type),)))
        calls = [("COUNT", ()), ("COUNT", (0,)), *((name, (0,)) for name in extremes)]
        aggregates = tuple(
            AggregateCall(name, args, _aggregate_type(name, [value] if args else []), f"$f{i}")
            for i, (name, args) in enumerate(calls)
        )
        schema = Schema(tuple(Field(aggregate.name, aggregate.type) for aggregate in aggregates))
        return self._joined(Aggregate(compared, (), aggregates, schema), arguments)

    def _mark(self, plan: LogicalNode, arguments: tuple[Expression, ...]) -> Expression:
        self._apply(ApplyKind.MARK, plan, arguments)
        return InputRef(len(self.plan.schema) - 1, _BOOLEAN)

    def _joined(self, plan: LogicalNode, arguments: tuple[Expression, ...]) -> tuple[Expression, ...]:
        """The columns of ``plan``, which has one row at most."""
        width = len(self.plan.schema)
        self._apply(ApplyKind.LEFT, plan, arguments)
        return column_refs(self.plan.schema)[width:]

    def _apply(self, kind: ApplyKind, right: LogicalNode, arguments: tuple[Expression, ...]) -> None:
        self.plan = Apply(self.plan, right, arguments, kind, apply_row(self.plan.schema, right.schema, kind))


def apply_row(left: Schema, right: Schema, kind: ApplyKind) -> Schema:
    """What comes out of a dependent join: event time only as plain timestamps, as of any regular join."""
    if kind in (ApplyKind.SEMI, ApplyKind.ANTI):
        return without_time(left)
    if kind is ApplyKind.MARK:
        right = Schema((Field("$mark", _BOOLEAN),))
    padded = JoinKind.LEFT if kind is ApplyKind.LEFT else JoinKind.INNER
    return without_time(output_row(joined_row(left, right), len(left), padded))


def single_row(plan: LogicalNode) -> LogicalNode:
    """The one row of ``plan``, which must not have more."""
    if _has_one_row_at_most(plan):
        return plan
    type_ = _aggregate_type("SINGLE_VALUE", column_refs(plan.schema))
    call_ = AggregateCall("SINGLE_VALUE", (0,), type_, plan.schema[0].name)
    return Aggregate(plan, (), (call_,), Schema((Field(call_.name, type_),)))


def _has_one_row_at_most(plan: LogicalNode) -> bool:
    match plan:
        case Project() | Filter():
            return _has_one_row_at_most(plan.input)
        case Aggregate():
            return not plan.keys
        case Values():
            return len(plan.rows) <= 1
        case Limit() | Sort():
            return (plan.fetch is not None and plan.fetch <= 1) or _has_one_row_at_most(plan.input)
    return False


def has_subquery(expression: Expression) -> bool:
    return any(isinstance(part, SubqueryCall) for part in walk(expression))


def _without_not(condition: Expression) -> tuple[Expression, bool]:
    """What the NOTs around ``condition`` are about, and whether they negate it."""
    negated = False
    while isinstance(condition, Call) and condition.function == "NOT":
        condition, negated = condition.args[0], not negated
    return condition, negated


def _matching(plan: LogicalNode, matches: Sequence[Expression]) -> LogicalNode:
    condition = conjunction(matches)
    return plan if condition is None else Filter(plan, condition)


def _not_false(match: Call) -> Expression:
    """``a = b OR a IS NULL OR b IS NULL``, as far as they may be NULL."""
    condition: Expression = match
    for side in match.args:
        if side.type.nullable:
            condition = call("OR", [condition, call("IS_NULL", [side], None)], None)
    return condition


def _operand(query: BoundSubquery, arguments: tuple[Expression, ...]) -> Expression:
    parameter = query.matches[0].args[0]
    assert isinstance(parameter, Parameter)
    return arguments[parameter.index]


def _aggregate_type(name: str, args: Sequence[Expression]) -> LogicalType:
    return resolve(find_function(name, None), args, None).result


def _case(*args: Expression) -> Expression:
    return call("CASE", args, None)


_SEMI_JOINS = (SubqueryKind.EXISTS, SubqueryKind.IN)
_DECIDING = {
    "<": ("MAX",),
    "<=": ("MAX",),
    ">": ("MIN",),
    ">=": ("MIN",),
    "<>": ("MIN", "MAX"),
}
"""For each comparison, the values of a sub-query among which one compares so if any does."""
