"""CASE, COALESCE, IF, IFNULL, NULLIF, GREATEST, LEAST.

The implementations here are plain: every branch has been computed. Evaluating a branch only for the rows that
reach it is the evaluator's business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.functions.registry import (
    Argument,
    EvaluationContext,
    NullRule,
    Resolution,
    ScalarFunction,
    SignatureError,
    register,
)
from sqlstream.functions.scalar.comparison import equal, ordered
from sqlstream.functions.signature import ANY, BOOLEAN, Types, same_as, scalar, signature, unified
from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow
from sqlstream.types.cast import cast_array
from sqlstream.types.coercion import common_type


def _case_resolution(arguments: Sequence[Argument]) -> Resolution:
    """CASE(condition, value, condition, value, ..., default)."""
    conditions = arguments[:-1:2]
    values = [*arguments[1::2], arguments[-1]]
    if not all(isinstance(condition.type, t.BooleanType | t.NullType) for condition in conditions):
        raise SignatureError("Every WHEN of a CASE needs a BOOLEAN condition.")
    result = common_type(value.type for value in values)
    if result is None:
        kinds = ", ".join(dict.fromkeys(value.type.summary for value in values))
        raise SignatureError(f"The branches of a CASE have no common type: {kinds}.", hint="CAST them to one type.")
    casts: list[t.LogicalType] = []
    for condition, value in zip(conditions, arguments[1::2], strict=True):
        casts += [t.BooleanType(nullable=condition.type.nullable), t.with_nullability(result, value.type.nullable)]
    return Resolution((*casts, t.with_nullability(result, arguments[-1].type.nullable)), result)


def _case(*args: pa.Array) -> pa.Array:
    *branches, default = args[:-1]
    conditions, values = branches[::2], branches[1::2]
    if len(conditions) == 1:
        return pc.if_else(pc.fill_null(conditions[0], False), values[0], default)
    return pc.case_when(pc.make_struct(*conditions), *values, default)


register(
    ScalarFunction(
        name="CASE",
        resolve=_case_resolution,
        implementation=_case,
        doc="The value of the first WHEN whose condition is TRUE, else that of ELSE, else NULL.",
        signatures=("CASE WHEN <BOOLEAN> THEN <VALUE> [...] [ELSE <VALUE>] END",),
        nulls=NullRule.CUSTOM,
        can_fail=False,
    )
)


def _nullable_if_all_are(arguments: Sequence[Argument]) -> t.LogicalType:
    return t.with_nullability(arguments[0].type, all(argument.type.nullable for argument in arguments))


def _nullable_if_any_is(arguments: Sequence[Argument]) -> t.LogicalType:
    return t.with_nullability(arguments[-1].type, any(argument.type.nullable for argument in arguments))


@scalar(
    "COALESCE",
    signature(ANY, returns=_nullable_if_all_are, repeated=1, adapt=unified()),
    doc="The first argument that is not NULL.",
    nulls=NullRule.CUSTOM,
    can_fail=False,
    examples={"COALESCE(CAST(NULL AS INT), 5)": "5"},
)
def coalesce(*args: pa.Array) -> pa.Array:
    return pc.coalesce(*args[:-1])


@scalar(
    "IFNULL",
    signature(ANY, ANY, returns=_nullable_if_all_are, adapt=unified()),
    doc="The second argument where the first is NULL.",
    nulls=NullRule.CUSTOM,
    can_fail=False,
    examples={"IFNULL(CAST(NULL AS INT), 5)": "5"},
)
def if_null(value: pa.Array, replacement: pa.Array, context: EvaluationContext) -> pa.Array:
    return pc.coalesce(value, replacement)


@scalar(
    "IF",
    signature(BOOLEAN, ANY, ANY, returns=lambda arguments: _nullable_if_any_is(arguments[1:]), adapt=unified(1)),
    doc="The second argument where the condition is TRUE, else the third.",
    nulls=NullRule.CUSTOM,
    can_fail=False,
    examples={"IF(5 > 3, 'yes', 'no')": "yes"},
)
def if_else(condition: pa.Array, then: pa.Array, otherwise: pa.Array, context: EvaluationContext) -> pa.Array:
    return pc.if_else(pc.fill_null(condition, False), then, otherwise)


def _types_with_common_one(types: Types) -> Types | None:
    """The arguments keep their types; they are compared at the common one."""
    return None if common_type(types) is None else types


@scalar(
    "NULLIF",
    signature(
        ANY, ANY, returns=lambda arguments: t.with_nullability(arguments[0].type, True), adapt=_types_with_common_one
    ),
    doc="NULL where both are equal, else the first.",
    nulls=NullRule.CUSTOM,
    can_fail=False,
    examples={"NULLIF(5, 5)": None, "NULLIF(5, 0)": "5"},
)
def null_if(value: pa.Array, other: pa.Array, context: EvaluationContext) -> pa.Array:
    common = common_type(context.argument_types)
    assert common is not None
    sides = (
        cast_array(side, type_, common, time_zone=context.time_zone)
        for side, type_ in zip((value, other), context.argument_types, strict=True)
    )
    same = pc.fill_null(equal(*sides), False)
    return pc.if_else(same, pa.scalar(None, to_arrow(context.result_type)), value)


def _extreme(pick: Callable[..., pa.Array], columns: Sequence[pa.Array]) -> pa.Array:
    image = columns[0].type
    if pa.types.is_boolean(image):
        columns = [column.cast(pa.uint8()) for column in columns]
    return pick(*columns, skip_nulls=False).cast(image)


@scalar(
    "GREATEST",
    signature(ANY, returns=same_as(0), repeated=1, adapt=ordered),
    doc="The greatest argument; NULL if any is NULL.",
    can_fail=False,
    examples={"GREATEST(1, 3, 2)": "3"},
)
def greatest(*args: pa.Array) -> pa.Array:
    return _extreme(pc.max_element_wise, args[:-1])


@scalar(
    "LEAST",
    signature(ANY, returns=same_as(0), repeated=1, adapt=ordered),
    doc="The least argument; NULL if any is NULL.",
    can_fail=False,
    examples={"LEAST(1, 3, 2)": "1"},
)
def least(*args: pa.Array) -> pa.Array:
    return _extreme(pc.min_element_wise, args[:-1])
