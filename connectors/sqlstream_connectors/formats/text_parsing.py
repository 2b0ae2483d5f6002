"""Text to one value, for every SQL type: the exact, slow way.

Formats parse whole columns with pyarrow and come here for the columns it refuses: to find the culprit, and to accept
what Flink accepts and pyarrow does not (a leading plus, a decimal with too many digits). So what is accepted here is
a superset of what pyarrow's CSV reader accepts, and means the same. Values are what ``pyarrow.array`` takes for
:func:`sqlstream.types.arrow.to_arrow` of the type.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from sqlstream.types import logical as t

TextParser = Callable[[str], Any]
"""Raises ValueError for text that is no value of the type."""

_EPOCH = date(1970, 1, 1).toordinal()
_TIME = r"(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?"
_TIME_OF_DAY = re.compile(_TIME)
_TIMESTAMP = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}})(?:[ T](?:(\d{{2}})|{_TIME}))?\s*(Z|[+-]\d{{2}}(?::?\d{{2}})?)?")
_EXACT = Context(prec=76, rounding=ROUND_HALF_UP)
_BOOLEANS = {"true": True, "false": False}


def _integer(bits: int) -> TextParser:
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1

    def parse(text: str) -> int:
        word = text.strip()
        if "_" in word:
            raise ValueError(text)
        value = int(word, 16) if word[:2].lower() == "0x" else int(word)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return parse


def _approximate(text: str) -> float:
    if "_" in text:
        raise ValueError(text)
    return float(text)


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word not in _BOOLEANS:
        raise ValueError(text)
    return _BOOLEANS[word]


def _decimal(type_: t.DecimalType) -> TextParser:
    quantum = Decimal(1).scaleb(-type_.scale)

    def parse(text: str) -> Decimal | None:
        try:
            value = Decimal(text.strip())
            if not value.is_finite():
                raise ValueError(text)
            rounded = value.quantize(quantum, context=_EXACT)
        except InvalidOperation:
            raise ValueError(text) from None
        return rounded if len(rounded.as_tuple().digits) <= type_.precision else None

    return parse


def _date(text: str) -> int:
    return date.fromisoformat(text.strip()).toordinal() - _EPOCH


def _nanos_of_day(hour: str, minute: str, second: str | None, fraction: str | None) -> int:
    parts = int(hour), int(minute), int(second or 0)
    if parts[0] > 23 or parts[1] > 59 or parts[2] > 59:
        raise ValueError(f"{hour}:{minute}:{second}")
    return ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1_000_000_000 + int((fraction or "").ljust(9, "0"))


def _time(text: str) -> int:
    match = _TIME_OF_DAY.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return _nanos_of_day(*match.groups()) // 1_000_000


def _zone_nanos(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return (-1 if zone[0] == "-" else 1) * minutes * 60_000_000_000


def _timestamp(precision: int, zoned: bool) -> TextParser:
    nanos_per_unit = 1_000_000 if precision <= 3 else 1_000 if precision <= 6 else 1

    def parse(text: str) -> int:
        match = _TIMESTAMP.fullmatch(text.strip())
        if match is None:
            raise ValueError(text)
        day, hour_only, hour, minute, second, fraction, zone = match.groups()
        if (zone is None) if zoned else (zone not in (None, "Z")):
            raise ValueError(text)
        nanos = _date(day) * 86_400_000_000_000 + _nanos_of_day(
            hour or hour_only or "0", minute or "0", second, fraction
        )
        return (nanos - _zone_nanos(zone)) // nanos_per_unit

    return parse


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(text) from None


_PARSERS: dict[type, Callable[[Any], TextParser]] = {
    t.BooleanType: lambda _: _boolean,
    t.TinyIntType: lambda _: _integer(8),
    t.SmallIntType: lambda _: _integer(16),
    t.IntType: lambda _: _integer(32),
    t.BigIntType: lambda _: _integer(64),
    t.FloatType: lambda _: _approximate,
    t.DoubleType: lambda _: _approximate,
    t.DecimalType: _decimal,
    t.CharType: lambda _: str,
    t.VarCharType: lambda _: str,
    t.BinaryType: lambda _: _bytes,
    t.VarBinaryType: lambda _: _bytes,
    t.DateType: lambda _: _date,
    t.TimeType: lambda _: _time,
    t.TimestampType: lambda ts: _timestamp(ts.precision, zoned=False),
    t.LocalZonedTimestampType: lambda ts: _timestamp(ts.precision, zoned=True),
    t.YearMonthIntervalType: lambda _: _integer(32),
    t.DayTimeIntervalType: lambda _: _integer(64),
}


def text_parser(type_: t.LogicalType) -> TextParser | None:
    """How a value of ``type_`` is read from text; None for a type that has no text of its own (ARRAY, MAP, ROW)."""
    make = _PARSERS.get(type(type_))
    return None if make is None else make(type_)
