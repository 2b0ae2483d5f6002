"""Binding expressions: names, operators and functions of the syntax tree become typed expressions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from sqlstream.errors import PlanError, Position, SqlError
from sqlstream.functions.registry import AggregateFunction, OverFunction
from sqlstream.plan.binder import literals
from sqlstream.plan.binder.aggregates import AggregateCollector, BoundAggregate
from sqlstream.plan.binder.calls import call, cast_arguments, find_function, resolve
from sqlstream.plan.binder.enclosing import Enclosing, resolve_name
from sqlstream.plan.binder.group_window import bind_window_word, is_window_word
from sqlstream.plan.binder.grouping import GROUPING_FUNCTIONS, grouping_call
from sqlstream.plan.binder.operators import BINARY, IS_TESTS, NEGATED_IS_TESTS, NILADIC, OPERATORS
from sqlstream.plan.binder.over import OverCollector, not_in
from sqlstream.plan.binder.over_call import bind_over
from sqlstream.plan.binder.scope import Scope
from sqlstream.plan.binder.subqueries import NEGATED_COMPARISONS, SubqueryCollector
from sqlstream.plan.binder.suggestions import did_you_mean
from sqlstream.plan.binder.unknown_functions import UnknownFunctionError
from sqlstream.plan.expressions import Cast, Expression, Literal
from sqlstream.sql.data_types import logical_type
from sqlstream.sql.dialect import sql_text
from sqlstream.sql.nodes import TemporalLiteral
from sqlstream.sql.positions import position_of
from sqlstream.types.coercion import can_cast
from sqlstream.types.logical import BooleanType, NullType, RowType, with_nullability


@dataclass(frozen=True)
class ExpressionBinder:
    """Binds expressions over ``scope``. Aggregate calls go to ``aggregates``, OVER calls to ``overs``, sub-queries
    to ``subqueries``; without it they are an error that names ``clause``. Names that ``scope`` has not may be those of
    ``enclosing``."""

    scope: Scope
    clause: str
    aggregates: AggregateCollector | None = None
    overs: OverCollector | None = None
    subqueries: SubqueryCollector | None = None
    enclosing: Enclosing | None = None

    def bind(self, node: exp.Expression) -> Expression:
        """Raises SqlError pointing at what does not resolve, PlanError at what is not supported."""
        name = BINARY.get(type(node))
        if name is not None:
            quantifier = node.expression
            if isinstance(quantifier, exp.Any | exp.All):
                return self._quantified(name, node, quantifier)
            return self._call(name, node, node.this, node.expression)
        method = _METHODS.get(type(node))
        if method is None:
            raise PlanError(
                f"'{sql_text(node)}' is not supported in {self.clause}.",
                position=position_of(node),
                hint="Write it with the functions and operators of SHOW FUNCTIONS.",
            )
        return method(self, node)

    def bind_condition(self, node: exp.Expression) -> Expression:
        """A predicate. SqlError when it is not BOOLEAN."""
        condition = self.bind(node)
        if isinstance(condition.type, NullType):
            return Literal(None, BooleanType())
        if not isinstance(condition.type, BooleanType):
            raise SqlError(
                f"{self.clause} must be a condition, not a value of type {condition.type.summary}.",
                position=position_of(node),
                hint="Compare it with something, for example x <> 0.",
            )
        return condition

    def _call(self, name: str, node: exp.Expression, *operands: exp.Expression) -> Expression:
        return call(name, [self.bind(operand) for operand in operands], position_of(node), operands)

    # --- names and literals ---

    def _column(self, node: exp.Column) -> Expression:
        if isinstance(node.this, exp.Star):
            return self._star(node)
        parts = [part.name for part in node.parts]
        position = position_of(node)
        if len(parts) == 1 and parts[0].upper() in NILADIC and not self.scope.named(parts[0]):
            return call(parts[0].upper(), [], position)
        return self._named_value(parts, position)

    def _named_value(self, parts: Sequence[str], position: Position | None) -> Expression:
        enclosing = self.enclosing if self.subqueries is None else self.subqueries.binder.enclosing
        reference, fields = resolve_name(self.scope, enclosing, parts, position)
        return _fields(reference, fields, position)

    def _star(self, node: exp.Expression) -> Expression:
        raise SqlError(
            "'*' is allowed in the SELECT list and in COUNT(*) only.",
            position=position_of(node),
            hint="Name the columns.",
        )

    def _dot(self, node: exp.Dot) -> Expression:
        if isinstance(node.expression, exp.Anonymous):
            raise UnknownFunctionError(sql_text(node).partition("(")[0].replace("`", ""), position_of(node))
        if isinstance(node.expression, exp.Star):
            raise PlanError("Expanding the fields of a row with '.*' is not supported.", position=position_of(node),
                            hint="List the fields: r.a, r.b.")  # fmt: skip
        parts = _dotted(node)
        if parts is not None:
            return self._named_value(parts, position_of(node))
        return _fields(self.bind(node.this), [node.expression.name], position_of(node))

    def _literal(self, node: exp.Literal) -> Expression:
        return literals.string(node.this) if node.is_string else literals.number(node.this, node)

    def _negative(self, node: exp.Neg) -> Expression:
        if isinstance(node.this, exp.Literal) and not node.this.is_string:
            return literals.number("-" + node.this.this, node)
        return self._call("UNARY_MINUS", node, node.this)

    def _temporal(self, node: TemporalLiteral) -> Expression:
        return literals.temporal(node.kind, str(node.this), node.fraction_digits)

    # --- operators ---

    def _between(self, node: exp.Between) -> Expression:
        position = position_of(node)
        value, low, high = node.this, node.args["low"], node.args["high"]
        if node.args.get("symmetric"):
            forwards = self._range(value, low, high, position)
            return call("OR", [forwards, self._range(value, high, low, position)], position)
        return self._range(value, low, high, position)

    def _range(
        self, value: exp.Expression, low: exp.Expression, high: exp.Expression, position: Position | None
    ) -> Expression:
        bounds = ((">=", low), ("<=", high))
        tests = [call(name, [self.bind(value), self.bind(at)], position, (value, at)) for name, at in bounds]
        return call("AND", tests, position)

    def _in(self, node: exp.In) -> Expression:
        query = node.args.get("query")
        if query is None and len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Values):
            query = node.expressions[0]
        if query is not None:
            return self._any_of("=", node.this, query, position_of(node))
        choices = [self.bind(item) for item in node.expressions]
        value = self.bind(node.this)
        position = position_of(node)
        if all(isinstance(choice, Literal) for choice in choices):
            return call("IN", [value, *choices], position, (node.this, *node.expressions))
        written = [(node.this, item) for item in node.expressions]
        tests = [call("=", [value, choice], position, pair) for choice, pair in zip(choices, written, strict=True)]
        result = tests[0]
        for test in tests[1:]:
            result = call("OR", [result, test], position)
        return result

    def _is(self, node: exp.Is) -> Expression:
        return self._is_test(node, IS_TESTS)

    def _is_test(self, node: exp.Is, names: dict[str, str]) -> Expression:
        return self._call(names[_is_operand(node)], node, node.this)

    def _not(self, node: exp.Not) -> Expression:
        operand = node.this.unnest()
        if isinstance(operand, exp.Is):
            return self._is_test(operand, NEGATED_IS_TESTS)
        return self._call("NOT", node, operand)

    def _escape(self, node: exp.Escape) -> Expression:
        pattern = node.this
        name = BINARY[type(pattern)]
        return self._call(name, node, pattern.this, pattern.expression, node.expression)

    def _case(self, node: exp.Case) -> Expression:
        position = position_of(node)
        args: list[Expression] = []
        subject = node.this
        for branch in node.args["ifs"]:
            if subject is None:
                args.append(replace(self, clause="WHEN").bind_condition(branch.this))
            else:
                test = [self.bind(subject), self.bind(branch.this)]
                args.append(call("=", test, position_of(branch.this) or position, (subject, branch.this)))
            args.append(self.bind(branch.args["true"]))
        default = node.args.get("default")
        args.append(literals.null() if default is None else self.bind(default))
        return call("CASE", args, position)

    def _cast(self, node: exp.Cast) -> Expression:
        operand = self.bind(node.this)
        target = logical_type(node.to)
        safe = isinstance(node, exp.TryCast)
        type_ = with_nullability(target, safe or operand.type.nullable)
        if isinstance(operand.type, NullType):
            return Literal(None, with_nullability(target, True))
        if not can_cast(operand.type, target):
            raise SqlError(
                f"Cannot cast a value of type {operand.type.summary} to {target.summary}.",
                position=position_of(node),
                hint="Cast it to STRING first, or to a type in between.",
            )
        return Cast(operand, type_, safe)

    def _item(self, node: exp.Bracket) -> Expression:
        return self._call("ITEM", node, node.this, node.expressions[0])

    # --- functions ---

    def _function(self, node: exp.Anonymous) -> Expression:
        return self._named_function(node.name, node, list(node.expressions))

    def _filtered(self, node: exp.Filter) -> Expression:
        inner = node.this
        if not isinstance(inner, exp.Anonymous):
            raise SqlError("FILTER follows an aggregate function.", position=position_of(node))
        return self._named_function(inner.name, inner, list(inner.expressions), node.expression.this)

    def _named_function(
        self, name: str, node: exp.Expression, operands: list[exp.Expression], filter: exp.Expression | None = None
    ) -> Expression:
        if is_window_word(name):
            return bind_window_word(node, name, self.scope, self.aggregates.window if self.aggregates else None)
        if name.upper() in OPERATORS:
            raise UnknownFunctionError(name, position_of(node))
        if name.upper() in GROUPING_FUNCTIONS and self.aggregates is not None:
            return grouping_call(name.upper(), tuple(map(self.bind, operands)), position_of(node))
        function = find_function(name, position_of(node))
        if isinstance(function, AggregateFunction):
            return self._aggregate(function, node, operands, filter)
        if isinstance(function, OverFunction):
            raise SqlError(f"OVER clause is necessary for window functions: {function.name} has none.",
                           position=position_of(node),
                           hint=f"Write {function.name}(...) OVER (PARTITION BY k ORDER BY ts).")  # fmt: skip
        if filter is not None:
            raise SqlError(f"{function.name} is not an aggregate function: it takes no FILTER.",
                           position=position_of(node))  # fmt: skip
        return self._call(function.name, node, *operands)

    def _aggregate(
        self, function: AggregateFunction, node: exp.Expression, operands: list[exp.Expression],
        filter: exp.Expression | None,
    ) -> Expression:  # fmt: skip
        if self.aggregates is None:
            raise SqlError(
                f"Aggregate function {function.name} is not allowed in {self.clause}.",
                position=position_of(node),
                hint="Filter groups with HAVING, or aggregate in a sub-query."
                if self.clause == "WHERE"
                else "Aggregate in a sub-query, and use its column.",
            )
        inner = replace(self, clause="an aggregate function", aggregates=None, overs=None)
        return self.aggregates.add(inner.bind_aggregate(function, node, operands, filter))

    def bind_aggregate(
        self, function: AggregateFunction, node: exp.Expression, operands: list[exp.Expression],
        filter: exp.Expression | None,
    ) -> BoundAggregate:  # fmt: skip
        """The call ``node`` of ``function`` whose operands and filter are bound by this binder."""
        position = position_of(node)
        _check_star(function, operands, position)
        distinct = len(operands) == 1 and isinstance(operands[0], exp.Distinct)
        if distinct:
            operands = list(operands[0].expressions)
        if len(operands) == 1 and isinstance(operands[0], exp.Star):
            operands = []
        args = [self.bind(operand) for operand in operands]
        resolution = resolve(function, args, position)
        condition = None if filter is None else replace(self, clause="FILTER").bind_condition(filter)
        return BoundAggregate(function.name, cast_arguments(args, resolution), resolution.result, distinct, condition)

    # --- sub-queries ---

    def _scalar(self, node: exp.Subquery) -> Expression:
        return self._collector(node).scalar(node)

    def _exists(self, node: exp.Exists) -> Expression:
        return self._collector(node).exists(node.this)

    def _quantified(self, name: str, node: exp.Expression, quantifier: exp.Any | exp.All) -> Expression:
        """``x > ANY (SELECT ...)``, and ALL, which is that no value compares the other way."""
        position = position_of(node)
        if name not in NEGATED_COMPARISONS or not isinstance(quantifier.this.unnest(), exp.Query | exp.Values):
            raise SqlError(
                f"'{sql_text(node)}' is no comparison with a sub-query.",
                position=position,
                hint="Write =, <>, <, <=, > or >= before ANY, SOME or ALL (SELECT ...).",
            )
        if isinstance(quantifier, exp.Any):
            return self._any_of(name, node.this, quantifier.this, position)
        return call("NOT", [self._any_of(NEGATED_COMPARISONS[name], node.this, quantifier.this, position)], position)

    def _any_of(self, name: str, left: exp.Expression, query: exp.Expression, position: Position | None) -> Expression:
        row = left.unnest()
        values = row.expressions if isinstance(row, exp.Tuple) else [left]
        return self._collector(query).quantified(name, [self.bind(value) for value in values], query, position)

    def _collector(self, node: exp.Expression) -> SubqueryCollector:
        if self.subqueries is None:
            raise SqlError(
                f"A sub-query is not allowed in {self.clause}.",
                position=position_of(node),
                hint="Put it into the select list or a condition of a query.",
            )
        return self.subqueries

    # --- OVER ---

    def _null_treatment(self, node: exp.IgnoreNulls | exp.RespectNulls) -> Expression:
        raise SqlError(
            "IGNORE NULLS and RESPECT NULLS stand between a window function and its OVER.",
            position=position_of(node),
            hint="Write LAG(x) IGNORE NULLS OVER (...).",
        )

    def _over(self, node: exp.Window) -> Expression:
        if self.overs is None:
            raise not_in(self.clause, node)
        inner = replace(self, clause="an OVER window", overs=None)
        return self.overs.add(bind_over(node, self.overs.parts(node), inner))


def _fields(expression: Expression, names: Sequence[str], position: Position | None) -> Expression:
    for name in names:
        type_ = expression.type
        if not isinstance(type_, RowType):
            raise SqlError(
                f"A value of type {type_.summary} has no field '{name}'.",
                position=position,
                hint="Only ROW values have fields.",
            )
        fields = [field.name for field in type_]
        if name not in fields:
            hint = did_you_mean(name, fields, "Fields")
            raise SqlError(f"Field '{name}' not found in {type_.summary}.", position=position, hint=hint)
        expression = call("DOT", [expression, literals.string(name)], position)
    return expression


def _dotted(node: exp.Expression) -> list[str] | None:
    """The parts of a name of more than four parts; None when something else is dotted."""
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        before = _dotted(node.this)
        return None if before is None else [*before, node.expression.name]
    if isinstance(node, exp.Column):
        return [part.name for part in node.parts]
    return None


def _is_operand(node: exp.Is) -> str:
    operand = node.expression
    if isinstance(operand, exp.Null):
        return "NULL"
    if isinstance(operand, exp.Boolean):
        return "TRUE" if operand.this else "FALSE"
    return "UNKNOWN"


def _check_star(function: AggregateFunction, operands: Sequence[exp.Expression], position: Position | None) -> None:
    """COUNT(*) is the one call with a star; a COUNT of nothing is a slip."""
    distinct = operands[0] if len(operands) == 1 and isinstance(operands[0], exp.Distinct) else None
    inner = operands if distinct is None else distinct.expressions
    starred = any(isinstance(operand, exp.Star) for operand in inner)
    if function.name == "COUNT" and inner and not (starred and (distinct or len(inner) > 1)):
        return
    if starred or function.name == "COUNT":
        word = "DISTINCT " if distinct else ""
        raise SqlError(
            f"{function.name}({(word + ('*' if starred else '')).strip()}) has no column to look at.",
            position=position,
            hint=f"Write {function.name}({word}x), or COUNT(*) for the number of rows.",
        )


_METHODS: dict[type[exp.Expression], Callable[[ExpressionBinder, Any], Expression]] = {
    exp.Column: ExpressionBinder._column,
    exp.Dot: ExpressionBinder._dot,
    exp.Star: ExpressionBinder._star,
    exp.Paren: lambda self, node: self.bind(node.this),
    exp.Tuple: lambda self, node: self._call("ROW", node, *node.expressions),
    exp.Literal: ExpressionBinder._literal,
    exp.Boolean: lambda self, node: literals.boolean(node.this),
    exp.Null: lambda self, node: literals.null(),
    exp.HexString: lambda self, node: literals.binary(node.this),
    exp.Interval: lambda self, node: literals.interval(node),
    TemporalLiteral: ExpressionBinder._temporal,
    exp.Var: lambda self, node: literals.string(node.name),
    exp.Neg: ExpressionBinder._negative,
    exp.Not: ExpressionBinder._not,
    exp.Is: ExpressionBinder._is,
    exp.Between: ExpressionBinder._between,
    exp.In: ExpressionBinder._in,
    exp.Escape: ExpressionBinder._escape,
    exp.Case: ExpressionBinder._case,
    exp.Cast: ExpressionBinder._cast,
    exp.TryCast: ExpressionBinder._cast,
    exp.Bracket: ExpressionBinder._item,
    exp.Anonymous: ExpressionBinder._function,
    exp.Filter: ExpressionBinder._filtered,
    exp.Window: ExpressionBinder._over,
    exp.IgnoreNulls: ExpressionBinder._null_treatment,
    exp.RespectNulls: ExpressionBinder._null_treatment,
    exp.Subquery: ExpressionBinder._scalar,
    exp.Exists: ExpressionBinder._exists,
}
