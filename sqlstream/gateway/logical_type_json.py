"""Column types as Flink's gateway writes them.

Source: answers of Apache Flink 2.3's SQL gateway (``tests/gateway/values.jsonl``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlstream.types import logical as t
from sqlstream.types.schema import Schema

Json = dict[str, Any]


def columns_json(schema: Schema) -> list[Json]:
    """The ``columns`` of a result."""
    return [
        {"name": field.name, "logicalType": logical_type_json(field.type), "comment": None} for field in schema.fields
    ]


def logical_type_json(type_: t.LogicalType) -> Json:
    """``type_`` as a JSON object: its root, its nullability, and what its kind of type has besides."""
    root, details = _KINDS[type(type_)]
    return {"type": root, "nullable": type_.nullable, **details(type_)}


def _nothing(_: Any) -> Json:
    return {}


def _length(type_: Any) -> Json:
    return {"length": type_.length}


def _precision(type_: Any) -> Json:
    return {"precision": type_.precision}


def _element(type_: Any) -> Json:
    return {"elementType": logical_type_json(type_.element)}


def _row(type_: t.RowType) -> Json:
    return {"fields": [{"name": field.name, "fieldType": logical_type_json(field.type)} for field in type_.fields]}


_KINDS: dict[type, tuple[str, Callable[[Any], Json]]] = {
    t.NullType: ("NULL", _nothing),
    t.BooleanType: ("BOOLEAN", _nothing),
    t.TinyIntType: ("TINYINT", _nothing),
    t.SmallIntType: ("SMALLINT", _nothing),
    t.IntType: ("INTEGER", _nothing),
    t.BigIntType: ("BIGINT", _nothing),
    t.FloatType: ("FLOAT", _nothing),
    t.DoubleType: ("DOUBLE", _nothing),
    t.DecimalType: ("DECIMAL", lambda d: {"precision": d.precision, "scale": d.scale}),
    t.CharType: ("CHAR", _length),
    t.VarCharType: ("VARCHAR", _length),
    t.BinaryType: ("BINARY", _length),
    t.VarBinaryType: ("VARBINARY", _length),
    t.DateType: ("DATE", _nothing),
    t.TimeType: ("TIME_WITHOUT_TIME_ZONE", _precision),
    t.TimestampType: ("TIMESTAMP_WITHOUT_TIME_ZONE", _precision),
    t.LocalZonedTimestampType: ("TIMESTAMP_WITH_LOCAL_TIME_ZONE", _precision),
    t.YearMonthIntervalType: ("INTERVAL_YEAR_MONTH", lambda _: {"precision": 2, "resolution": "MONTH"}),
    t.DayTimeIntervalType: (
        "INTERVAL_DAY_TIME",
        lambda _: {"precision": 2, "fractionalPrecision": 3, "resolution": "SECOND"},
    ),
    t.ArrayType: ("ARRAY", _element),
    t.MultisetType: ("MULTISET", _element),
    t.MapType: ("MAP", lambda m: {"keyType": logical_type_json(m.key), "valueType": logical_type_json(m.value)}),
    t.RowType: ("ROW", _row),
}
