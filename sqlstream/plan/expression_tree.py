"""Rewriting bound expressions, and taking conditions apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from sqlstream.plan.expression_traits import children, input_columns
from sqlstream.plan.expressions import AggregateCall, Call, Cast, Expression, InputRef, Parameter, SubqueryCall
from sqlstream.types.logical import BooleanType
from sqlstream.types.schema import Schema


def with_operands(expression: Expression, new: tuple[Expression, ...]) -> Expression:
    """``expression`` over other operands."""
    if isinstance(expression, Call | SubqueryCall):
        return msgspec.structs.replace(expression, args=new)
    if isinstance(expression, Cast):
        return msgspec.structs.replace(expression, operand=new[0])
    return expression


def transform(expression: Expression, rule: Callable[[Expression], Expression | None]) -> Expression:
    """Outermost first: where ``rule`` answers, its answer stands and is not looked into; else go deeper."""
    replaced = rule(expression)
    if replaced is not None:
        return replaced
    before = children(expression)
    return with_operands(expression, tuple(transform(operand, rule) for operand in before)) if before else expression


def references(expressions: Iterable[Expression]) -> frozenset[int]:
    """The input columns that any of ``expressions`` uses."""
    return frozenset().union(*(input_columns(expression) for expression in expressions))


def remap(expression: Expression, mapping: Mapping[int, int]) -> Expression:
    """Column ``i`` becomes column ``mapping[i]``."""
    return transform(
        expression,
        lambda e: msgspec.structs.replace(e, index=mapping[e.index]) if isinstance(e, InputRef) else None,
    )


def remap_call(call: AggregateCall, mapping: Mapping[int, int]) -> AggregateCall:
    """Column ``i`` becomes column ``mapping[i]``."""
    return msgspec.structs.replace(
        call,
        args=tuple(mapping[column] for column in call.args),
        filter=None if call.filter is None else mapping[call.filter],
    )


def shift(expression: Expression, offset: int) -> Expression:
    """Every column moved by ``offset``."""
    return transform(
        expression,
        lambda e: msgspec.structs.replace(e, index=e.index + offset) if isinstance(e, InputRef) else None,
    )


def substitute(expression: Expression, replacements: Sequence[Expression]) -> Expression:
    """Column ``i`` becomes ``replacements[i]``: an expression over a projection, made one over its input."""
    return transform(expression, lambda e: replacements[e.index] if isinstance(e, InputRef) else None)


def bound_to(expression: Expression, values: Mapping[int, Expression]) -> Expression:
    """Parameter ``i`` becomes ``values[i]``, where there is one."""
    return transform(expression, lambda e: values.get(e.index) if isinstance(e, Parameter) else None)


def conjuncts(condition: Expression | None) -> tuple[Expression, ...]:
    """The operands of nested ANDs."""
    if condition is None:
        return ()
    if isinstance(condition, Call) and condition.function == "AND":
        return tuple(part for arg in condition.args for part in conjuncts(arg))
    return (condition,)


def conjunction(conditions: Sequence[Expression]) -> Expression | None:
    """AND of all; None where there is none."""
    result: Expression | None = None
    for condition in conditions:
        if result is None:
            result = condition
        else:
            nullable = result.type.nullable or condition.type.nullable
            result = Call("AND", (result, condition), BooleanType(nullable=nullable))
    return result


def column_refs(schema: Schema) -> tuple[InputRef, ...]:
    """Every column of ``schema`` as it is."""
    return tuple(InputRef(index, field.type) for index, field in enumerate(schema))


def is_identity(expressions: Sequence[Expression], width: int) -> bool:
    """Whether ``expressions`` are all ``width`` input columns in order."""
    return len(expressions) == width and all(
        isinstance(e, InputRef) and e.index == index for index, e in enumerate(expressions)
    )
