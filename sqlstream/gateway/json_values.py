"""Columns as JSON texts, whole columns at a time: what Flink's gateway writes in rowFormat JSON.

Decimals are numbers without trailing zeros, NaN and infinities are strings, times drop trailing zeros of their
fraction, TIMESTAMP_LTZ is the local time with a ``Z``, bytes are in base 64, intervals are counts of months or
milliseconds, and maps and rows are objects. Keys of maps that are no strings are written as text, where Flink fails.

Source: answers of Apache Flink 2.3's SQL gateway (``tests/gateway/values.jsonl``).
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from decimal import Context, Decimal
from functools import partial
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.types import logical as t
from sqlstream.types.to_text import to_text

NULL = "null"
_ESCAPED = r'["\\\x00-\x1f]'
_EXPONENTIAL = r"^-?[1-9]\d*0$|^-?0\.000000"
"""What Java writes with an exponent once trailing zeros are gone: whole numbers that end in zeros, and below 10^-6."""
_EXACT = Context(prec=t.MAX_DECIMAL_PRECISION)


def json_values(array: pa.Array, type_: t.LogicalType, time_zone: str) -> pa.Array:
    """One JSON text a value, ``null`` for NULL; TIMESTAMP_LTZ is shown in ``time_zone``."""
    write = _WRITERS.get(type(type_))
    if write is None:
        write = partial(_NESTED[type(type_)], time_zone=time_zone)
    return pc.fill_null(write(array, type_), NULL)


def json_strings(text: pa.Array) -> pa.Array:
    """Each string in quotes, with what JSON does not allow in one escaped; NULL stays NULL."""
    special = pc.fill_null(pc.match_substring_regex(text, _ESCAPED), False)
    if pc.any(special).as_py():
        escaped = [msgspec.json.encode(value).decode()[1:-1] for value in text.filter(special).to_pylist()]
        text = pc.replace_with_mask(text, special, pa.array(escaped, pa.string()))
    return pc.binary_join_element_wise('"', text, '"', "")


def _plain(array: pa.Array, _: t.LogicalType) -> pa.Array:
    return array.cast(pa.string())


def _interval(array: pa.Array, _: t.LogicalType) -> pa.Array:
    return array.cast(pa.int64()).cast(pa.string())


def _approximate(array: pa.Array, type_: t.LogicalType) -> pa.Array:
    text = to_text(array, type_, "UTC")
    return pc.if_else(pc.is_finite(array), text, json_strings(text))


def _decimal(array: pa.Array, type_: t.DecimalType) -> pa.Array:
    text = to_text(array, type_, "UTC")
    if type_.scale:
        text = pc.replace_substring_regex(text, r"\.?0+$", "")
    exponential = pc.fill_null(pc.match_substring_regex(text, _EXPONENTIAL), False)
    if not pc.any(exponential).as_py():
        return text
    exact = [str(Decimal(value).normalize(_EXACT)) for value in text.filter(exponential).to_pylist()]
    return pc.replace_with_mask(text, exponential, pa.array(exact, pa.string()))


def _string(array: pa.Array, _: t.LogicalType) -> pa.Array:
    return json_strings(array)


def _binary(array: pa.Array, _: t.LogicalType) -> pa.Array:
    encoded = (None if value is None else base64.b64encode(value).decode() for value in array.to_pylist())
    return json_strings(pa.array(encoded, pa.string()))


def _quoted(array: pa.Array, _: t.LogicalType) -> pa.Array:
    return json_strings(array.cast(pa.string()))


def _time(array: pa.Array, _: t.LogicalType) -> pa.Array:
    return json_strings(_without_trailing_zeros(array.cast(pa.string())))


def _timestamp(array: pa.Array, _: t.LogicalType) -> pa.Array:
    return json_strings(_iso(array))


def _local_timestamp(array: pa.Array, _: t.LogicalType, time_zone: str) -> pa.Array:
    local = pc.local_timestamp(array.cast(pa.timestamp(array.type.unit, tz=time_zone)))
    return json_strings(pc.binary_join_element_wise(_iso(local), "Z", ""))


def _iso(array: pa.Array) -> pa.Array:
    return pc.replace_substring(_without_trailing_zeros(array.cast(pa.string())), " ", "T", max_replacements=1)


def _without_trailing_zeros(text: pa.Array) -> pa.Array:
    """``text`` ends in a point and a fraction of a second."""
    return pc.replace_substring_regex(text, r"\.?0+$", "")


def _array(array: pa.Array, type_: t.ArrayType, time_zone: str) -> pa.Array:
    return _joined(array, json_values(array.values, type_.element, time_zone), "[", "]")


def _map(array: pa.Array, type_: t.MapType | t.MultisetType, time_zone: str) -> pa.Array:
    key, value = (type_.key, type_.value) if isinstance(type_, t.MapType) else (type_.element, t.INT)
    keys = json_strings(pc.fill_null(to_text(array.keys, key, time_zone), NULL))
    entries = pc.binary_join_element_wise(keys, json_values(array.items, value, time_zone), ":")
    return _joined(array, entries, "{", "}")


def _row(array: pa.Array, type_: t.RowType, time_zone: str) -> pa.Array:
    entries = [
        pc.binary_join_element_wise(f"{msgspec.json.encode(field.name).decode()}:", values, "")
        for field, values in (
            (field, json_values(array.field(i), field.type, time_zone)) for i, field in enumerate(type_.fields)
        )
    ]
    texts = pc.binary_join_element_wise("{", pc.binary_join_element_wise(*entries, ","), "}", "")
    return pc.if_else(array.is_valid(), texts, None)


def _joined(array: pa.Array, elements: pa.Array, opening: str, closing: str) -> pa.Array:
    """One text a row of ``array``, of those of its ``elements``, in brackets."""
    lists = pa.ListArray.from_arrays(array.offsets, elements)
    texts = pc.binary_join_element_wise(opening, pc.binary_join(lists, ","), closing, "")
    return pc.if_else(array.is_valid(), texts, None)


_WRITERS: dict[type, Callable[[pa.Array, Any], pa.Array]] = {
    t.NullType: _plain,
    t.BooleanType: _plain,
    **dict.fromkeys(t.INTEGER_TYPES, _plain),
    **dict.fromkeys(t.APPROXIMATE_TYPES, _approximate),
    **dict.fromkeys(t.CHARACTER_TYPES, _string),
    **dict.fromkeys(t.BINARY_TYPES, _binary),
    t.DecimalType: _decimal,
    t.DateType: _quoted,
    t.TimeType: _time,
    t.TimestampType: _timestamp,
    **dict.fromkeys((t.YearMonthIntervalType, t.DayTimeIntervalType), _interval),
}
_NESTED: dict[type, Callable[..., pa.Array]] = {
    t.LocalZonedTimestampType: _local_timestamp,
    t.ArrayType: _array,
    t.MultisetType: _map,
    t.MapType: _map,
    t.RowType: _row,
}
