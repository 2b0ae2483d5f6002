"""The rows around a sub-query, seen from it: its arguments, and the set of all that they are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlstream.plan.expression_traits import may_fail
from sqlstream.plan.expression_tree import bound_to, conjunction, transform
from sqlstream.plan.expressions import Call, Cast, Expression, InputRef, Parameter
from sqlstream.plan.logical import Aggregate, Apply, Filter, LogicalNode, Project, rewrite_bottom_up
from sqlstream.plan.node_expressions import rewrite_expressions
from sqlstream.types.logical import BooleanType
from sqlstream.types.schema import Field, Schema

Parameters = tuple[int, ...]
"""Parameters that a plan is tagged with, ascending: one column each, after its own."""


@dataclass(frozen=True)
class OuterRows:
    """``plan`` gives the outer rows, ``arguments[i]`` over them is Parameter ``i``."""

    plan: LogicalNode
    arguments: tuple[Expression, ...]

    def distinct(self, wanted: Parameters, never_null: Collection[int]) -> LogicalNode:
        """Each combination of values that the ``wanted`` parameters have, once; without NULL in ``never_null``."""
        values = Project(self.plan, tuple(self.arguments[i] for i in wanted), self.schema(wanted))
        present = conjunction([not_null(InputRef(n, values.schema[n].type)) for n, i in enumerate(wanted)
                               if i in never_null and values.schema[n].type.nullable])  # fmt: skip
        rows = values if present is None else Filter(values, present)
        return Aggregate(rows, tuple(range(len(wanted))), (), values.schema)

    def schema(self, wanted: Parameters) -> Schema:
        """The row of the ``wanted`` parameters."""
        return Schema(tuple(Field(f"$cor{i}", self.arguments[i].type) for i in wanted))


def not_null(expression: Expression) -> Expression:
    return Call("IS_NOT_NULL", (expression,), BooleanType(nullable=False))


def equal(a: Expression, b: Expression, *, null_safe: bool) -> Expression:
    """``a = b``; with ``null_safe`` NULL equals NULL."""
    nullable = a.type.nullable or b.type.nullable
    if null_safe and a.type.nullable and b.type.nullable:
        return Call("IS_NOT_DISTINCT_FROM", (a, b), BooleanType(nullable=False))
    return Call("=", (a, b), BooleanType(nullable=nullable))


def without_casts(apply: Apply) -> tuple[LogicalNode, tuple[Expression, ...]]:
    """The sub-query and its arguments, casts of parameters done by the row around: so that it is the cast value that is
    compared, and rows can be found by."""
    arguments = list(apply.arguments)

    def rule(part: Expression) -> Expression | None:
        if not (isinstance(part, Cast) and isinstance(part.operand, Parameter)) or may_fail(part):
            return None
        argument = bound_to(part, dict(enumerate(apply.arguments)))
        if argument not in arguments:
            arguments.append(argument)
        return Parameter(arguments.index(argument), part.type)

    right = rewrite_bottom_up(apply.right, lambda node: rewrite_expressions(node, lambda e: transform(e, rule)))
    return right, tuple(arguments)
