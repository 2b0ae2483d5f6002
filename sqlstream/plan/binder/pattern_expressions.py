"""Binding the expressions of MATCH_RECOGNIZE: names belong to pattern variables, FIRST and LAST move between rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from sqlstream.errors import PlanError, SqlError
from sqlstream.functions.registry import AggregateFunction, lookup
from sqlstream.plan.binder.aggregates import AggregateCollector
from sqlstream.plan.binder.calls import call
from sqlstream.plan.binder.computed_columns import ComputedColumns
from sqlstream.plan.binder.expressions import ExpressionBinder
from sqlstream.plan.binder.scope import Relation, Scope
from sqlstream.plan.expression_traits import input_columns
from sqlstream.plan.expression_tree import transform
from sqlstream.plan.expressions import AggregateCall, Expression, InputRef
from sqlstream.plan.row_pattern import (
    ALL_VARIABLES,
    AggregateReference,
    PatternExpression,
    Reference,
    RowReference,
)
from sqlstream.sql.positions import position_of
from sqlstream.types.schema import Schema, TimeAttribute

_MOVES = {"FIRST": True, "LAST": False}
_TIMES = {"MATCH_ROWTIME": TimeAttribute.ROWTIME, "MATCH_PROCTIME": TimeAttribute.PROCTIME}
_REFUSED = {
    "PREV": "Write LAST(A.x, 1): the row before the last one of A.",
    "NEXT": "Write FIRST(A.x, 1): the row after the first one of A.",
    "CLASSIFIER": "Give each variable a measure of its own.",
    "MATCH_NUMBER": "Number the matches with ROW_NUMBER() OVER (...) around the query.",
}


@dataclass
class PatternScope:
    """Each variable seen as a relation with all columns of the input, after one without a name for all rows."""

    columns: ComputedColumns
    variables: tuple[str, ...]

    @property
    def width(self) -> int:
        return len(self.columns.input.schema)

    @property
    def scope(self) -> Scope:
        row = self.columns.input.schema
        relations = tuple(
            Relation((name,) if name else (), range(i * self.width, (i + 1) * self.width))
            for i, name in enumerate(("", *self.variables))
        )
        schema = Schema(row.fields * len(relations))
        return Scope(schema, relations, (), frozenset(range(self.width, len(schema))))

    def variable_of(self, expression: Expression, node: exp.Expression, what: str) -> int:
        """The one variable that ``expression`` is about. SqlError where there are several."""
        found = {column // self.width - 1 for column in input_columns(expression)}
        if len(found) > 1:
            raise SqlError(
                f"{what} must be about a single pattern variable.",
                position=position_of(node),
                hint="Write it as several of them: SUM(A.x) + SUM(B.x).",
            )
        return found.pop() if found else ALL_VARIABLES

    def over_input(self, expression: Expression) -> Expression:
        """An expression over a variable's columns as one over the input row."""
        return transform(
            expression, lambda e: InputRef(e.index % self.width, e.type) if isinstance(e, InputRef) else None
        )


@dataclass
class _References:
    """What one expression refers to. Reference ``n`` is seen as column ``-1 - n`` until it is known which there are."""

    found: list[Reference] = field(default_factory=list)

    def add(self, reference: Reference) -> InputRef:
        if reference not in self.found:
            self.found.append(reference)
        return InputRef(-1 - self.found.index(reference), reference.type)


