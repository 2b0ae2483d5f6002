"""Rows as Java's ``Row.toString`` prints them: ``[1, a, 2020-01-01T00:00, null]``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow
from sqlstream.types.schema import Schema
from sqlstream_connectors.formats.text_images import text_image


def row_texts(data: pa.RecordBatch, schema: Schema) -> list[str]:
    """One text a row."""
    columns = [column_texts(array, field.type) for array, field in zip(data.columns, schema, strict=True)]
    if not columns:
        return ["[]"] * data.num_rows
    return [f"[{', '.join(row)}]" for row in zip(*columns, strict=True)]


def column_texts(array: pa.Array, type_: t.LogicalType) -> list[str]:
    """One text a value; NULL is ``null``."""
    nested = _NESTED.get(type(type_))
    if nested is not None:
        return ["null" if value is None else nested(value, type_) for value in array.to_pylist()]
    if isinstance(type_, t.DATETIME_TYPES):
        array = _java_time(text_image(array, type_))
    elif not isinstance(type_, t.NullType):
        array = text_image(array, type_)
    texts: list[str] = pc.fill_null(array.cast(pa.string()), "null").to_pylist()
    return texts


def _java_time(text: pa.Array) -> pa.Array:
    """``2020-01-01 00:00:00.12`` as ``2020-01-01T00:00:00.120``: no zero seconds, fractions in threes."""
    text = pc.replace_substring(text, " ", "T")
    text = pc.replace_substring_regex(text, r"(\.(?:\d{3})*\d)(Z?)$", r"\100\2")
    text = pc.replace_substring_regex(text, r"(\.(?:\d{3})*\d\d)(Z?)$", r"\10\2")
    return pc.replace_substring_regex(text, r"^((?:[-\d]+T)?\d\d:\d\d):00$", r"\1")


def _one(value: Any, type_: t.LogicalType) -> str:
    return column_texts(pa.array([value], to_arrow(type_)), type_)[0]


def _bytes(value: bytes, _: Any) -> str:
    return f"[{', '.join(str(byte - 256 if byte > 127 else byte) for byte in value)}]"


def _decimal(value: Any, _: Any) -> str:
    return str(value)


def _array(value: list[Any], type_: Any) -> str:
    return f"[{', '.join(_one(element, type_.element) for element in value)}]"


def _map(value: list[tuple[Any, Any]], type_: Any) -> str:
    key, item = (type_.element, t.INT) if isinstance(type_, t.MultisetType) else (type_.key, type_.value)
    return f"{{{', '.join(f'{_one(k, key)}={_one(v, item)}' for k, v in value)}}}"


def _row(value: dict[str, Any], type_: Any) -> str:
    return f"+I[{', '.join(_one(value[field.name], field.type) for field in type_.fields)}]"


_NESTED: dict[type, Callable[[Any, Any], str]] = {
    t.BinaryType: _bytes,
    t.VarBinaryType: _bytes,
    t.DecimalType: _decimal,
    t.ArrayType: _array,
    t.MultisetType: _map,
    t.MapType: _map,
    t.RowType: _row,
}
