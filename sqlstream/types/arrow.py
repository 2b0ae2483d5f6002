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


def to_arrow(type_: t.LogicalType) -> pa.DataType:
    """The Arrow type that stores values of ``type_``; nullability is not part of it."""
    return _IMAGES[type(type_)](type_)
