"""SQL types as the gateway's column descriptions give them.

Source: what Flink's SQL gateway sends as ``logicalType``; the names are those of its ``LogicalTypeRoot``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlstream.dbapi.exceptions import NotSupportedError
from sqlstream.types import logical as t

TypeJson = Mapping[str, Any]


def logical_type(description: TypeJson) -> t.LogicalType:
    """The type that ``description`` describes. NotSupportedError for one that SQL text cannot name."""
    root = description.get("type")
    reader = _READERS.get(str(root))
    if reader is None:
        raise NotSupportedError(
            f"The result has a column of type {root}, which Python has no value for.",
            hint="CAST it to STRING in the query.",
        )
    return t.with_nullability(reader(description), description.get("nullable", True) is not False)


def _fields(description: TypeJson) -> tuple[t.RowField, ...]:
    return tuple(t.RowField(field["name"], logical_type(field["fieldType"])) for field in description["fields"])


_READERS: dict[str, Callable[[TypeJson], t.LogicalType]] = {
    "NULL": lambda _: t.NullType(),
    "BOOLEAN": lambda _: t.BooleanType(),
    "TINYINT": lambda _: t.TinyIntType(),
    "SMALLINT": lambda _: t.SmallIntType(),
    "INTEGER": lambda _: t.IntType(),
    "BIGINT": lambda _: t.BigIntType(),
    "FLOAT": lambda _: t.FloatType(),
    "DOUBLE": lambda _: t.DoubleType(),
    "DECIMAL": lambda d: t.DecimalType(precision=d["precision"], scale=d["scale"]),
    "CHAR": lambda d: t.CharType(length=d["length"]),
    "VARCHAR": lambda d: t.VarCharType(length=d["length"]),
    "BINARY": lambda d: t.BinaryType(length=d["length"]),
    "VARBINARY": lambda d: t.VarBinaryType(length=d["length"]),
    "DATE": lambda _: t.DateType(),
    "TIME_WITHOUT_TIME_ZONE": lambda d: t.TimeType(precision=d["precision"]),
    "TIMESTAMP_WITHOUT_TIME_ZONE": lambda d: t.TimestampType(precision=d["precision"]),
    "TIMESTAMP_WITH_LOCAL_TIME_ZONE": lambda d: t.LocalZonedTimestampType(precision=d["precision"]),
    "INTERVAL_YEAR_MONTH": lambda _: t.YearMonthIntervalType(),
    "INTERVAL_DAY_TIME": lambda _: t.DayTimeIntervalType(),
    "ARRAY": lambda d: t.ArrayType(element=logical_type(d["elementType"])),
    "MULTISET": lambda d: t.MultisetType(element=logical_type(d["elementType"])),
    "MAP": lambda d: t.MapType(key=logical_type(d["keyType"]), value=logical_type(d["valueType"])),
    "ROW": lambda d: t.RowType(fields=_fields(d)),
}
