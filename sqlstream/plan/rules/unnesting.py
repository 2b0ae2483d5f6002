"""Makes a sub-query that depends on the rows around it one that does not: it computes, at once and for all values that
its parameters have, the rows it gives for each.

After Neumann and Kemper, "Unnesting Arbitrary Queries" (BTW 2015): the set of parameter values is pushed down as a
dependent join until nothing below depends on it any more, and each operator on the way does its work for each
combination of values apart. Where equalities with columns give the values themselves, the set is not needed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlstream.errors import PlanError
from sqlstream.plan import logical as l
from sqlstream.plan.binder.time_attributes import without_time
from sqlstream.plan.expression_traits import is_deterministic
from sqlstream.plan.expression_tree import bound_to, column_refs, conjunction
from sqlstream.plan.expressions import AggregateCall, Call, Expression, InputRef, Literal, Parameter
from sqlstream.plan.join_row import joined_row, output_row
from sqlstream.plan.node_expressions import parameters
from sqlstream.plan.physical import FrameUnit, JoinKind, OverFrame, SortKey
from sqlstream.plan.rules.null_rejection import rejects_nulls
from sqlstream.plan.rules.outer_rows import OuterRows, Parameters, not_null
from sqlstream.plan.rules.pull_up import Pulled, has_parameters, pull_up
from sqlstream.plan.rules.tagged import Tagged, selected, with_tags
from sqlstream.plan.rules.tagged_join import joined_sides
from sqlstream.types.coercion import same_type
from sqlstream.types.logical import (
    APPROXIMATE_TYPES,
    BigIntType,
    BooleanType,
    DecimalType,
    LogicalType,
)
from sqlstream.types.schema import Field, Schema, TimeAttribute

Node = l.LogicalNode


@dataclass(frozen=True)
class Unnesting:
    """Unnests sub-queries of one dependent join, whose outer rows are ``outer``."""

    outer: OuterRows

    def tagged(self, node: Node, wanted: Parameters) -> Tagged:
        """``node`` for all values of ``wanted``, which are its parameters and may be more. PlanError where there is an
        operator in it that cannot work for several values at once."""
        pulled = pull_up(node)
        if not parameters(pulled.core):
            return self._tagged_from(pulled, wanted, node.schema)
        core = self.core(pulled.core, wanted)
        tags = core.tags()
        return self._finished(
            core.plan,
            [bound_to(part, tags) for part in pulled.conditions],
            [bound_to(e, tags) for e in pulled.outputs],
            list(tags.values()),
            node.schema,
            wanted,
            core.never_null,
        )

    def core(self, node: Node, wanted: Parameters) -> Tagged:
        """As :meth:`tagged`, for an operator that sees the parameters itself, or has them below."""
        method = _CORES.get(type(node))
        if method is None:
            raise PlanError(
                f"A sub-query cannot use columns of the query around it below {_name(node)}.",
                hint="Move the condition on them out of it, or write a join.",
            )
        return method(self, node, wanted)

    def _tagged_from(self, pulled: Pulled, wanted: Parameters, schema: Schema) -> Tagged:
        """A core without parameters, for all values of ``wanted``: those that its own columns are equal to, or a join
        with the set of them."""
        given = _given(pulled.conditions)
        if given.keys() >= set(wanted):
            conditions = [bound_to(part, given) for part in pulled.conditions if not _defines(part, given)]
            values = [given[i] for i in wanted]
            conditions += [not_null(value) for value in values if value.type.nullable]
            outputs = [bound_to(e, given) for e in pulled.outputs]
            return self._finished(pulled.core, conditions, outputs, values, schema, wanted, frozenset(wanted))
        width = len(pulled.core.schema)
        tags = {i: InputRef(width + n, self.outer.arguments[i].type) for n, i in enumerate(wanted)}
        conditions = [bound_to(part, tags) for part in pulled.conditions]
        never_null = frozenset(
            i for i, tag in tags.items() if any(rejects_nulls(part, (tag.index,)) for part in conditions)
        )
        values_of_outer = self.outer.distinct(wanted, never_null)
        row = joined_row(pulled.core.schema, values_of_outer.schema)
        crossed = l.Join(pulled.core, values_of_outer, None, row)
        outputs = [bound_to(e, tags) for e in pulled.outputs]
        return self._finished(
            crossed, conditions, outputs, list(tags.values()), without_time(schema), wanted, never_null
        )

    def _finished(
        self, plan: Node, conditions: Sequence[Expression], outputs: Sequence[Expression], tags: Sequence[Expression],
        schema: Schema, wanted: Parameters, never_null: frozenset[int],
    ) -> Tagged:  # fmt: skip
        condition = conjunction(conditions)
        if condition is not None:
            plan = l.Filter(plan, condition)
        row = with_tags(schema, tags)
        return Tagged(l.Project(plan, (*outputs, *tags), row), wanted, never_null)

    # --- operators ---

    def _project(self, node: l.Project, wanted: Parameters) -> Tagged:
        below = self.tagged(node.input, wanted)
        tags = below.tags()
        outputs = [bound_to(e, tags) for e in node.expressions]
        return self._finished(below.plan, [], outputs, list(tags.values()), node.schema, wanted, below.never_null)

    def _values(self, node: l.Values, wanted: Parameters) -> Tagged:
        one = l.Values(((_ZERO,),), Schema((Field("ZERO", _ZERO.type),)))
        rows = tuple(l.Project(one, row, node.schema) for row in node.rows)
        return self.tagged(l.Union(rows, node.schema), wanted)

    def _expand(self, node: l.Expand, wanted: Parameters) -> Tagged:
        below = self.tagged(node.input, wanted)
        tags = below.tags()
        values = tuple(tags.values())
        projections = tuple((*(bound_to(e, tags) for e in row), *values) for row in node.projections)
        plan = l.Expand(below.plan, projections, with_tags(node.schema, values))
        return Tagged(plan, wanted, below.never_null)

    def _aggregate(self, node: l.Aggregate, wanted: Parameters) -> Tagged:
        grouped = self.grouped(node, wanted)
        return grouped if node.keys else self._with_missing_groups(node, grouped)

    def grouped(self, node: l.Aggregate, wanted: Parameters) -> Tagged:
        """Grouped by the values of ``wanted`` too; without keys of its own there is no group where there is no row."""
        below = self.tagged(node.input, wanted)
        tags = below.tags()
        keys = (*node.keys, *range(below.width, len(below.plan.schema)))
        first = len(node.keys)
        fields = node.schema.fields
        row = with_tags(Schema(fields[:first]), list(tags.values()))
        plan = l.Aggregate(below.plan, keys, node.aggregates, Schema((*row, *fields[first:])))
        places = [*range(first), *range(len(keys), len(plan.schema)), *range(first, len(keys))]
        return Tagged(selected(plan, places, with_tags(node.schema, list(tags.values()))), wanted, below.never_null)

    def _with_missing_groups(self, node: l.Aggregate, grouped: Tagged) -> Tagged:
        """The one row that an aggregation without keys gives of no rows, for the values that have none."""
        wanted = grouped.wanted
        values = self.outer.distinct(wanted, ())
        width = len(wanted)
        refs = column_refs(values.schema)
        condition = conjunction(grouped.matches(dict(zip(wanted, refs, strict=True)), width))
        row = output_row(joined_row(values.schema, grouped.plan.schema), width, JoinKind.LEFT)
        joined = l.Join(values, grouped.plan, condition, row, kind=JoinKind.LEFT)
        outputs = completed(node.aggregates, column_refs(row)[width : width + grouped.width])
        return self._finished(joined, [], outputs, refs, node.schema, wanted, frozenset())

    def _union(self, node: l.Union, wanted: Parameters) -> Tagged:
        branches = [self.tagged(branch, wanted) for branch in node.inputs]
        never_null = frozenset.intersection(*(branch.never_null for branch in branches))
        row = with_tags(node.schema, list(branches[0].tags().values()))
        return Tagged(l.Union(tuple(branch.plan for branch in branches), row), wanted, never_null)

    def _replicate_rows(self, node: l.ReplicateRows, wanted: Parameters) -> Tagged:
        below = self.tagged(node.input, wanted)
        count = below.width - 1
        places = [*range(count), *range(below.width, len(below.plan.schema)), count]
        counted = selected(below.plan, places, Schema(tuple(below.plan.schema[i] for i in places)))
        plan = l.ReplicateRows(counted, Schema(counted.schema.fields[:-1]))
        return Tagged(plan, wanted, below.never_null)

    def _sort(self, node: l.Sort, wanted: Parameters) -> Tagged:
        if node.fetch is None and not node.offset:
            return self.tagged(node.input, wanted)
        return self._first_rows(node.input, node.keys, node.offset, node.fetch, wanted)

    def _limit(self, node: l.Limit, wanted: Parameters) -> Tagged:
        return self._first_rows(node.input, (SortKey(0),), node.offset, node.fetch, wanted)

    def _first_rows(
        self, input: Node, order: tuple[SortKey, ...], offset: int, fetch: int | None, wanted: Parameters
    ) -> Tagged:
        """The rows after ``offset`` for each combination of values: a Top-N."""
        below = self.tagged(input, wanted)
        width = len(below.plan.schema)
        number = AggregateCall("ROW_NUMBER", (), BigIntType(nullable=False), "w0$o0")
        row = Schema((*below.plan.schema, Field(number.name, number.type)))
        partition = tuple(range(below.width, width))
        numbered = l.Over(below.plan, partition, order, _ALL_BEFORE, (number,), row)
        rank = InputRef(width, number.type)
        bounds = [] if fetch is None else [_compared("<=", rank, offset + fetch)]
        bounds += [_compared(">", rank, offset)] if offset else []
        condition = conjunction(bounds)
        assert condition is not None
        kept = selected(l.Filter(numbered, condition), list(range(width)), below.plan.schema)
        return Tagged(kept, wanted, below.never_null)

    def _over(self, node: l.Over, wanted: Parameters) -> Tagged:
        below = self.tagged(node.input, wanted)
        tags = list(below.tags().values())
        partition = (*node.partition, *range(below.width, len(below.plan.schema)))
        calls = tuple(Field(call.name, call.type) for call in node.calls)
        plan = dataclasses.replace(
            node, input=below.plan, partition=partition, schema=Schema((*below.plan.schema, *calls))
        )
        first = len(below.plan.schema)
        places = [*range(below.width), *range(first, first + len(calls)), *range(below.width, first)]
        return Tagged(selected(plan, places, with_tags(node.schema, tags)), wanted, below.never_null)

    def _window_function(self, node: l.WindowFunction, wanted: Parameters) -> Tagged:
        below = self.tagged(node.input, wanted)
        if below.plan.schema[node.time_column].time is not TimeAttribute.ROWTIME:
            raise PlanError(
                "A sub-query cannot use columns of the query around it, but by equality, below a window function.",
                hint="Move the condition on them above TABLE(...).",
            )
        tags = list(below.tags().values())
        width, first = len(node.schema) - below.width, len(below.plan.schema)
        row = Schema((*below.plan.schema, *node.schema.fields[below.width :]))
        plan = dataclasses.replace(node, input=below.plan, schema=row)
        places = [*range(below.width), *range(first, first + width), *range(below.width, first)]
        return Tagged(selected(plan, places, with_tags(node.schema, tags)), wanted, below.never_null)

    def _correlate(self, node: l.Correlate, wanted: Parameters) -> Tagged:
        below = self.tagged(node.input, wanted)
        tags = below.tags()
        width, first = len(node.schema) - below.width, len(below.plan.schema)
        row = Schema((*below.plan.schema, *node.schema.fields[below.width :]))
        arguments = tuple(bound_to(e, tags) for e in node.arguments)
        plan = dataclasses.replace(node, input=below.plan, arguments=arguments, schema=row)
        places = [*range(below.width), *range(first, first + width), *range(below.width, first)]
        return Tagged(selected(plan, places, with_tags(node.schema, list(tags.values()))), wanted, below.never_null)

    def _join(self, node: l.Join, wanted: Parameters) -> Tagged:
        kind = node.kind
        sides = (bool(parameters(node.left)), bool(parameters(node.right)))
        condition = has_parameters(node.condition) if node.condition is not None else False
        if kind is JoinKind.INNER:
            left = self.tagged(node.left, wanted) if sides[0] else None
            right = self.tagged(node.right, wanted) if sides[1] else None
        else:
            left = self.tagged(node.left, wanted) if kind is not JoinKind.RIGHT or sides[0] or condition else None
            needed = sides[1] or kind in (JoinKind.RIGHT, JoinKind.FULL)
            right = self.tagged(node.right, wanted) if needed else None
        return joined_sides(node, left, right, wanted)


def completed(aggregates: Sequence[AggregateCall], columns: Sequence[InputRef]) -> list[Expression]:
    """``columns`` of aggregates from the padded side of a join, with what the aggregates are of no rows."""
    return [
        Call("COALESCE", (column, _zero(call.type)), call.type) if call.function in _ZERO_OF_NOTHING else column
        for call, column in zip(aggregates, columns, strict=True)
    ]


def _given(conditions: Iterable[Expression]) -> dict[int, Expression]:
    """Parameters that must be equal to an expression over the row alone."""
    found: dict[int, Expression] = {}
    for condition in conditions:
        if isinstance(condition, Call) and condition.function == "=":
            for a, b in (condition.args, condition.args[::-1]):
                if isinstance(a, Parameter) and same_type(a.type, b.type) and _is_of_row(b):
                    found.setdefault(a.index, b)
    return found


def _is_of_row(expression: Expression) -> bool:
    return not has_parameters(expression) and is_deterministic(expression)


def _defines(condition: Expression, given: Mapping[int, Expression]) -> bool:
    """Whether ``condition`` is one of those that say what a parameter is equal to."""
    return (
        isinstance(condition, Call)
        and condition.function == "="
        and any(isinstance(a, Parameter) and given.get(a.index) is b for a, b in (condition.args, condition.args[::-1]))
    )


def _compared(operator: str, rank: InputRef, number: int) -> Expression:
    return Call(operator, (rank, Literal(number, BigIntType(nullable=False))), BooleanType(nullable=False))


def _zero(type_: LogicalType) -> Literal:
    value: Any = "0" if isinstance(type_, DecimalType) else 0.0 if isinstance(type_, APPROXIMATE_TYPES) else 0
    return Literal(value, type_)


def _name(node: Node) -> str:
    return _NAMES.get(type(node), type(node).__name__)


_NAMES = {l.Watermark: "a watermark", l.Scan: "a table"}
_ALL_BEFORE = OverFrame(FrameUnit.RANGE)
_ZERO = Literal(0, BigIntType(nullable=False))
_ZERO_OF_NOTHING = frozenset({"COUNT", "$SUM0"})
"""Aggregates that are 0 of no rows; others are NULL."""
_CORES: dict[type, Callable[[Unnesting, Any, Parameters], Tagged]] = {
    l.Project: Unnesting._project,
    l.Values: Unnesting._values,
    l.Expand: Unnesting._expand,
    l.Aggregate: Unnesting._aggregate,
    l.WindowFunction: Unnesting._window_function,
    l.Over: Unnesting._over,
    l.Correlate: Unnesting._correlate,
    l.Join: Unnesting._join,
    l.Union: Unnesting._union,
    l.ReplicateRows: Unnesting._replicate_rows,
    l.Sort: Unnesting._sort,
    l.Limit: Unnesting._limit,
}
