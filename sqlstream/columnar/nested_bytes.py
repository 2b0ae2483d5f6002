"""Nested values (ROW, ARRAY, MAP) as byte strings and back, so that they can be keys.

A ROW is the encoded row of its fields; an ARRAY or MAP is the encoded rows of its elements or entries, one after the
other. Encoded means as in :mod:`sqlstream.columnar.row_format`: the words as little-endian bytes, then the bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.types as pat

from sqlstream.columnar import array_values as av
from sqlstream.columnar.array_values import Int64s, Mask, UInt8s
from sqlstream.columnar.row_format import EncodedRows, RowFormat, concatenate_rows
from sqlstream.kernels.row_bytes import row_starts

_WORD = 8


def nested_to_bytes(array: pa.Array) -> tuple[Int64s, UInt8s]:
    """Offsets (one more than rows) and bytes; a NULL is empty."""
    if pat.is_struct(array.type):
        offsets, data = _serialise(_children(array))
    else:
        flat = pa.array(array.to_pylist(), array.type) if array.null_count or array.offset else array
        element_offsets, data = _serialise(_children(flat))
        offsets = element_offsets[np.asarray(flat.offsets, np.int64)]
    nulls = av.null_mask(array)
    if nulls is None:
        return offsets, data
    lengths = np.where(nulls, 0, np.diff(offsets))
    return _compacted(offsets[:-1], lengths, data)


def nested_from_bytes(offsets: Int64s, data: UInt8s, type_: pa.DataType, nulls: Mask) -> pa.Array:
    """The inverse of :func:`nested_to_bytes`."""
    fields = _child_types(type_)
    rows = RowFormat(fields)
    counts, starts = row_starts(offsets, data, rows.width, rows.variable_columns)
    words = _words_at(starts, data, rows.width)
    children = rows.decode(words, starts + _WORD * rows.width, data)
    if pat.is_struct(type_):
        present = np.cumsum(~nulls) - 1
        taken = [child.take(pa.array(np.maximum(present, 0), mask=nulls)) for child in children]
        return pa.StructArray.from_arrays(taken, fields=list(type_), mask=pa.array(nulls))
    list_offsets = pa.array(np.concatenate(([0], np.cumsum(counts))).astype(np.int32))
    mask = pa.array(nulls)
    if pat.is_map(type_):
        return pa.MapArray.from_arrays(list_offsets, *children, type=type_, mask=mask)
    return pa.ListArray.from_arrays(list_offsets, children[0], type=type_, mask=mask)


def _children(array: pa.Array) -> list[pa.Array]:
    if pat.is_struct(array.type):
        return list(array.flatten())
    return [array.keys, array.items] if pat.is_map(array.type) else [array.values]


def _child_types(type_: pa.DataType) -> list[pa.DataType]:
    if pat.is_struct(type_):
        return [field.type for field in type_]
    return [type_.key_type, type_.item_type] if pat.is_map(type_) else [type_.value_type]


def _serialise(columns: Sequence[pa.Array]) -> tuple[Int64s, UInt8s]:
    rows = RowFormat([column.type for column in columns])
    encoded: EncodedRows = rows.encode(columns)
    words = encoded.words.astype("<i8", copy=False).view(np.uint8)
    word_offsets = np.arange(encoded.count + 1, dtype=np.int64) * (_WORD * rows.width)
    parts = [(word_offsets, words)]
    if encoded.offsets.size:
        parts.append((encoded.offsets, encoded.data))
    return concatenate_rows(parts)


def _words_at(starts: Int64s, data: UInt8s, width: int) -> Int64s:
    positions = starts[:, None] + np.arange(_WORD * width)
    return np.ascontiguousarray(data[positions]).view("<i8").reshape(-1)


def _compacted(starts: Int64s, lengths: Int64s, data: UInt8s) -> tuple[Int64s, UInt8s]:
    return av.sliced_bytes(np.ascontiguousarray(starts), lengths, data)
