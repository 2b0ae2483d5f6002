"""What a sub-query sees of the queries around it: their columns, handed in as parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlstream.errors import Position
from sqlstream.plan.binder.scope import Scope, UnknownNameError, unknown_name
from sqlstream.plan.expressions import Expression, Parameter
from sqlstream.plan.logical import LogicalNode
from sqlstream.plan.node_expressions import parameters, with_arguments


@dataclass
class Enclosing:
    """The row around one sub-query. ``arguments`` are what it uses of that row, and of rows further out, which the
    query around has from its own ``parent``: Parameter ``i`` of the sub-query is ``arguments[i]``."""

    scope: Scope
    parent: Enclosing | None
    arguments: list[Expression] = field(default_factory=list)

    def resolve(self, parts: Sequence[str], position: Position | None) -> tuple[Expression, Sequence[str]]:
        """The parameter that a dotted name means, and the fields of it that are left over. Raises SqlError."""
        reference: Expression
        try:
            reference, fields = self.scope.resolve(parts, position)
        except UnknownNameError:
            if self.parent is None:
                raise
            reference, fields = self.parent.resolve(parts, position)
        return self.parameter(reference), fields

    def parameter(self, argument: Expression) -> Parameter:
        """The parameter that hands ``argument`` in; equal ones share one."""
        if argument not in self.arguments:
            self.arguments.append(argument)
        return Parameter(self.arguments.index(argument), argument.type)

    def adopted(self, queries: Mapping[str, LogicalNode]) -> dict[str, LogicalNode]:
        """WITH queries of the query around, as the sub-query sees them: what they take from further out is handed
        through."""
        return {name: self._adopted(plan) for name, plan in queries.items()}

    def scopes(self) -> list[Scope]:
        """From the inside out."""
        return [self.scope, *(self.parent.scopes() if self.parent is not None else ())]

    def _adopted(self, plan: LogicalNode) -> LogicalNode:
        taken = parameters(plan)
        if not taken or self.parent is None:
            return plan
        types = self.parent.arguments
        return with_arguments(plan, {i: self.parameter(Parameter(i, types[i].type)) for i in taken})


def resolve_name(
    scope: Scope, enclosing: Enclosing | None, parts: Sequence[str], position: Position | None
) -> tuple[Expression, Sequence[str]]:
    """The column that a dotted name means here, or else further out, and the fields of it that are left over.

    Raises SqlError; one for an unknown name tells of all that is in sight.
    """
    try:
        return scope.resolve(parts, position)
    except UnknownNameError:
        if enclosing is None:
            raise
    try:
        return enclosing.resolve(parts, position)
    except UnknownNameError:
        raise unknown_name(parts, position, [scope, *enclosing.scopes()]) from None
