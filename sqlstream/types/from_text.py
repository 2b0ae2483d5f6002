"""Text to numbers, booleans and bytes. Blanks around a number do not matter."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow
from sqlstream.types.cast_failure import cleared
from sqlstream.types.decimal_array import WIDE, narrowed

_INTEGER = r"^[+-]?(\d+(\.\d*)?|\.\d+)$"
_FLOAT = r"^[+-]?(NaN|Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[fFdD]?)$"
_DECIMAL = r"^(?P<sign>[+-]?)(?P<whole>\d*)\.?(?P<fraction>\d*)$"
_SCIENTIFIC = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d{1,4}")
_TRUE = pa.array(["t", "true", "y", "yes", "1"])
_FALSE = pa.array(["f", "false", "n", "no", "0"])
_MOST_WHOLE_DIGITS = 38


def from_text(array: pa.Array, target: t.LogicalType, safe: bool) -> pa.Array:
    """``array`` (strings) as ``target``: a number, BOOLEAN, or bytes. DataError names the value that is none."""
    return _READERS[type(target)](array, target, safe)


def _boolean(array: pa.Array, target: t.LogicalType, safe: bool) -> pa.Array:
    word = pc.ascii_lower(array)
    true, false = pc.is_in(word, value_set=_TRUE), pc.is_in(word, value_set=_FALSE)
    value = pc.if_else(array.is_valid(), true, pa.scalar(None, pa.bool_()))
    return cleared(value, array, pc.or_(true, false), target, safe)


def _integer(array: pa.Array, target: t.LogicalType, safe: bool) -> pa.Array:
    image = to_arrow(target)
    text = pc.utf8_trim_whitespace(array)
    digits = pc.match_substring_regex(text, _INTEGER)
    text = pc.utf8_ltrim(pc.replace_substring_regex(text, r"\..*$", ""), "+")
    text = pc.replace_substring_regex(text, r"^(-?)$", r"\10")
    short = pc.less(pc.utf8_length(text), _MOST_WHOLE_DIGITS)
    known = pc.fill_null(pc.and_(digits, short), False)
    number = pc.if_else(known, text, pa.scalar(None, pa.string())).cast(pa.decimal128(38, 0))
    bits = image.bit_width - 1
    low, high = (pa.scalar(Decimal(bound), pa.decimal128(38, 0)) for bound in (-(2**bits), 2**bits - 1))
    fits = pc.fill_null(pc.and_(pc.greater_equal(number, low), pc.less_equal(number, high)), False)
    value = pc.if_else(fits, number, pa.scalar(None, number.type)).cast(image)
    return cleared(value, array, fits, target, safe)


def _fast_integer(array: pa.Array, target: t.LogicalType, safe: bool) -> pa.Array:
    """Arrow's parser takes plain digits in range; whatever else there may be is looked at one by one."""
    try:
        if not pc.any(pc.match_substring(array, "x", ignore_case=True)).as_py():
            return array.cast(to_arrow(target))
    except pa.ArrowInvalid:
        pass
    return _integer(array, target, safe)


def _fast_float(array: pa.Array, target: t.LogicalType, safe: bool) -> pa.Array:
    """As for integers; Arrow also takes spellings of infinity and NaN that are not ours."""
    try:
        value = array.cast(to_arrow(target))
        if pc.all(pc.is_finite(value)).as_py() is not False:
            return value
    except pa.ArrowInvalid:
        pass
    return _float(array, target, safe)


def _float(array: pa.Array, target: t.LogicalType, safe: bool) -> pa.Array:
    text = pc.utf8_trim_whitespace(array)
    valid = pc.fill_null(pc.match_substring_regex(text, _FLOAT), False)
    text = pc.replace_substring_regex(text, "[fFdD]$", "")
    value = pc.if_else(valid, text, pa.scalar(None, pa.string())).cast(to_arrow(target))
    return cleared(value, array, valid, target, safe)


def _decimal(array: pa.Array, target: t.DecimalType, safe: bool) -> pa.Array:
    value, valid = text_to_decimal(pc.utf8_trim_whitespace(array), target)
    return cleared(value, array, valid, target, safe)


def text_to_decimal(text: pa.Array, target: t.DecimalType) -> tuple[pa.Array, pa.Array]:
    """Values rounded HALF_UP to ``target`` (NULL on overflow), and which texts are numbers at all."""
    parts = pc.extract_regex(text, _DECIMAL)
    whole = pc.utf8_ltrim(pc.struct_field(parts, "whole"), "0")
    fraction = pc.struct_field(parts, "fraction")
    digits = pc.add(pc.utf8_length(pc.struct_field(parts, "whole")), pc.utf8_length(fraction))
    plain = pc.fill_null(pc.greater(digits, 0), False)
    representable = pc.fill_null(pc.less_equal(pc.utf8_length(whole), _MOST_WHOLE_DIGITS), False)
    kept = target.scale + 1
    padded = pc.binary_join_element_wise(
        pc.if_else(pc.equal(whole, ""), "0", whole),
        pc.utf8_rpad(pc.utf8_slice_codeunits(fraction, 0, kept), kept, "0"),
        ".",
    )
    sign = pc.utf8_ltrim(pc.struct_field(parts, "sign"), "+")
    number = pc.binary_join_element_wise(sign, padded, "")
    number = pc.if_else(pc.and_(plain, representable), number, pa.scalar(None, pa.string()))
    value = narrowed(number.cast(pa.decimal256(WIDE, kept)), target)
    scientific = pc.and_(pc.invert(plain), pc.fill_null(pc.match_substring_regex(text, "[eE]"), False))
    if pc.any(scientific).as_py():
        expanded = [_expanded(word) for word in text.filter(scientific).to_pylist()]
        exact, numeric = text_to_decimal(pa.array(expanded, pa.string()), target)
        value = pc.replace_with_mask(value, scientific, exact)
        plain = pc.replace_with_mask(plain, scientific, numeric)
    return value, plain


def _expanded(word: str) -> str:
    """``1.5e3`` as ``1500``; what is no number becomes no number."""
    return format(Decimal(word), "f") if _SCIENTIFIC.fullmatch(word) else ""


def _bytes(array: pa.Array, target: t.LogicalType, safe: bool) -> pa.Array:
    return array.cast(pa.binary())


_READERS: dict[type, Callable[[pa.Array, Any, bool], pa.Array]] = {
    t.BooleanType: _boolean,
    **dict.fromkeys(t.INTEGER_TYPES, _fast_integer),
    **dict.fromkeys(t.APPROXIMATE_TYPES, _fast_float),
    t.DecimalType: _decimal,
    **dict.fromkeys(t.BINARY_TYPES, _bytes),
}
