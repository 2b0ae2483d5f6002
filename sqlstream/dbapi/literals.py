"""Python values as SQL literals. Every value is written by its type, so no text of a caller's becomes SQL.

| Python | SQL |
| --- | --- |
| None | NULL |
| Null("INT") | NULL of that type, where the gateway wants to know it |
| bool | BOOLEAN |
| int | INT, BIGINT, DECIMAL(38, 0), by size |
| float | DOUBLE |
| Decimal | DECIMAL(p, s) |
| str, UUID | CHAR(n) |
| bytes, bytearray, memoryview | BINARY(n) |
| date, time | DATE, TIME(3) |
| datetime without and with a time zone | TIMESTAMP(6), TIMESTAMP_LTZ |
| timedelta | INTERVAL DAY TO SECOND |
| list, dict, tuple | ARRAY, MAP, ROW |

NumPy scalars are written as the Python values they hold.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import singledispatch
from typing import Any
from uuid import UUID

import numpy as np

from sqlstream.dbapi.exceptions import DataError, NotSupportedError, ProgrammingError
from sqlstream.errors import SqlError
from sqlstream.types.logical import MAX_DECIMAL_PRECISION
from sqlstream.types.parse import parse_type

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_BIGINT_LIMIT = 2**63
_INTERVAL_DAYS = 99
"""The most days that an interval literal may have where its precision is not given."""


@dataclass(frozen=True)
class Null:
    """A NULL of the SQL type that ``type`` names, for gateways that want to know it: Flink's does in VALUES."""

    type: str


@singledispatch
def literal(value: Any) -> str:
    """``value`` as SQL. NotSupportedError for a type that has no SQL form, DataError for a value that has none."""
    raise NotSupportedError(
        f"A parameter of type {type(value).__name__} has no SQL form.",
        hint="Pass None, bool, int, float, Decimal, str, bytes, a date or time, timedelta, list, dict or tuple.",
    )


@literal.register
def _null(value: None) -> str:
    return "NULL"


@literal.register
def _typed_null(value: Null) -> str:
    try:
        return f"CAST(NULL AS {parse_type(value.type)})"
    except SqlError as error:
        raise ProgrammingError(str(error)) from None


@literal.register
def _boolean(value: bool) -> str:
    return "TRUE" if value else "FALSE"


@literal.register
def _integer(value: int) -> str:
    if not -_BIGINT_LIMIT <= value < _BIGINT_LIMIT:
        return literal(Decimal(value))
    return _signed(format(value, "d"))


@literal.register
def _double(value: float) -> str:
    if not math.isfinite(value):
        name = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        return f"CAST('{name}' AS DOUBLE)"
    text = float.__repr__(value)
    return _signed(text if "e" in text else f"{text}E0")


@literal.register
def _decimal(value: Decimal) -> str:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise DataError(f"Decimal('{value}') is no DECIMAL.", hint="Pass a float, or None.")
    text = format(value, "f")
    scale = max(0, -exponent)
    precision = max(1, scale, len(text.lstrip("-").replace(".", "").lstrip("0")))
    if precision > MAX_DECIMAL_PRECISION:
        raise DataError(
            f"{value} has {precision} digits, and a DECIMAL has at most {MAX_DECIMAL_PRECISION}.",
            hint="Round it, or pass a float.",
        )
    return f"CAST('{text}' AS DECIMAL({precision}, {scale}))"


@literal.register
def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@literal.register
def _uuid(value: UUID) -> str:
    return f"'{value}'"


@literal.register(bytes)
@literal.register(bytearray)
@literal.register(memoryview)
def _binary(value: bytes | bytearray | memoryview) -> str:
    return f"X'{bytes(value).hex()}'"


@literal.register
def _date(value: dt.date) -> str:
    return f"DATE '{value.isoformat()}'"


@literal.register
def _time(value: dt.time) -> str:
    if value.tzinfo is not None:
        raise NotSupportedError("A time with a time zone has no SQL type.", hint="Pass a datetime, or drop the zone.")
    _require_milliseconds(value.microsecond, f"time {value}")
    return f"TIME '{value.isoformat('milliseconds' if value.microsecond else 'seconds')}'"


@literal.register
def _timestamp(value: dt.datetime) -> str:
    if value.tzinfo is None:
        return f"TIMESTAMP '{value.isoformat(' ', 'microseconds')}'"
    instant = value.astimezone(dt.UTC)
    if instant.microsecond % 1_000 == 0:
        return f"TO_TIMESTAMP_LTZ({_signed(str((instant - _EPOCH) // dt.timedelta(milliseconds=1)))}, 3)"
    text = instant.replace(tzinfo=None).isoformat(" ", "microseconds")
    return f"TO_TIMESTAMP_LTZ('{text}', 'yyyy-MM-dd HH:mm:ss.SSSSSS', 'UTC')"


@literal.register
def _interval(value: dt.timedelta) -> str:
    _require_milliseconds(value.microseconds, f"interval {value}")
    minutes, seconds = divmod(value.seconds, 60)
    clock = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{value.microseconds // 1_000:03}"
    if 0 <= value.days <= _INTERVAL_DAYS:
        return f"INTERVAL '{value.days} {clock}' DAY TO SECOND(3)"
    return f"({_signed(str(value.days))} * INTERVAL '1' DAY + INTERVAL '{clock}' HOUR TO SECOND(3))"


@literal.register
def _array(value: list) -> str:  # type: ignore[type-arg]
    return f"ARRAY[{_elements(value, 'list')}]"


@literal.register
def _map(value: Mapping) -> str:  # type: ignore[type-arg]
    return f"MAP[{_elements([part for entry in value.items() for part in entry], 'mapping')}]"


@literal.register
def _row(value: tuple) -> str:  # type: ignore[type-arg]
    return f"ROW({_elements(value, 'tuple')})"


@literal.register
def _numpy(value: np.generic) -> str:
    return literal(value.item())


def _elements(values: list[Any] | tuple[Any, ...], name: str) -> str:
    if not values:
        raise ProgrammingError(
            f"An empty {name} has no SQL form: its type is not known.",
            hint="Pass None, or write the CAST of a NULL in the statement.",
        )
    return ", ".join(map(literal, values))


def _signed(number: str) -> str:
    """In parentheses where it starts with a minus, which after another one would begin a comment."""
    return f"({number})" if number.startswith("-") else number


def _require_milliseconds(microseconds: int, what: str) -> None:
    if microseconds % 1_000:
        raise DataError(f"The {what} is finer than a millisecond.", hint="Round it to milliseconds.")
