"""Rows of the JSON row format as Arrow batches. One decoder is made for a result's columns, and reads a page at a time.

Source: what Flink's SQL gateway sends with ``rowFormat=JSON``: bytes in base 64, intervals as months and milliseconds,
rows as objects, and instants as a clock in the session's time zone shows them, yet with a Z.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar, Literal, TypedDict

import msgspec
import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.dbapi.exceptions import DataError, InternalError, NotSupportedError
from sqlstream.types import logical as t
from sqlstream.types.schema import Schema

KindName = Literal["INSERT", "UPDATE_BEFORE", "UPDATE_AFTER", "DELETE"]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND_DIGITS = 6


class JsonRows:
    """Decodes the ``data`` of result pages with the columns of ``schema``, in a session whose clock is in ``zone``."""

    def __init__(self, schema: Schema, zone: dt.tzinfo) -> None:
        self._schema = schema.to_arrow()
        columns = tuple(_nullable(type_, zone) for type_ in schema.types)
        row = msgspec.defstruct("Row", [("kind", KindName), ("fields", tuple.__class_getitem__(columns))])
        try:
            self._decoder = msgspec.json.Decoder(list.__class_getitem__(row), strict=False, dec_hook=_ticks_of)
        except TypeError:
            raise NotSupportedError(
                "The result has a map whose keys JSON cannot hold.", hint="CAST the column to STRING in the query."
            ) from None

    def decode(self, data: bytes | msgspec.Raw) -> Batch:
        """The batch of one page. DataError for a value that Python or Arrow cannot hold."""
        try:
            rows: list[Any] = self._decoder.decode(data)
            columns = list(zip(*(row.fields for row in rows), strict=True)) or [()] * len(self._schema)
            arrays = [pa.array(column, type_) for column, type_ in zip(columns, self._schema.types, strict=True)]
        except (msgspec.ValidationError, ValueError, OverflowError) as error:
            if isinstance(error, msgspec.DecodeError) and not isinstance(error, msgspec.ValidationError):
                raise InternalError(f"The gateway sent rows that cannot be read: {error}.") from None
            raise DataError(
                f"The gateway sent a value that Python cannot hold: {error}.",
                hint="CAST the column to STRING in the query.",
            ) from None
        kinds = np.fromiter((RowKind[row.kind] for row in rows), np.int8, len(rows))
        return Batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema), kinds if kinds.any() else None)


class _Ticks(int):
    """A moment, counted in ``per_second`` from the epoch, whose text is a clock's in ``zone``."""

    per_second: ClassVar[int]
    zone: ClassVar[dt.tzinfo]


def _ticks(precision: int, zone: dt.tzinfo) -> type[_Ticks]:
    """The class for the Arrow unit that stores a timestamp of this precision."""
    per_second = 1_000 if precision <= 3 else 1_000_000 if precision <= _MICROSECOND_DIGITS else 1_000_000_000
    return type("Ticks", (_Ticks,), {"per_second": per_second, "zone": zone})


def _ticks_of(type_: type[_Ticks], text: str) -> _Ticks:
    """``text`` is ISO 8601 with up to nine digits, read in the type's zone whatever it ends in."""
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    whole = (dt.datetime.fromisoformat(seconds).replace(tzinfo=type_.zone) - _EPOCH) // dt.timedelta(seconds=1)
    return type_(whole * type_.per_second + int(fraction.ljust(9, "0")) * type_.per_second // 1_000_000_000)


def _nullable(type_: t.LogicalType, zone: dt.tzinfo) -> Any:
    return _DECODED[type(type_)](type_, zone) | None


def _key(type_: t.LogicalType, zone: dt.tzinfo) -> Any:
    return _DECODED[type(type_)](type_, zone)


def _timestamp(type_: t.TimestampType, _: dt.tzinfo) -> type:
    return dt.datetime if type_.precision <= _MICROSECOND_DIGITS else _ticks(type_.precision, dt.UTC)


def _instant(type_: t.LocalZonedTimestampType, zone: dt.tzinfo) -> type:
    fits = zone is dt.UTC and type_.precision <= _MICROSECOND_DIGITS
    return dt.datetime if fits else _ticks(type_.precision, zone)


def _map(key: t.LogicalType, value: Any, zone: dt.tzinfo) -> Any:
    return dict.__class_getitem__((_key(key, zone), value))


def _row(type_: t.RowType, zone: dt.tzinfo) -> Any:
    return TypedDict("Row", {field.name: _nullable(field.type, zone) for field in type_.fields})  # type: ignore[operator]


_DECODED: dict[type, Callable[[Any, dt.tzinfo], Any]] = {
    t.NullType: lambda *_: type(None),
    t.BooleanType: lambda *_: bool,
    **dict.fromkeys(t.INTEGER_TYPES, lambda *_: int),
    **dict.fromkeys(t.APPROXIMATE_TYPES, lambda *_: float),
    t.DecimalType: lambda *_: Decimal,
    **dict.fromkeys(t.CHARACTER_TYPES, lambda *_: str),
    **dict.fromkeys(t.BINARY_TYPES, lambda *_: bytes),
    t.DateType: lambda *_: dt.date,
    t.TimeType: lambda *_: dt.time,
    t.TimestampType: _timestamp,
    t.LocalZonedTimestampType: _instant,
    **dict.fromkeys(t.INTERVAL_TYPES, lambda *_: int),
    t.ArrayType: lambda type_, zone: list.__class_getitem__(_nullable(type_.element, zone)),
    t.MultisetType: lambda type_, zone: _map(type_.element, int, zone),
    t.MapType: lambda type_, zone: _map(type_.key, _nullable(type_.value, zone), zone),
    t.RowType: _row,
}
