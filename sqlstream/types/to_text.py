"""Every type as text: what ``CAST(x AS STRING)`` gives and, with ``printing``, what a result table shows.

The two differ only for bytes, which a cast decodes and a table shows in base 16.
Source: Flink documentation, "Data Types" (casting to character strings).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.types import logical as t
from sqlstream.types.float_text import float_to_text

_FRACTION_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_MILLIS_PER_DAY = 86_400_000


def to_text(array: pa.Array, type_: t.LogicalType, time_zone: str, printing: bool = False) -> pa.Array:
    """A string array; NULL stays NULL. TIMESTAMP_LTZ is shown in ``time_zone``."""
    writer = _WRITERS.get(type(type_))
    if writer is not None:
        return writer(array, type_)
    if isinstance(type_, t.LocalZonedTimestampType):
        local = pc.local_timestamp(array.cast(pa.timestamp(array.type.unit, tz=time_zone)))
        return _timestamp(local, type_)
    if isinstance(type_, t.BINARY_TYPES):
        return _hexadecimal(array) if printing else _decoded(array)
    return _NESTED[type(type_)](array, type_, lambda values, inner: to_text(values, inner, time_zone, printing))


def _boolean(array: pa.Array, _: t.LogicalType) -> pa.Array:
    return pc.if_else(array, "TRUE", "FALSE")


def _decimal(array: pa.Array, _: t.LogicalType) -> pa.Array:
    text = array.cast(pa.string())
    scientific = pc.match_substring(text, "E")
    if not pc.any(scientific).as_py():
        return text
    plain = pa.array([format(value, "f") for value in array.filter(scientific).to_pylist()], pa.string())
    return pc.replace_with_mask(text, pc.fill_null(scientific, False), plain)


def _time(array: pa.Array, type_: t.TimeType) -> pa.Array:
    """Other than timestamps, times keep of the zeros at their end one at most."""
    text = _fraction_cut(array.cast(pa.string()), 3, type_.precision)
    return pc.replace_substring_regex(text, r"(\.[0-9]+?)0+$", r"\1")


def _timestamp(array: pa.Array, type_: t.TimestampType | t.LocalZonedTimestampType) -> pa.Array:
    return _fraction_cut(array.cast(pa.string()), _FRACTION_DIGITS[array.type.unit], type_.precision)


def _fraction_cut(text: pa.Array, present: int, wanted: int) -> pa.Array:
    """``text`` ends in a point and ``present`` digits, of which ``wanted`` stay."""
    surplus = present - wanted + (1 if wanted == 0 else 0)
    return text if surplus <= 0 else pc.utf8_slice_codeunits(text, 0, -surplus)


def _months(array: pa.Array, _: t.LogicalType) -> pa.Array:
    size = pc.abs(array)
    years = pc.divide(size, 12)
    months = pc.utf8_lpad(pc.subtract(size, pc.multiply(years, 12)).cast(pa.string()), 2, "0")
    return _signed(array, pc.binary_join_element_wise(years.cast(pa.string()), months, "-"))


def _milliseconds(array: pa.Array, _: t.LogicalType) -> pa.Array:
    count = array.cast(pa.int64())
    size = pc.abs(count)
    days = pc.divide(size, _MILLIS_PER_DAY)
    within = pc.subtract(size, pc.multiply(days, _MILLIS_PER_DAY)).cast(pa.int32()).cast(pa.time32("ms"))
    return _signed(count, pc.binary_join_element_wise(days.cast(pa.string()), within.cast(pa.string()), " "))


def _signed(number: pa.Array, text: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(pc.if_else(pc.less(number, 0), "-", "+"), text, "")


def _plain(array: pa.Array, _: t.LogicalType) -> pa.Array:
    return array.cast(pa.string())


def _decoded(array: pa.Array) -> pa.Array:
    try:
        return array.cast(pa.string())
    except pa.ArrowInvalid:
        texts = (None if value is None else value.decode(errors="replace") for value in array.to_pylist())
        return pa.array(texts, pa.string())


def _hexadecimal(array: pa.Array) -> pa.Array:
    return pa.array([None if value is None else f"x'{value.hex()}'" for value in array.to_pylist()], pa.string())


Inner = Callable[[pa.Array, t.LogicalType], pa.Array]


def _shown(array: pa.Array, type_: t.LogicalType, inner: Inner) -> list[str]:
    return ["NULL" if text is None else text for text in inner(array, type_).to_pylist()]


def _collection(array: pa.Array, write: Callable[[int, int], str]) -> pa.Array:
    """One text a row, from where its elements start and end in the flat child arrays."""
    offsets = array.offsets.to_pylist()
    texts = (
        write(start, end) if valid else None
        for start, end, valid in zip(offsets[:-1], offsets[1:], array.is_valid().to_pylist(), strict=True)
    )
    return pa.array(texts, pa.string())


def _array(array: pa.Array, type_: t.ArrayType, inner: Inner) -> pa.Array:
    elements = _shown(array.values, type_.element, inner)
    return _collection(array, lambda start, end: f"[{', '.join(elements[start:end])}]")


def _map(array: pa.Array, type_: t.MapType | t.MultisetType, inner: Inner) -> pa.Array:
    key, value = (type_.key, type_.value) if isinstance(type_, t.MapType) else (type_.element, t.INT)
    keys, values = _shown(array.keys, key, inner), _shown(array.items, value, inner)

    def write(start: int, end: int) -> str:
        return "{" + ", ".join(f"{keys[i]}={values[i]}" for i in range(start, end)) + "}"

    return _collection(array, write)


def _row(array: pa.Array, type_: t.RowType, inner: Inner) -> pa.Array:
    columns = [_shown(array.field(i), field.type, inner) for i, field in enumerate(type_.fields)]
    rows = zip(*columns, strict=True) if columns else iter([()] * len(array))
    texts = (
        f"({', '.join(row)})" if valid else None for row, valid in zip(rows, array.is_valid().to_pylist(), strict=True)
    )
    return pa.array(texts, pa.string())


_WRITERS: dict[type, Callable[[pa.Array, Any], pa.Array]] = {
    t.NullType: _plain,
    t.BooleanType: _boolean,
    **dict.fromkeys((*t.INTEGER_TYPES, *t.CHARACTER_TYPES, t.DateType), _plain),
    **dict.fromkeys(t.APPROXIMATE_TYPES, lambda array, _: float_to_text(array)),
    t.DecimalType: _decimal,
    t.TimeType: _time,
    t.TimestampType: _timestamp,
    t.YearMonthIntervalType: _months,
    t.DayTimeIntervalType: _milliseconds,
}
_NESTED: dict[type, Callable[[pa.Array, Any, Inner], pa.Array]] = {
    t.ArrayType: _array,
    t.MapType: _map,
    t.MultisetType: _map,
    t.RowType: _row,
}
