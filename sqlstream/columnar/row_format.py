"""Rows of key columns as int64 words and bytes: what hashing and the key index work on.

A row is ``width`` words, then bytes. The words are: one bit a fixed-width column that is NULL (in as many words as
that takes), the fixed-width values, and for each variable-width column its length in bytes or -1 for NULL; the bytes
are the variable-width values one after the other. Two rows are the same SQL key exactly if words and bytes are equal:
-0.0 is 0.0, all NaNs are one, NULL equals NULL. Words of one value compare (as signed numbers) as the values do, NaN
being the greatest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.types as pat

from sqlstream.columnar import array_values as av
from sqlstream.columnar.array_values import Int64s, Mask, UInt8s
from sqlstream.kernels.row_bytes import append_bytes

_NULL_BITS = 63
_SIGN = np.int64(-(2**63))
_NO_OFFSETS = np.zeros(0, np.int64)
_NO_BYTES = np.zeros(0, np.uint8)


@dataclass(frozen=True, slots=True)
class EncodedRows:
    """``count`` rows: ``words`` is row-major; ``offsets`` (count + 1) into ``data``, empty when rows have no bytes."""

    count: int
    words: Int64s
    offsets: Int64s
    data: UInt8s


@dataclass(frozen=True, slots=True)
class _FixedCodec:
    width: int
    encode: Callable[[pa.Array], list[Int64s]]
    decode: Callable[[list[Int64s], pa.DataType, Mask | None], pa.Array]


def ordered_bits(values: np.ndarray) -> Int64s:
    """float64 as int64 in the same order: -0.0 like 0.0, NaN greatest. Its own inverse on the bits."""
    values = values + 0.0
    np.copyto(values, np.nan, where=np.isnan(values))
    return _flip(values.view(np.int64))


def ordered_floats(words: Int64s) -> np.ndarray:
    """The inverse of :func:`ordered_bits`."""
    return _flip(words).view(np.float64)


def _flip(bits: Int64s) -> Int64s:
    return bits ^ ((bits >> 63) & np.int64(2**63 - 1))


def _encode_decimal(array: pa.Array) -> list[Int64s]:
    high, low = av.decimal_words(array)
    return [high, low ^ _SIGN]


def _decode_float(words: list[Int64s], type_: pa.DataType, nulls: Mask | None) -> pa.Array:
    return pa.array(ordered_floats(words[0]), mask=nulls).cast(type_)


_INTEGER = _FixedCodec(1, lambda a: [av.int64_values(a)], lambda w, t, nulls: av.fixed_width_array(w[0], t, nulls))
_FLOAT = _FixedCodec(1, lambda a: [ordered_bits(av.float64_values(a))], _decode_float)
_DECIMAL = _FixedCodec(2, _encode_decimal, lambda w, t, nulls: av.decimal_array(w[0], w[1] ^ _SIGN, t, nulls))
_NULL = _FixedCodec(0, lambda _: [], lambda w, t, nulls: pa.nulls(0 if nulls is None else len(nulls)))


def _fixed_codec(type_: pa.DataType) -> _FixedCodec | None:
    if pat.is_floating(type_):
        return _FLOAT
    if pat.is_decimal128(type_):
        return _DECIMAL
    if pat.is_null(type_):
        return _NULL
    if pat.is_string(type_) or pat.is_binary(type_) or pat.is_nested(type_):
        return None
    return _INTEGER


def is_single_word(type_: pa.DataType) -> bool:
    """Whether a value of ``type_`` is one word and no bytes, so that a key of it alone can be indexed directly."""
    codec = _fixed_codec(type_)
    return codec is not None and codec.width == 1


def value_words(array: pa.Array) -> Int64s:
    """The values of a single-word type as numbers that compare as they do; anything where NULL."""
    codec = _fixed_codec(array.type)
    assert codec is not None
    return codec.encode(array)[0]


def word_values(words: Int64s, type_: pa.DataType, nulls: Mask | None = None) -> pa.Array:
    """The inverse of :func:`value_words`."""
    codec = _fixed_codec(type_)
    assert codec is not None
    return codec.decode([words], type_, nulls)


class RowFormat:
    """How rows of columns of ``types`` (Arrow types, plain) are encoded."""

    def __init__(self, types: Sequence[pa.DataType]) -> None:
        self.types = tuple(types)
        codecs = [_fixed_codec(type_) for type_ in self.types]
        self._fixed = [(i, codec) for i, codec in enumerate(codecs) if codec is not None]
        self._variable = [i for i, codec in enumerate(codecs) if codec is None]
        self._null_words = -(-len(self._fixed) // _NULL_BITS)
        self._first_length = self._null_words + sum(codec.width for _, codec in self._fixed)
        self.width = self._first_length + len(self._variable)

    @property
    def variable_columns(self) -> int:
        return len(self._variable)

    def word_of(self, column: int) -> int:
        """The first word of a fixed-width column."""
        return self._null_words + sum(codec.width for i, codec in self._fixed if i < column)

    def encode(self, columns: Sequence[pa.Array]) -> EncodedRows:
        """The rows of ``columns``, which are of the format's types and equally long."""
        count = len(columns[0])
        words = np.zeros((count, self.width), np.int64)
        at = self._null_words
        for k, (i, codec) in enumerate(self._fixed):
            nulls = av.null_mask(columns[i])
            values = codec.encode(columns[i])
            if nulls is not None:
                words[:, k // _NULL_BITS] |= nulls.astype(np.int64) << (k % _NULL_BITS)
                values = [np.where(nulls, 0, value) for value in values]
            for value in values:
                words[:, at] = value
                at += 1
        parts = [self._bytes_of(columns[i]) for i in self._variable]
        for k, (offsets, _, nulls) in enumerate(parts):
            lengths = np.diff(offsets)
            words[:, self._first_length + k] = lengths if nulls is None else np.where(nulls, -1, lengths)
        offsets, data = concatenate_rows([(offsets, data) for offsets, data, _ in parts])
        return EncodedRows(count, words.reshape(-1), offsets, data)

    def decode(self, words: Int64s, starts: Int64s, data: UInt8s) -> list[pa.Array]:
        """Columns of the rows whose words are ``words`` (row-major) and whose bytes begin at ``data[starts[i]]``."""
        rows = words.reshape(-1, self.width) if self.width else np.zeros((len(starts), 0), np.int64)
        columns: dict[int, pa.Array] = {}
        at = self._null_words
        for k, (i, codec) in enumerate(self._fixed):
            nulls: Mask = (rows[:, k // _NULL_BITS] >> (k % _NULL_BITS)) & 1 == 1
            values = [np.ascontiguousarray(rows[:, at + j]) for j in range(codec.width)]
            columns[i] = codec.decode(values, self.types[i], nulls)
            at += codec.width
        starts = starts.copy()
        for k, i in enumerate(self._variable):
            marked = np.ascontiguousarray(rows[:, self._first_length + k])
            lengths = np.maximum(marked, 0)
            offsets, out = av.sliced_bytes(starts, lengths, data)
            columns[i] = self._from_bytes(offsets, out, self.types[i], marked < 0)
            starts += lengths
        return [columns[i] for i in range(len(self.types))]

    def _bytes_of(self, array: pa.Array) -> tuple[Int64s, UInt8s, Mask | None]:
        if pat.is_nested(array.type):
            from sqlstream.columnar.nested_bytes import nested_to_bytes

            return (*nested_to_bytes(array), av.null_mask(array))
        return (*av.byte_offsets(array), av.null_mask(array))

    def _from_bytes(self, offsets: Int64s, data: UInt8s, type_: pa.DataType, nulls: Mask) -> pa.Array:
        if pat.is_nested(type_):
            from sqlstream.columnar.nested_bytes import nested_from_bytes

            return nested_from_bytes(offsets, data, type_, nulls)
        return av.byte_array(offsets, data, type_, nulls)


def concatenate_rows(parts: Sequence[tuple[Int64s, UInt8s]]) -> tuple[Int64s, UInt8s]:
    """Offsets and bytes of rows that are the ``parts``' rows side by side."""
    if not parts:
        return _NO_OFFSETS, _NO_BYTES
    if len(parts) == 1:
        return parts[0]
    lengths = np.sum([np.diff(offsets) for offsets, _ in parts], axis=0)
    out_offsets = np.concatenate(([0], np.cumsum(lengths)))
    out = np.empty(int(out_offsets[-1]), np.uint8)
    cursor = out_offsets[:-1].copy()
    for offsets, data in parts:
        append_bytes(offsets, data, cursor, out)
    return out_offsets, out
