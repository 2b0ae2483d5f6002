"""Comparisons, with SQL's NULL: equality, order, IS [NOT] DISTINCT FROM, IN."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.functions.registry import Argument, EvaluationContext, NullRule
from sqlstream.functions.signature import ANY, Types, scalar, signature, unified
from sqlstream.types import logical as t
from sqlstream.types.coercion import common_type

_NESTED = (t.ArrayType, t.MapType, t.MultisetType, t.RowType)
_unify = unified()


def _comparable(types: Types) -> Types | None:
    """The common type; text compared with a date or time is read as one."""
    common = _unify(types)
    if common is None:
        moments = [type_ for type_ in types if isinstance(type_, t.DATETIME_TYPES)]
        texts = [type_ for type_ in types if isinstance(type_, t.CHARACTER_TYPES)]
        moment = common_type(moments)
        if moment is not None and texts and len(moments) + len(texts) == len(types):
            return (moment,) * len(types)
    return common


def ordered(types: Types) -> Types | None:
    """The types to compare at, if their values have an order."""
    common = _comparable(types)
    return None if common is None or isinstance(common[0], _NESTED) else common


def equal(a: pa.Array, b: pa.Array) -> pa.Array:
    """a = b, element by element; NULL where either is NULL. Rows and collections are equal when their parts are."""
    if pa.types.is_null(a.type):
        return pa.nulls(len(a), pa.bool_())
    if pa.types.is_struct(a.type):
        parts = [_same(x, y) for x, y in zip(a.flatten(), b.flatten(), strict=True)]
        whole = reduce(pc.and_, parts, pa.array([True] * len(a)))
        return _null_where_either_is(whole, a, b)
    if pa.types.is_nested(a.type):
        flags = [_entries(x) == _entries(y) for x, y in zip(a.to_pylist(), b.to_pylist(), strict=True)]
        return _null_where_either_is(pa.array(flags, pa.bool_()), a, b)
    return pc.equal(a, b)


def _entries(value: object) -> object:
    """Maps are equal whatever the order of their entries."""
    if isinstance(value, list) and value and all(isinstance(entry, tuple) for entry in value):
        return dict(value)
    return value


def _null_where_either_is(flags: pa.Array, a: pa.Array, b: pa.Array) -> pa.Array:
    return pc.if_else(pc.and_(a.is_valid(), b.is_valid()), flags, pa.scalar(None, pa.bool_()))


def _same(a: pa.Array, b: pa.Array) -> pa.Array:
    """IS NOT DISTINCT FROM."""
    both_null = pc.and_(a.is_null(), b.is_null())
    return pc.or_(both_null, pc.fill_null(equal(a, b), False))


def _declare_comparison(name: str, doc: str, compare: Callable[[pa.Array, pa.Array], pa.Array]) -> None:
    adapt = _comparable if name in ("=", "<>") else ordered

    @scalar(name, signature(ANY, ANY, returns=t.BOOLEAN, adapt=adapt), doc=doc, can_fail=False)
    def comparison(a: pa.Array, b: pa.Array, context: EvaluationContext) -> pa.Array:
        return pa.nulls(len(a), pa.bool_()) if pa.types.is_null(a.type) else compare(a, b)


_declare_comparison("=", "TRUE if both are equal.", equal)
_declare_comparison("<>", "TRUE if they differ.", lambda a, b: pc.invert(equal(a, b)))
_declare_comparison("<", "TRUE if the first is less.", pc.less)
_declare_comparison("<=", "TRUE if the first is less or equal.", pc.less_equal)
_declare_comparison(">", "TRUE if the first is greater.", pc.greater)
_declare_comparison(">=", "TRUE if the first is greater or equal.", pc.greater_equal)

_PAIR = signature(ANY, ANY, returns=t.BOOLEAN, adapt=_comparable)


def _nullable_if_any_is(arguments: Sequence[Argument]) -> t.LogicalType:
    return t.BooleanType(nullable=any(argument.type.nullable for argument in arguments))


@scalar(
    "IS_NOT_DISTINCT_FROM",
    _PAIR,
    doc="Equality that takes NULL for equal to NULL.",
    nulls=NullRule.CUSTOM,
    can_fail=False,
)
def is_not_distinct_from(a: pa.Array, b: pa.Array, context: EvaluationContext) -> pa.Array:
    return _same(a, b)


@scalar(
    "IS_DISTINCT_FROM",
    _PAIR,
    doc="Inequality that takes NULL for equal to NULL.",
    nulls=NullRule.CUSTOM,
    can_fail=False,
)
def is_distinct_from(a: pa.Array, b: pa.Array, context: EvaluationContext) -> pa.Array:
    return pc.invert(_same(a, b))


@scalar(
    "IN",
    signature(ANY, ANY, returns=_nullable_if_any_is, repeated=1, adapt=_comparable),
    doc="TRUE if the first equals any of the others; NULL if none does and one of them is NULL.",
    nulls=NullRule.CUSTOM,
    can_fail=False,
    examples={"1 IN (2, 1)": "TRUE", "1 IN (2, CAST(NULL AS INT))": None},
)
def is_in(value: pa.Array, *rest: pa.Array) -> pa.Array:
    return reduce(pc.or_kleene, (equal(value, candidate) for candidate in rest[:-1]))
