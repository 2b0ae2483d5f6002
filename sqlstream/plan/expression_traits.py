"""What can be said of an expression without evaluating it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlstream.errors import PlanError
from sqlstream.functions.registry import ScalarFunction, lookup
from sqlstream.plan.expressions import Call, Cast, Expression, InputRef, Parameter, SubqueryCall
from sqlstream.types import logical as t

_WIDENING = (t.TinyIntType, t.SmallIntType, t.IntType, t.BigIntType, t.FloatType, t.DoubleType)


def children(expression: Expression) -> tuple[Expression, ...]:
    """The direct operands, left to right."""
    if isinstance(expression, Call | SubqueryCall):
        return expression.args
    return (expression.operand,) if isinstance(expression, Cast) else ()


def walk(expression: Expression) -> Iterator[Expression]:
    """``expression`` and everything in it."""
    yield expression
    for child in children(expression):
        yield from walk(child)


def scalar_function(name: str) -> ScalarFunction:
    """The scalar function a call names. Raises PlanError when this build has none."""
    function = lookup(name)
    if not isinstance(function, ScalarFunction):
        raise PlanError(
            f"Unknown scalar function '{name}'.",
            hint="The job was planned by a version that has it; run the same version everywhere.",
        )
    return function


def is_deterministic(expression: Expression) -> bool:
    """Whether equal input always gives an equal result (RAND, UUID and the clock do not)."""
    return all(scalar_function(node.function).deterministic for node in walk(expression) if isinstance(node, Call))


def is_proctime(expression: Expression) -> bool:
    """Whether it is the processing-time attribute itself, which is as good computed later."""
    return isinstance(expression, Call) and expression.function == "PROCTIME"


def is_constant(expression: Expression) -> bool:
    """Whether the value is the same for every row, now and later."""
    return is_deterministic(expression) and not any(isinstance(node, _VARYING) for node in walk(expression))


_VARYING = (InputRef, Parameter, SubqueryCall)


def input_columns(expression: Expression) -> frozenset[int]:
    """The input columns that ``expression`` reads."""
    return frozenset(node.index for node in walk(expression) if isinstance(node, InputRef))


def may_fail(expression: Expression) -> bool:
    """Whether some row could make the evaluation raise DataError; errs on the side of yes."""
    return any(_step_may_fail(node) for node in walk(expression))


def _step_may_fail(node: Expression) -> bool:
    if isinstance(node, Call):
        return scalar_function(node.function).can_fail
    return isinstance(node, Cast) and not node.safe and not _is_total_cast(node.operand.type, node.type)


def _is_total_cast(source: t.LogicalType, target: t.LogicalType) -> bool:
    if type(source) is type(target) or isinstance(source, t.NullType):
        return True
    if isinstance(source, _WIDENING) and isinstance(target, _WIDENING):
        return _WIDENING.index(type(source)) < _WIDENING.index(type(target))
    return isinstance(target, t.VarCharType)
