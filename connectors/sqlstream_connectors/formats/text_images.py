"""Columns as text, vectorised: what the text formats write. NULL stays NULL.

Numbers as Java prints them (``1.0``, ``1.0E10``), timestamps as ``yyyy-MM-dd HH:mm:ss[.fraction]`` (``T`` and ``Z`` on
demand) without trailing zeros, bytes as base64.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.types import logical as t


def _plain(array: pa.Array) -> pa.Array:
    return pc.cast(array, pa.string())


def _approximate(array: pa.Array) -> pa.Array:
    text = _plain(array)
    text = pc.replace_substring_regex(text, r"^(-?\d+)(e|$)", r"\1.0\2")
    text = pc.replace_substring_regex(text, r"e\+?(-?)0*(\d)", r"E\1\2")
    text = pc.replace_substring_regex(text, "^nan$", "NaN")
    return pc.replace_substring_regex(text, "^(-?)inf$", r"\1Infinity")


def _temporal(array: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(_plain(array), r"(\.\d*?)0+(Z?)$", r"\1\2")


def _trim_point(text: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(text, r"\.(Z?)$", r"\1")


def _clock(array: pa.Array) -> pa.Array:
    """Without the zeros at the end of a fraction, and without a point if there are no others."""
    if pa.types.is_timestamp(array.type) and array.type.unit != "s" and array.type.tz is None:
        return pc.ascii_rtrim(pc.ascii_rtrim(_plain(array), "0"), ".")
    return _trim_point(_temporal(array))


def _binary(array: pa.Array) -> pa.Array:
    return pa.array([None if v is None else base64.b64encode(v).decode() for v in array.to_pylist()], pa.string())


def _number(array: pa.Array) -> pa.Array:
    return _plain(pc.cast(array, pa.int64()))


_IMAGES: dict[type, Callable[[pa.Array], pa.Array]] = {
    **dict.fromkeys((t.BooleanType, t.CharType, t.VarCharType, t.DateType, t.YearMonthIntervalType), _plain),
    **dict.fromkeys(t.INTEGER_TYPES, _plain),
    **dict.fromkeys(t.APPROXIMATE_TYPES, _approximate),
    **dict.fromkeys((t.TimeType, t.TimestampType, t.LocalZonedTimestampType), _clock),
    **dict.fromkeys(t.BINARY_TYPES, _binary),
    t.DayTimeIntervalType: _number,
}


def has_text_image(type_: t.LogicalType) -> bool:
    """Whether :func:`text_image` knows ``type_`` (DECIMAL has its own, :func:`decimal_image`)."""
    return type(type_) in _IMAGES


def text_image(array: pa.Array, type_: t.LogicalType) -> pa.Array:
    """``array``, the Arrow image of ``type_``, as strings."""
    return _IMAGES[type(type_)](array)


def decimal_text(value: Decimal, scientific: bool) -> str:
    """``value`` without trailing zeros; with ``scientific``, numbers near zero as ``1E-8``."""
    if not value:
        return "0"
    trimmed = value.normalize()
    plain = format(trimmed, "f")
    return str(trimmed) if scientific and trimmed.adjusted() < -6 else plain


def decimal_image(array: pa.Array, scientific: bool) -> pa.Array:
    """Decimals as :func:`decimal_text` writes them."""
    text = _plain(array)
    if not pc.any(pc.match_substring(text, "E")).as_py():
        text = pc.replace_substring_regex(text, r"(\.\d*?)0+$", r"\1")
        return pc.replace_substring_regex(text, r"\.$", "")
    values: list[Any] = array.to_pylist()
    return pa.array([None if v is None else decimal_text(v, scientific) for v in values], pa.string())
