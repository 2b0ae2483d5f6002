"""FLOAT and DOUBLE as text, as Java's ``Double.toString`` writes them: ``1.0``, ``0.001``, ``1.0E10``, ``NaN``."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_PARTS = r"^-?(?P<whole>\d*)\.?(?P<fraction>\d*)(?:e(?P<exponent>[+-]?\d+))?$"
_NAMES = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def float_to_text(array: pa.Array) -> pa.Array:
    """Strings for a float32 or float64 array; NULL stays NULL."""
    text = array.cast(pa.string())
    size = pc.abs(array)
    plain = pc.or_(pc.equal(size, 0), pc.and_(pc.greater_equal(size, 1e-3), pc.less(size, 1e7)))
    finite = pc.is_finite(array)
    if pc.all(pc.and_(plain, finite)).as_py() is not False:
        return _with_fraction(text)
    return pc.case_when(
        pc.make_struct(pc.fill_null(pc.and_(plain, finite), False), pc.fill_null(finite, False)),
        _with_fraction(text),
        _scientific(text, array),
        _named(text),
    )


def _with_fraction(text: pa.Array) -> pa.Array:
    whole = pc.invert(pc.match_substring(text, "."))
    return pc.if_else(whole, pc.binary_join_element_wise(text, "0", "."), text)


def _named(text: pa.Array) -> pa.Array:
    for arrow_name, name in _NAMES.items():
        text = pc.if_else(pc.equal(text, arrow_name), name, text)
    return text


def _scientific(text: pa.Array, array: pa.Array) -> pa.Array:
    """d.dddE±n from Arrow's shortest digits, whichever notation those came in."""
    parts = pc.extract_regex(text, _PARTS)
    whole = pc.utf8_ltrim(pc.struct_field(parts, "whole"), "0")
    fraction = pc.struct_field(parts, "fraction")
    written = pc.struct_field(parts, "exponent")
    shift = pc.utf8_ltrim(pc.if_else(pc.equal(written, ""), "0", written), "+").cast(pa.int32())
    significant = pc.utf8_ltrim(fraction, "0")
    leading_zeros = pc.subtract(pc.utf8_length(fraction), pc.utf8_length(significant))
    below_one = pc.equal(whole, "")
    digits = pc.utf8_rtrim(pc.if_else(below_one, significant, pc.binary_join_element_wise(whole, fraction, "")), "0")
    place = pc.if_else(below_one, pc.negate(pc.add(leading_zeros, 1)), pc.subtract(pc.utf8_length(whole), 1)).cast(
        pa.int32()
    )
    exponent = pc.add(place, shift).cast(pa.string())
    rest = pc.utf8_slice_codeunits(digits, 1)
    rest = pc.if_else(pc.equal(rest, ""), "0", rest)
    mantissa = pc.binary_join_element_wise(pc.utf8_slice_codeunits(digits, 0, 1), rest, ".")
    sign = pc.if_else(pc.less(array, 0), "-", "")
    return pc.binary_join_element_wise(pc.binary_join_element_wise(sign, mantissa, ""), exponent, "E")
