"""CAST and TRY_CAST of whole columns.

:func:`cast_array` finds the way from one type to the other; the ways themselves are in ``number_cast``,
``datetime_cast``, ``from_text``, ``datetime_text`` and ``to_text``. Composite types are cast part by part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.errors import DataError
from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow
from sqlstream.types.coercion import same_type
from sqlstream.types.datetime_cast import cast_datetime
from sqlstream.types.datetime_text import datetime_from_text
from sqlstream.types.from_text import from_text
from sqlstream.types.number_cast import cast_number
from sqlstream.types.to_text import to_text


@dataclass(frozen=True)
class _Manner:
    safe: bool
    time_zone: str


def cast_array(
    array: pa.Array, source: t.LogicalType, target: t.LogicalType, *, safe: bool = False, time_zone: str = "UTC"
) -> pa.Array:
    """``array``, of type ``source``, as an array of ``target``'s Arrow type, of the same length.

    ``safe`` is TRY_CAST: NULL where a value cannot be cast, in place of the DataError that names it.
    TIMESTAMP_LTZ meets wall-clock types and text in ``time_zone``.
    """
    return _cast(array, source, target, _Manner(safe, time_zone))


def _cast(array: pa.Array, source: t.LogicalType, target: t.LogicalType, manner: _Manner) -> pa.Array:
    if same_type(source, target):
        image = to_arrow(target)
        return array if array.type == image else array.cast(image)
    if pa.types.is_nested(array.type) and array.offset:
        array = array.take(pa.array(np.arange(len(array))))
    if isinstance(source, t.NullType):
        return pa.nulls(len(array), to_arrow(target))
    for sources, targets, way in _WAYS:
        if isinstance(source, sources) and isinstance(target, targets):
            return way(array, source, target, manner)
    raise DataError(f"A {source.summary} cannot be cast to {target.summary}.", hint="CAST it to STRING first.")


def _to_character(array: pa.Array, source: t.LogicalType, target: Any, manner: _Manner) -> pa.Array:
    text = array if isinstance(source, t.CHARACTER_TYPES) else to_text(array, source, manner.time_zone)
    if target.length == t.MAX_LENGTH or (isinstance(source, t.CHARACTER_TYPES) and _fits(source, target)):
        return text
    text = pc.utf8_slice_codeunits(text, 0, target.length)
    return pc.utf8_rpad(text, target.length, " ") if isinstance(target, t.CharType) else text


def _fits(source: Any, target: Any) -> bool:
    return bool(source.length <= target.length) and not isinstance(target, t.CharType)


def _to_binary(array: pa.Array, source: t.LogicalType, target: Any, manner: _Manner) -> pa.Array:
    data = from_text(array, target, manner.safe) if isinstance(source, t.CHARACTER_TYPES) else array
    if target.length == t.MAX_LENGTH:
        return data
    data = pc.binary_slice(data, 0, target.length)
    if not isinstance(target, t.BinaryType):
        return data
    padded = (None if value is None else value.ljust(target.length, b"\0") for value in data.to_pylist())
    return pa.array(padded, pa.binary())


def _array(array: pa.Array, source: t.ArrayType, target: t.ArrayType, manner: _Manner) -> pa.Array:
    elements = _cast(array.values, source.element, target.element, manner)
    return pa.ListArray.from_arrays(array.offsets, elements, mask=_mask(array))


def _map(array: pa.Array, source: t.MapType, target: t.MapType, manner: _Manner) -> pa.Array:
    keys = _cast(array.keys, source.key, target.key, manner)
    items = _cast(array.items, source.value, target.value, manner)
    return pa.MapArray.from_arrays(array.offsets, keys, items, mask=_mask(array)).cast(to_arrow(target))


def _multiset(array: pa.Array, source: t.MultisetType, target: t.MultisetType, manner: _Manner) -> pa.Array:
    keys = _cast(array.keys, source.element, target.element, manner)
    return pa.MapArray.from_arrays(array.offsets, keys, array.items, mask=_mask(array)).cast(to_arrow(target))


def _row(array: pa.Array, source: t.RowType, target: t.RowType, manner: _Manner) -> pa.Array:
    columns = [
        _cast(column, old.type, new.type, manner)
        for column, old, new in zip(array.flatten(), source.fields, target.fields, strict=True)
    ]
    return pa.StructArray.from_arrays(columns, fields=list(to_arrow(target)), mask=_mask(array))


def _mask(array: pa.Array) -> pa.Array | None:
    return array.is_null() if array.null_count else None


_NUMBERS = (*t.NUMERIC_TYPES, t.BooleanType, *t.INTERVAL_TYPES)
_Way = Callable[[pa.Array, Any, Any, _Manner], pa.Array]
_WAYS: tuple[tuple[tuple[type, ...], tuple[type, ...], _Way], ...] = (
    ((t.BaseType,), t.CHARACTER_TYPES, _to_character),
    (t.CHARACTER_TYPES, t.DATETIME_TYPES, lambda a, s, to, m: datetime_from_text(a, to, m.safe, m.time_zone)),
    ((*t.CHARACTER_TYPES, *t.BINARY_TYPES), t.BINARY_TYPES, _to_binary),
    (t.CHARACTER_TYPES, (*t.NUMERIC_TYPES, t.BooleanType), lambda a, s, to, m: from_text(a, to, m.safe)),
    (_NUMBERS, _NUMBERS, lambda a, s, to, m: cast_number(a, s, to)),
    (t.DATETIME_TYPES, t.DATETIME_TYPES, lambda a, s, to, m: cast_datetime(a, s, to, m.time_zone)),
    ((t.ArrayType,), (t.ArrayType,), _array),
    ((t.MapType,), (t.MapType,), _map),
    ((t.MultisetType,), (t.MultisetType,), _multiset),
    ((t.RowType,), (t.RowType,), _row),
)
"""The first row whose source and target classes fit is taken."""
