"""Binding sub-queries in expressions: each becomes a call whose arguments are what it takes of the row around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from sqlglot import exp

from sqlstream.errors import PlanError, Position, SqlError
from sqlstream.plan.binder.calls import call
from sqlstream.plan.binder.enclosing import Enclosing
from sqlstream.plan.binder.scope import Scope
from sqlstream.plan.expression_tree import column_refs
from sqlstream.plan.expressions import Call, Expression, Parameter, SubqueryCall
from sqlstream.plan.logical import LogicalNode
from sqlstream.sql.positions import position_of
from sqlstream.types.logical import BooleanType, with_nullability

if TYPE_CHECKING:
    from sqlstream.plan.binder.query import QueryBinder


class SubqueryKind(Enum):
    SCALAR = auto()
    """The one value that it gives; NULL where it gives no row."""
    EXISTS = auto()
    """Whether it gives a row."""
    IN = auto()
    """Whether it gives a row for which all ``matches`` hold."""
    ANY = auto()
    """Whether it gives a value for which the one match holds, which is no equality."""


@dataclass(frozen=True)
class BoundSubquery:
    """A sub-query as a function of parameters. ``matches`` compare an operand, which is a parameter too, with a column
    of ``plan``."""

    kind: SubqueryKind
    plan: LogicalNode
    matches: tuple[Call, ...] = ()


@dataclass
class SubqueryCollector:
    """Takes in the sub-queries of one SELECT, whose FROM clause means ``scope``; a call is a placeholder until they are
    put into its plan (:mod:`sqlstream.plan.binder.subquery_plans`)."""

    binder: QueryBinder
    scope: Scope
    queries: list[BoundSubquery] = field(default_factory=list)

    def scalar(self, node: exp.Expression) -> Expression:
        """The value of a query of one column. SqlError where it has more."""
        plan, enclosing = self._bound(node)
        if len(plan.schema) != 1:
            raise SqlError(
                f"A scalar sub-query must have one column, this one has {len(plan.schema)}.",
                position=position_of(node),
                hint="Select the one column whose value is meant.",
            )
        type_ = with_nullability(plan.schema[0].type, True)
        return SubqueryCall(self._add(SubqueryKind.SCALAR, plan), tuple(enclosing.arguments), type_)

    def exists(self, node: exp.Expression) -> Expression:
        """Whether a query gives a row."""
        plan, enclosing = self._bound(node)
        number = self._add(SubqueryKind.EXISTS, plan)
        return SubqueryCall(number, tuple(enclosing.arguments), BooleanType(nullable=False))

    def quantified(
        self, operator: str, operands: Sequence[Expression], node: exp.Expression, position: Position | None
    ) -> Expression:
        """``operands operator ANY (node)``; SqlError where columns and operands do not fit each other."""
        plan, enclosing = self._bound(node)
        if len(plan.schema) != len(operands):
            raise SqlError(
                f"{len(operands)} values cannot be compared with {len(plan.schema)} columns of a sub-query.",
                position=position_of(node) or position,
                hint="Select as many columns as there are values on the left.",
            )
        if operator != "=" and len(operands) > 1:
            raise PlanError(
                f"Rows of several columns cannot be compared by {operator} ANY or ALL.",
                position=position,
                hint="Compare one column, or write EXISTS with a condition.",
            )
        matches: list[Call] = []
        for operand, column in zip(operands, column_refs(plan.schema), strict=True):
            comparison = call(operator, [operand, column], position)
            assert isinstance(comparison, Call)
            value, compared = comparison.args
            parameter = Parameter(len(enclosing.arguments), value.type)
            enclosing.arguments.append(value)
            matches.append(Call(comparison.function, (parameter, compared), comparison.type))
        kind = SubqueryKind.IN if operator == "=" else SubqueryKind.ANY
        nullable = any(match.type.nullable for match in matches)
        return SubqueryCall(self._add(kind, plan, *matches), tuple(enclosing.arguments), BooleanType(nullable=nullable))

    def _add(self, kind: SubqueryKind, plan: LogicalNode, *matches: Call) -> int:
        query = BoundSubquery(kind, plan, matches)
        if query not in self.queries:
            self.queries.append(query)
        return self.queries.index(query)

    def _bound(self, node: exp.Expression) -> tuple[LogicalNode, Enclosing]:
        enclosing = Enclosing(self.scope, self.binder.enclosing)
        return self.binder.inside(enclosing).bind(node), enclosing


NEGATED_COMPARISONS = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
"""``x op ALL (q)`` is ``NOT x negated ANY (q)``."""