@dataclass(frozen=True)
class PatternBinder(ExpressionBinder):
    """Binds one expression of DEFINE or MEASURES."""

    pattern: PatternScope = field(kw_only=True)
    references: _References = field(kw_only=True, default_factory=_References)

    def bind_pattern(self, node: exp.Expression, *, condition: bool) -> PatternExpression:
        """Raises SqlError or PlanError."""
        bound = self.bind_condition(node) if condition else self.bind(node)
        width, references = self.pattern.width, self.references

        def replaced(part: Expression) -> Expression | None:
            if not isinstance(part, InputRef):
                return None
            if part.index < 0:
                return InputRef(-1 - part.index, part.type)
            variable, column = divmod(part.index, width)
            place = self.pattern.columns.add(InputRef(column, part.type))
            reference = references.add(RowReference(variable - 1, place, first=False, offset=0, type=part.type))
            return InputRef(-1 - reference.index, part.type)

        return PatternExpression(transform(bound, replaced), tuple(references.found))

    def _named_function(
        self, name: str, node: exp.Expression, operands: list[exp.Expression], filter: exp.Expression | None = None
    ) -> Expression:
        known = name.upper()
        if known in _REFUSED:
            raise PlanError(f"{known} is not supported in {self.clause}.", position=position_of(node),
                            hint=_REFUSED[known])  # fmt: skip
        if known in _MOVES:
            return self._moved(known, node, operands)
        if known in _TIMES:
            return self._match_time(known, node)
        if isinstance(lookup(name), AggregateFunction):
            return self._aggregated(name, node, operands, filter)
        return super()._named_function(name, node, operands, filter)

    def _inner(self) -> ExpressionBinder:
        return ExpressionBinder(self.scope, self.clause)

    def _moved(self, name: str, node: exp.Expression, operands: list[exp.Expression]) -> Expression:
        if not 1 <= len(operands) <= 2:
            raise SqlError(f"{name} takes an expression and, if wanted, an offset.", position=position_of(node),
                           hint=f"Write {name}(A.x) or {name}(A.x, 1).")  # fmt: skip
        value = self._inner().bind(operands[0])
        offset = 0
        if len(operands) == 2:
            literal = operands[1]
            if not isinstance(literal, exp.Literal) or literal.is_string or not literal.this.isdigit():
                raise SqlError(f"The offset of {name} must be a whole number.", position=position_of(literal))
            offset = int(literal.this)
        variable = self.pattern.variable_of(value, node, name)
        column = self.pattern.columns.add(self.pattern.over_input(value))
        return self.references.add(RowReference(variable, column, _MOVES[name], offset, value.type))

    def _match_time(self, name: str, node: exp.Expression) -> Expression:
        row = self.pattern.columns.input.schema
        column = next((i for i, f in enumerate(row) if f.time is _TIMES[name]), None)
        if column is None:
            raise SqlError(
                f"{name}() needs an input with a {_TIMES[name].value.lower()} attribute.", position=position_of(node)
            )
        if _TIMES[name] is TimeAttribute.PROCTIME:
            return call("PROCTIME", [], position_of(node))
        place = self.pattern.columns.add(InputRef(column, row[column].type))
        return self.references.add(RowReference(ALL_VARIABLES, place, False, 0, row[column].type))

    def _aggregated(
        self, name: str, node: exp.Expression, operands: list[exp.Expression], filter: exp.Expression | None
    ) -> Expression:
        collector = AggregateCollector(len(self.scope.schema))
        ExpressionBinder(self.scope, self.clause, collector)._named_function(name, node, operands, filter)
        (bound,) = collector.calls
        if bound.distinct or bound.filter is not None:
            raise PlanError(
                f"{'DISTINCT' if bound.distinct else 'FILTER'} is not supported in an aggregate of MATCH_RECOGNIZE.",
                position=position_of(node),
                hint="Leave it out, or compute it of the matches' rows afterwards.",
            )
        variables = {self.pattern.variable_of(arg, node, f"{name.upper()}(...)") for arg in bound.args}
        if len(variables) > 1:
            raise SqlError(f"{name.upper()} must be about a single pattern variable.", position=position_of(node))
        args = tuple(self.pattern.columns.add(self.pattern.over_input(arg)) for arg in bound.args)
        call_ = AggregateCall(bound.function, args, bound.type, name.upper())
        return self.references.add(AggregateReference(variables.pop() if variables else ALL_VARIABLES, call_))
