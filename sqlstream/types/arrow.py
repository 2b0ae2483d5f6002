"""The Arrow image of every SQL type: the one place that says how a value is stored in memory.

TIMESTAMP(p) is s-less: ms for p <= 3, us for p <= 6, ns above. TIMESTAMP_LTZ is the same in UTC. TIME is
time32[ms]; intervals are int32 months and duration[ms]; MULTISET<T> is a map from T to int32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from sqlstream.types import logical as t


def _timestamp_unit(precision: int) -> str:
    return "ms" if precision <= 3 else "us" if precision <= 6 else "ns"


_IMAGES: dict[type, Callable[[Any], pa.DataType]] = {
    t.NullType: lambda _: pa.null(),
    t.BooleanType: lambda _: pa.bool_(),
    t.TinyIntType: lambda _: pa.int8(),
    t.SmallIntType: lambda _: pa.int16(),
    t.IntType: lambda _: pa.int32(),
    t.BigIntType: lambda _: pa.int64(),
    t.FloatType: lambda _: pa.float32(),
    t.DoubleType: lambda _: pa.float64(),
    t.DecimalType: lambda d: pa.decimal128(d.precision, d.scale),
    t.CharType: lambda _: pa.string(),
    t.VarCharType: lambda _: pa.string(),
    t.BinaryType: lambda _: pa.binary(),
    t.VarBinaryType: lambda _: pa.binary(),
    t.DateType: lambda _: pa.date32(),
    t.TimeType: lambda _: pa.time32("ms"),
    t.TimestampType: lambda ts: pa.timestamp(_timestamp_unit(ts.precision)),
    t.LocalZonedTimestampType: lambda ts: pa.timestamp(_timestamp_unit(ts.precision), tz="UTC"),
    t.YearMonthIntervalType: lambda _: pa.int32(),
    t.DayTimeIntervalType: lambda _: pa.duration("ms"),
    t.ArrayType: lambda a: pa.list_(to_arrow(a.element)),
    t.MultisetType: lambda m: pa.map_(to_arrow(m.element), pa.int32()),
    t.MapType: lambda m: pa.map_(to_arrow(m.key), to_arrow(m.value)),
    t.RowType: lambda r: pa.struct([pa.field(f.name, to_arrow(f.type)) for f in r.fields]),
}


_TYPES: dict[pa.DataType, t.LogicalType] = {
    pa.bool_(): t.BooleanType(),
    pa.int8(): t.TinyIntType(),
    pa.int16(): t.SmallIntType(),
    pa.int32(): t.IntType(),
    pa.int64(): t.BigIntType(),
    pa.float32(): t.FloatType(),
    pa.float64(): t.DoubleType(),
    pa.string(): t.STRING,
    pa.binary(): t.VarBinaryType(),
    pa.date32(): t.DateType(),
    pa.time32("ms"): t.TimeType(precision=3),
    pa.duration("ms"): t.DayTimeIntervalType(),
}
_PRECISIONS = {"ms": 3, "us": 6, "ns": 9}


def from_arrow(type_: pa.DataType) -> t.LogicalType | None:
    """A SQL type whose values are stored as ``type_``; None if there is none."""
    if pa.types.is_decimal128(type_):
        return t.DecimalType(precision=type_.precision, scale=type_.scale)
    if pa.types.is_timestamp(type_) and type_.unit in _PRECISIONS and type_.tz in (None, "UTC"):
        make = t.TimestampType if type_.tz is None else t.LocalZonedTimestampType
        return make(precision=_PRECISIONS[type_.unit])
    if pa.types.is_list(type_):
        element = from_arrow(type_.value_type)
        return None if element is None else t.ArrayType(element=element)
    if pa.types.is_struct(type_):
        parts = [t.RowField(field.name, part) for field in type_ if (part := from_arrow(field.type)) is not None]
        return t.RowType(fields=tuple(parts)) if len(parts) == type_.num_fields else None
    if pa.types.is_map(type_):
        key, value = from_arrow(type_.key_type), from_arrow(type_.item_type)
        return None if key is None or value is None else t.MapType(key=key, value=value)
    return _TYPES.get(type_)


def to_arrow(type_: t.LogicalType) -> pa.DataType:
    """The Arrow type that stores values of ``type_``; nullability is not part of it."""
    return _IMAGES[type(type_)](type_)
