"""Conditions that no row passes whose side of an outer join is missing."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlstream.functions.registry import NullRule
from sqlstream.plan.expression_traits import scalar_function
from sqlstream.plan.expressions import Call, Cast, Expression, InputRef

Columns = Collection[int]


def rejects_nulls(condition: Expression, columns: Columns) -> bool:
    """Whether ``condition`` cannot be TRUE where all ``columns`` are NULL; errs on the side of no."""
    if isinstance(condition, Call) and condition.function in _TESTS:
        return _TESTS[condition.function](condition.args, columns)
    return _is_null(condition, columns)


def _is_null(expression: Expression, columns: Columns) -> bool:
    """Whether ``expression`` must be NULL where all ``columns`` are."""
    if isinstance(expression, InputRef):
        return expression.index in columns
    if isinstance(expression, Cast):
        return _is_null(expression.operand, columns)
    if isinstance(expression, Call) and scalar_function(expression.function).nulls is NullRule.PROPAGATE:
        return any(_is_null(arg, columns) for arg in expression.args)
    return False


_TESTS: dict[str, Callable[[tuple[Expression, ...], Columns], bool]] = {
    "AND": lambda args, columns: any(rejects_nulls(arg, columns) for arg in args),
    "OR": lambda args, columns: all(rejects_nulls(arg, columns) for arg in args),
    "NOT": lambda args, columns: _is_null(args[0], columns),
    "IN": lambda args, columns: _is_null(args[0], columns),
    "IS_NOT_NULL": lambda args, columns: _is_null(args[0], columns),
    "IS_TRUE": lambda args, columns: rejects_nulls(args[0], columns),
    "IS_FALSE": lambda args, columns: _is_null(args[0], columns),
}
