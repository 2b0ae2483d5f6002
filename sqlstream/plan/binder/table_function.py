"""Binding UNNEST and LATERAL TABLE(...): functions of a row of FROM that give rows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from sqlstream.errors import PlanError, SqlError
from sqlstream.functions.registry import SignatureError
from sqlstream.functions.table.declaration import TableFunction, lookup_table_function, table_function_names
from sqlstream.functions.table.unnest import UNNEST, UNNEST_WITH_ORDINALITY
from sqlstream.plan.binder.changelog_functions import is_changelog_function
from sqlstream.plan.binder.enclosing import Enclosing
from sqlstream.plan.binder.expressions import ExpressionBinder
from sqlstream.plan.binder.scope import Scope
from sqlstream.plan.binder.suggestions import did_you_mean
from sqlstream.plan.binder.window_tvf import is_window_function
from sqlstream.plan.expressions import Expression
from sqlstream.plan.join_row import joined_row, output_row
from sqlstream.plan.logical import Correlate, LogicalNode
from sqlstream.plan.physical import JoinKind
from sqlstream.sql.positions import position_of
from sqlstream.types.schema import Field, Schema


def is_table_call(node: exp.Expression) -> bool:
    """Whether a relation of FROM is a function of the relations before it."""
    if isinstance(node, exp.Unnest):
        return True
    if isinstance(node, exp.Lateral | exp.Table):
        return isinstance(node.this, exp.Func) and not _takes_a_table(node.this.name)
    return False


def _takes_a_table(name: str) -> bool:
    return is_window_function(name) or is_changelog_function(name)


def bind_table_call(
    left: LogicalNode, scope: Scope, node: exp.Expression, kind: JoinKind, enclosing: Enclosing | None
) -> tuple[Correlate, Scope]:
    """``left``, whose names are those of ``scope``, with the rows that the call ``node`` gives for each of its rows.

    Raises SqlError where there is no such function, or its arguments or column names do not fit.
    """
    if kind not in (JoinKind.INNER, JoinKind.LEFT):
        raise SqlError(
            f"{kind.value.upper()} JOIN with a table function is not possible: it is called with left rows.",
            position=position_of(node),
            hint="Write CROSS JOIN, or LEFT JOIN ... ON TRUE.",
        )
    function, written = _function(node)
    binder = ExpressionBinder(scope, "a table function", enclosing=enclosing)
    arguments = [binder.bind(argument) for argument in written]
    fields = _fields(function, arguments, node)
    name, names = _names(node, fields)
    fields = tuple(Field(n, f.type) for n, f in zip(names, fields, strict=True))
    right, width = Schema(fields), len(left.schema)
    schema = output_row(joined_row(left.schema, right), width, kind)
    plan = Correlate(left, function.name, tuple(arguments), tuple(range(len(fields))), kind, schema)
    joined = scope.joined(Scope.of(right, (name,) if name else ()))
    return plan, Scope(output_row(joined.schema, width, kind), joined.relations, joined.star, joined.hidden)


def check_lateral_condition(condition: exp.Expression | None, kind: JoinKind) -> None:
    """PlanError for a left join with a table function ON anything but TRUE."""
    if condition is None or (isinstance(condition, exp.Boolean) and condition.this):
        return
    if kind is JoinKind.LEFT:
        raise PlanError(
            "A LEFT JOIN with a table function takes no condition but TRUE.",
            position=position_of(condition),
            hint="Write ON TRUE, and the condition into WHERE; rows without a match can be added with UNION ALL.",
        )


def _function(node: exp.Expression) -> tuple[TableFunction, Sequence[exp.Expression]]:
    if isinstance(node, exp.Unnest):
        name = UNNEST_WITH_ORDINALITY if node.args.get("offset") else UNNEST
        function = lookup_table_function(name)
        assert function is not None
        return function, node.expressions
    call = node.this
    function = lookup_table_function(call.name)
    if function is None:
        raise SqlError(
            f"Unknown table function '{call.name}'.",
            position=position_of(call),
            hint=did_you_mean(call.name.upper(), table_function_names(), "Table functions"),
        )
    return function, call.expressions


def _fields(function: TableFunction, arguments: Sequence[Expression], node: exp.Expression) -> tuple[Field, ...]:
    try:
        return function.fields([argument.type for argument in arguments])
    except SignatureError as error:
        raise SqlError(error.message, position=position_of(node), hint=error.hint) from None


def _names(node: exp.Expression, fields: Sequence[Field]) -> tuple[str | None, list[str]]:
    """What the rows are called, and their columns."""
    alias = node.args.get("alias")
    names = [column.name for column in (alias.args.get("columns") or [])] if alias is not None else []
    ordinality = node.args.get("offset") if isinstance(node, exp.Unnest) else None
    if isinstance(ordinality, exp.Identifier):
        names.append(ordinality.name)
    if names and len(names) != len(fields):
        raise SqlError(
            f"List of column aliases must have the same degree as the table; the table has {len(fields)} columns "
            f"({', '.join(field.name for field in fields)}), the alias list {len(names)}.",
            position=position_of(alias if alias is not None else node),
        )
    return alias.name if alias is not None else None, names or [field.name for field in fields]
