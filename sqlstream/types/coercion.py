"""Which type may become which: implicitly, by CAST, and the common type of several expressions.

Source: Flink documentation, "Data Types" (casting), whose matrix the tables below restate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

from sqlstream.types import decimal_rules
from sqlstream.types import logical as t

_IMPLICIT: dict[type, tuple[type, ...]] = {
    t.CharType: (t.CharType,),
    t.VarCharType: t.CHARACTER_TYPES,
    t.BooleanType: (t.BooleanType,),
    t.BinaryType: (t.BinaryType,),
    t.VarBinaryType: t.BINARY_TYPES,
    t.DecimalType: t.NUMERIC_TYPES,
    t.TinyIntType: (t.TinyIntType,),
    t.SmallIntType: (t.TinyIntType, t.SmallIntType),
    t.IntType: (t.TinyIntType, t.SmallIntType, t.IntType),
    t.BigIntType: t.INTEGER_TYPES,
    t.FloatType: (*t.INTEGER_TYPES, t.FloatType, t.DecimalType),
    t.DoubleType: t.NUMERIC_TYPES,
    t.DateType: (t.DateType, t.TimestampType),
    t.TimeType: (t.TimeType, t.TimestampType),
    t.TimestampType: t.TIMESTAMP_TYPES,
    t.LocalZonedTimestampType: t.TIMESTAMP_TYPES,
    t.YearMonthIntervalType: (t.YearMonthIntervalType,),
    t.DayTimeIntervalType: (t.DayTimeIntervalType,),
}
"""Target -> sources that become it without being asked to."""

_EVERYTHING = tuple(_IMPLICIT)
_NUMBER_SOURCES = (*t.NUMERIC_TYPES, t.BooleanType, *t.CHARACTER_TYPES)
_EXPLICIT: dict[type, tuple[type, ...]] = {
    t.CharType: (*_EVERYTHING, t.ArrayType, t.MultisetType, t.MapType, t.RowType),
    t.VarCharType: (*_EVERYTHING, t.ArrayType, t.MultisetType, t.MapType, t.RowType),
    t.BooleanType: (t.BooleanType, *t.CHARACTER_TYPES, *t.INTEGER_TYPES),
    t.BinaryType: (*t.BINARY_TYPES, *t.CHARACTER_TYPES),
    t.VarBinaryType: (*t.BINARY_TYPES, *t.CHARACTER_TYPES),
    t.DecimalType: _NUMBER_SOURCES,
    t.TinyIntType: (*_NUMBER_SOURCES, *t.INTERVAL_TYPES),
    t.SmallIntType: (*_NUMBER_SOURCES, *t.INTERVAL_TYPES),
    t.IntType: (*_NUMBER_SOURCES, *t.INTERVAL_TYPES),
    t.BigIntType: (*_NUMBER_SOURCES, *t.INTERVAL_TYPES),
    t.FloatType: _NUMBER_SOURCES,
    t.DoubleType: _NUMBER_SOURCES,
    t.DateType: (t.DateType, *t.TIMESTAMP_TYPES, *t.CHARACTER_TYPES),
    t.TimeType: (t.TimeType, *t.TIMESTAMP_TYPES, *t.CHARACTER_TYPES),
    t.TimestampType: (*t.DATETIME_TYPES, *t.CHARACTER_TYPES),
    t.LocalZonedTimestampType: (*t.DATETIME_TYPES, *t.CHARACTER_TYPES),
    t.YearMonthIntervalType: (t.YearMonthIntervalType, *t.INTEGER_TYPES),
    t.DayTimeIntervalType: (t.DayTimeIntervalType, *t.INTEGER_TYPES),
}
"""Target -> sources that CAST and TRY_CAST turn into it."""


def can_cast_implicitly(source: t.LogicalType, target: t.LogicalType) -> bool:
    """Whether a ``source`` value may stand where a ``target`` is wanted. Nullability is not looked at."""
    return _castable(source, target, _IMPLICIT)


def can_cast(source: t.LogicalType, target: t.LogicalType) -> bool:
    """Whether ``CAST(source AS target)`` is allowed (it may still fail on a value)."""
    return _castable(source, target, _EXPLICIT)


def _castable(source: t.LogicalType, target: t.LogicalType, matrix: dict[type, tuple[type, ...]]) -> bool:
    if isinstance(source, t.NullType) or same_type(source, target):
        return True
    if isinstance(source, t.RowType) and isinstance(target, t.RowType):
        pairs = zip(source.fields, target.fields, strict=False)
        return len(source.fields) == len(target.fields) and all(_castable(s.type, f.type, matrix) for s, f in pairs)
    if isinstance(source, t.MapType) and isinstance(target, t.MapType):
        return _castable(source.key, target.key, matrix) and _castable(source.value, target.value, matrix)
    if isinstance(source, t.ArrayType) and isinstance(target, t.ArrayType):
        return _castable(source.element, target.element, matrix)
    if isinstance(source, t.MultisetType) and isinstance(target, t.MultisetType):
        return _castable(source.element, target.element, matrix)
    return type(source) in matrix.get(type(target), ())


def same_type(a: t.LogicalType, b: t.LogicalType) -> bool:
    """Equality but for top-level nullability."""
    return t.with_nullability(a, True) == t.with_nullability(b, True)


def common_type(types: Iterable[t.LogicalType]) -> t.LogicalType | None:
    """The type that values of all ``types`` are given in CASE, COALESCE, UNION, VALUES, IN and comparisons.

    None if there is none. Nullable if any is; NULL literals take the others' type.
    """
    all_types = list(types)
    nullable = any(type_.nullable for type_ in all_types)
    typed = [type_ for type_ in all_types if not isinstance(type_, t.NullType)]
    if not typed:
        return t.NullType() if all_types else None
    first: t.LogicalType | None = t.with_nullability(typed[0], True)
    merged = reduce(_merge_or_none, typed[1:], first)
    return None if merged is None else t.with_nullability(merged, nullable)


def _merge_or_none(a: t.LogicalType | None, b: t.LogicalType) -> t.LogicalType | None:
    return None if a is None else _merge(a, t.with_nullability(b, True))


def _merge(a: t.LogicalType, b: t.LogicalType) -> t.LogicalType | None:
    """The common type of two nullable types."""
    if a == b:
        return a
    for family, merge in _FAMILIES:
        if isinstance(a, family) and isinstance(b, family):
            return merge(a, b)
    return None


def _merge_text(a: t.CharType | t.VarCharType, b: t.CharType | t.VarCharType) -> t.LogicalType:
    return t.VarCharType(length=max(a.length, b.length))


def _merge_bytes(a: t.BinaryType | t.VarBinaryType, b: t.BinaryType | t.VarBinaryType) -> t.LogicalType:
    return t.VarBinaryType(length=max(a.length, b.length))


def _merge_numbers(a: t.LogicalType, b: t.LogicalType) -> t.LogicalType:
    either = (a, b)
    if any(isinstance(x, t.APPROXIMATE_TYPES) for x in either):
        if any(isinstance(x, (t.DoubleType, t.DecimalType)) for x in either):
            return t.DoubleType()
        return t.FloatType()
    if isinstance(a, t.INTEGER_TYPES) and isinstance(b, t.INTEGER_TYPES):
        return max(either, key=lambda x: t.INTEGER_TYPES.index(type(x)))
    left, right = decimal_rules.as_decimal(a), decimal_rules.as_decimal(b)
    assert left is not None and right is not None
    return decimal_rules.union(left, right)


def _merge_datetimes(a: t.LogicalType, b: t.LogicalType) -> t.LogicalType | None:
    either = (a, b)
    if any(isinstance(x, t.TimeType) for x in either):
        return (
            max((x for x in either if isinstance(x, t.TimeType)), key=lambda x: x.precision)
            if (all(isinstance(x, t.TimeType) for x in either))
            else None
        )
    precision = max(x.precision for x in either if isinstance(x, t.TIMESTAMP_TYPES))
    if any(isinstance(x, t.LocalZonedTimestampType) for x in either):
        return t.LocalZonedTimestampType(precision=precision)
    return t.TimestampType(precision=precision)


def _merge_arrays(a: t.ArrayType, b: t.ArrayType) -> t.LogicalType | None:
    element = common_type((a.element, b.element))
    return None if element is None else t.ArrayType(element=element)


def _merge_multisets(a: t.MultisetType, b: t.MultisetType) -> t.LogicalType | None:
    element = common_type((a.element, b.element))
    return None if element is None else t.MultisetType(element=element)


def _merge_maps(a: t.MapType, b: t.MapType) -> t.LogicalType | None:
    key, value = common_type((a.key, b.key)), common_type((a.value, b.value))
    return None if key is None or value is None else t.MapType(key=key, value=value)


def _merge_rows(a: t.RowType, b: t.RowType) -> t.LogicalType | None:
    if len(a.fields) != len(b.fields):
        return None
    types = [common_type((x.type, y.type)) for x, y in zip(a.fields, b.fields, strict=True)]
    fields = [t.RowField(f.name, type_) for f, type_ in zip(a.fields, types, strict=True) if type_ is not None]
    return t.RowType(fields=tuple(fields)) if len(fields) == len(types) else None


_FAMILIES: Sequence[tuple[tuple[type, ...], Callable[[Any, Any], t.LogicalType | None]]] = (
    (t.CHARACTER_TYPES, _merge_text),
    (t.BINARY_TYPES, _merge_bytes),
    (t.NUMERIC_TYPES, _merge_numbers),
    (t.DATETIME_TYPES, _merge_datetimes),
    ((t.ArrayType,), _merge_arrays),
    ((t.MultisetType,), _merge_multisets),
    ((t.MapType,), _merge_maps),
    ((t.RowType,), _merge_rows),
)
