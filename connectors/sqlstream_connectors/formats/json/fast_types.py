"""Which SQL types pyarrow's JSON reader reads as Flink does, and as which Arrow type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow

_SAME = (
    t.BooleanType,
    *t.INTEGER_TYPES,
    *t.APPROXIMATE_TYPES,
    *t.CHARACTER_TYPES,
    *t.TIMESTAMP_TYPES,
)
_QUOTED = (
    *t.INTEGER_TYPES,
    *t.APPROXIMATE_TYPES,
    *t.CHARACTER_TYPES,
    t.DecimalType,
    t.DateType,
    t.TimestampType,
)
_TOP_LEVEL: dict[type, pa.DataType] = {
    t.DateType: pa.string(),
    t.YearMonthIntervalType: pa.int32(),
    t.DayTimeIntervalType: pa.int64(),
}


def fast_type(type_: t.LogicalType) -> pa.DataType | None:
    """What to have pyarrow read, to be cast to the type's own Arrow image; None for types it cannot do."""
    return _TOP_LEVEL.get(type(type_)) or _same(type_)


def quoted_type(type_: t.LogicalType) -> pa.DataType | None:
    """What to have pyarrow read where all values stand in quotes, to be cast as :func:`fast_type` says; None for types
    that are not to be cast from text like that."""
    if isinstance(type_, t.RowType):
        fields = [(field.name, quoted_type(field.type)) for field in type_.fields]
        return None if any(image is None for _, image in fields) else pa.struct(fields)
    if isinstance(type_, t.ArrayType):
        element = quoted_type(type_.element)
        return None if element is None else pa.list_(element)
    return pa.string() if isinstance(type_, _QUOTED) else None


def _same(type_: t.LogicalType) -> pa.DataType | None:
    image = _IMAGES.get(type(type_))
    if image is not None:
        return image(type_)
    return to_arrow(type_) if isinstance(type_, _SAME) else None


def _array(type_: t.ArrayType) -> pa.DataType | None:
    element = _same(type_.element)
    return None if element is None else pa.list_(element)


def _row(type_: t.RowType) -> pa.DataType | None:
    fields = [(field.name, _same(field.type)) for field in type_.fields]
    return None if any(image is None for _, image in fields) else pa.struct(fields)


def _decimal(type_: t.DecimalType) -> pa.DataType:
    """pyarrow's JSON reader does not check the precision; the cast does."""
    return pa.decimal128(t.MAX_DECIMAL_PRECISION, type_.scale)


_IMAGES: dict[type, Callable[[Any], pa.DataType | None]] = {
    t.DecimalType: _decimal,
    t.ArrayType: _array,
    t.RowType: _row,
}
