"""Three-valued logic: AND, OR, NOT, and the IS tests."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.functions.registry import EvaluationContext, NullRule
from sqlstream.functions.signature import ANY, BOOLEAN, Parameter, always, scalar, signature
from sqlstream.types import logical as t

_NEVER_NULL = always(t.BooleanType(nullable=False))


def _declare_connective(name: str, doc: str, combine: Callable[[pa.Array, pa.Array], pa.Array]) -> None:
    returns = signature(
        BOOLEAN,
        BOOLEAN,
        repeated=1,
        returns=lambda arguments: t.BooleanType(nullable=any(argument.type.nullable for argument in arguments)),
    )

    @scalar(name, returns, doc=doc, nulls=NullRule.CUSTOM, can_fail=False)
    def connective(*args: pa.Array) -> pa.Array:
        result = args[0]
        for operand in args[1:-1]:
            result = combine(result, operand)
        return result


_declare_connective("AND", "FALSE if any operand is, else NULL if any is NULL, else TRUE.", pc.and_kleene)
_declare_connective("OR", "TRUE if any operand is, else NULL if any is NULL, else FALSE.", pc.or_kleene)


@scalar(
    "NOT",
    signature(BOOLEAN, returns=t.BOOLEAN),
    doc="TRUE for FALSE, FALSE for TRUE, NULL for NULL.",
    can_fail=False,
)
def negation(value: pa.Array, context: EvaluationContext) -> pa.Array:
    return pc.invert(value)


def _is(expected: bool, negated: bool) -> Callable[[pa.Array], pa.Array]:
    def test(value: pa.Array) -> pa.Array:
        found = pc.fill_null(value if expected else pc.invert(value), False)
        return pc.invert(found) if negated else found

    return test


_TESTS: tuple[tuple[str, Parameter, Callable[[pa.Array], pa.Array], str], ...] = (
    ("IS_NULL", ANY, pc.is_null, "TRUE for NULL."),
    ("IS_NOT_NULL", ANY, pc.is_valid, "FALSE for NULL."),
    ("IS_TRUE", BOOLEAN, _is(True, False), "TRUE for TRUE alone."),
    ("IS_NOT_TRUE", BOOLEAN, _is(True, True), "TRUE for FALSE and NULL."),
    ("IS_FALSE", BOOLEAN, _is(False, False), "TRUE for FALSE alone."),
    ("IS_NOT_FALSE", BOOLEAN, _is(False, True), "TRUE for TRUE and NULL."),
    ("IS_UNKNOWN", BOOLEAN, pc.is_null, "TRUE for NULL."),
    ("IS_NOT_UNKNOWN", BOOLEAN, pc.is_valid, "FALSE for NULL."),
)


def _declare_test(name: str, parameter: Parameter, test: Callable[[pa.Array], pa.Array], doc: str) -> None:
    @scalar(name, signature(parameter, returns=_NEVER_NULL), doc=doc, nulls=NullRule.CUSTOM, can_fail=False)
    def is_test(value: pa.Array, context: EvaluationContext) -> pa.Array:
        return test(value)


for _row in _TESTS:
    _declare_test(*_row)
