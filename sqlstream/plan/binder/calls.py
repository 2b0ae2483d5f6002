"""Building typed calls: the registry chooses the signature, implicit casts are made explicit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlglot import exp

from sqlstream.errors import Position, SqlError
from sqlstream.functions.registry import (
    AggregateFunction,
    Argument,
    Function,
    OverFunction,
    Resolution,
    SignatureError,
    lookup,
)
from sqlstream.plan.binder.mismatch import Operand, operator_mismatch
from sqlstream.plan.binder.unknown_functions import UnknownFunctionError
from sqlstream.plan.expressions import Call, Cast, Expression, Literal
from sqlstream.sql.dialect import sql_text
from sqlstream.types.coercion import common_type, same_type
from sqlstream.types.logical import (
    APPROXIMATE_TYPES,
    INTEGER_TYPES,
    NUMERIC_TYPES,
    CharType,
    DecimalType,
    DoubleType,
    FloatType,
    LogicalType,
    VarCharType,
    with_nullability,
)


def find_function(name: str, position: Position | None) -> Function:
    """The built-in function called ``name``. UnknownFunctionError, with a suggestion, when there is none."""
    function = lookup(name)
    if function is None:
        raise UnknownFunctionError(name, position)
    return function


def resolve(
    function: Function,
    args: Sequence[Expression],
    position: Position | None,
    written: Sequence[exp.Expression] = (),
) -> Resolution:
    """The signature of ``function`` that fits ``args``, which were ``written`` so if that is known.

    SqlError naming the types, and what to write, when none fits.
    """
    try:
        return function.resolve([_argument(arg) for arg in args])
    except SignatureError as error:
        texts = [sql_text(node) for node in written] if len(written) == len(args) else ["..."] * len(args)
        operands = [Operand(text, arg.type) for text, arg in zip(texts, args, strict=True)]
        mismatch = operator_mismatch(function.name, operands)
        if mismatch is not None:
            raise SqlError(mismatch.message, position=position, hint=mismatch.hint) from None
        raise SqlError(error.message, position=position, hint=error.hint) from None


def call(
    name: str, args: Sequence[Expression], position: Position | None, written: Sequence[exp.Expression] = ()
) -> Expression:
    """A scalar call. SqlError when there is no such function, or it does not take these arguments."""
    function = find_function(name, position)
    if isinstance(function, AggregateFunction):
        raise SqlError(f"Aggregate function {function.name} is not allowed here.", position=position)
    if isinstance(function, OverFunction):
        raise SqlError(f"OVER clause is necessary for window functions: {function.name} has none.", position=position)
    resolution = resolve(function, args, position, written)
    return Call(function.name, cast_arguments(args, resolution), resolution.result)


def cast_arguments(args: Sequence[Expression], resolution: Resolution) -> tuple[Expression, ...]:
    """``args`` in the types that the signature wants."""
    return tuple(implicit_cast(arg, type_) for arg, type_ in zip(args, resolution.arguments, strict=True))


def implicit_cast(expression: Expression, type_: LogicalType) -> Expression:
    """``expression`` as a ``type_``, keeping its own nullability; itself when it is one already."""
    if same_type(expression.type, type_):
        return expression
    target = with_nullability(type_, expression.type.nullable)
    return _as_literal(expression, target) or Cast(expression, target)


def _as_literal(expression: Expression, target: LogicalType) -> Literal | None:
    """A literal that can be written in the ``target`` type without computing anything; None for anything else."""
    if not isinstance(expression, Literal):
        return None
    value = expression.value
    if value is None:
        return Literal(None, with_nullability(target, True))
    if isinstance(expression.type, INTEGER_TYPES) and isinstance(target, NUMERIC_TYPES):
        return Literal(_NUMBERS.get(type(target), int)(value), target)
    if isinstance(expression.type, DecimalType) and isinstance(target, APPROXIMATE_TYPES):
        return Literal(float(value), target)
    if isinstance(expression.type, CharType) and isinstance(target, VarCharType):
        return Literal(value, target) if len(str(value)) <= target.length else None
    return None


_NUMBERS: dict[type, Callable[[Any], int | float | str]] = {FloatType: float, DoubleType: float, DecimalType: str}
"""How an integer literal is written in types that do not write it as it is."""


def unify(columns: Sequence[Sequence[Expression]]) -> list[LogicalType | None]:
    """For rows of expressions, each column's common type; None where there is no such type."""
    return [common_type([expression.type for expression in column]) for column in zip(*columns, strict=True)]


def _argument(expression: Expression) -> Argument:
    if isinstance(expression, Literal):
        return Argument(expression.type, expression.value, is_literal=True)
    return Argument(expression.type)
