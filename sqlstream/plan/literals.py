"""The Arrow value of a literal expression."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa

from sqlstream.errors import PlanError
from sqlstream.plan.expressions import Literal
from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow


def _time(text: str, type_: pa.DataType) -> pa.Array:
    return pa.array([datetime.time.fromisoformat(text)], type_)


def _timestamp(text: str, type_: pa.DataType) -> pa.Array:
    return pa.array([text]).cast(type_)


def _instant(text: str, type_: pa.DataType) -> pa.Array:
    """TIMESTAMP_LTZ; text without an offset is UTC."""
    time_of_day = text[10:]
    if time_of_day.endswith("Z") or "+" in time_of_day or "-" in time_of_day:
        return _timestamp(text, type_)
    return _timestamp(text, pa.timestamp(type_.unit)).cast(type_)


_READERS: dict[type, Callable[[Any, pa.DataType], pa.Array]] = {
    t.DecimalType: lambda value, type_: pa.array([Decimal(str(value))], type_),
    t.BinaryType: lambda value, type_: pa.array([bytes.fromhex(value)], type_),
    t.VarBinaryType: lambda value, type_: pa.array([bytes.fromhex(value)], type_),
    t.DateType: lambda value, type_: pa.array([datetime.date.fromisoformat(value)], type_),
    t.TimeType: _time,
    t.TimestampType: _timestamp,
    t.LocalZonedTimestampType: _instant,
}


def literal_array(literal: Literal) -> pa.Array:
    """One row holding ``literal``'s value. Raises PlanError when that is no value of its type."""
    type_ = to_arrow(literal.type)
    if literal.value is None:
        return pa.nulls(1, type_)
    read = _READERS.get(type(literal.type))
    try:
        return pa.array([literal.value], type_) if read is None else read(literal.value, type_)
    except (ValueError, ArithmeticError, pa.ArrowException):
        raise PlanError(f"'{literal.value}' is not a value of type {literal.type.summary}.") from None
