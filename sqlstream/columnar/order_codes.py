"""Order keys as codes that kernels compare: int64 words, then bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar import array_values as av
from sqlstream.columnar.array_values import Int64s, UInt8s
from sqlstream.columnar.row_format import is_single_word, value_words
from sqlstream.kernels import order_codes as kernel
from sqlstream.kernels.row_bytes import gather_bytes

Number = TypeVar("Number", bound=np.generic)

_LEAST, _GREATEST = np.int64(-(2**63)), np.int64(2**63 - 1)
_SIGN = np.int64(-(2**63))
_NOTHING = np.zeros(0, np.int64)
_NO_BYTES = np.zeros(0, np.uint8)


@dataclass(frozen=True)
class OrderKey:
    """A column of type ``type`` to order by; NULLs go first or last whatever the direction."""

    type: pa.DataType
    descending: bool = False
    nulls_last: bool = False
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes of some rows: ``words`` is row-major; row ``i`` has ``lengths[i]`` bytes of ``data`` from ``starts[i]`` on
    (both empty where codes have no bytes). Rows compare by their words, signed, then by their bytes."""

    words: Int64s
    starts: Int64s
    lengths: Int64s
    data: UInt8s


class OrderFormat:
    """How rows are coded: a word or two a key up to the first key of text, that one and all that follow as bytes.

    NaN is greater than every number, -0.0 is 0.0, text compares by its UTF-8 bytes.
    """

    def __init__(self, keys: Sequence[OrderKey]) -> None:
        self.keys = tuple(keys)
        texts = [i for i, key in enumerate(keys) if _is_text(key.type)]
        self._first_text = texts[0] if texts else len(self.keys)
        self.width = sum(_width(key) for key in self.keys[: self._first_text])
        self.has_bytes = bool(texts)

    def encode(self, columns: Sequence[pa.Array], num_rows: int) -> Codes:
        """The codes of ``num_rows`` rows, of which ``columns`` are the keys."""
        pairs = list(zip(self.keys, (av.plain(column) for column in columns), strict=True))
        words = np.empty((num_rows, self.width), np.int64)
        at = 0
        for key, column in pairs[: self._first_text]:
            for word in _words(key, column):
                words[:, at] = word
                at += 1
        if not self.has_bytes:
            return Codes(words.reshape(-1), _NOTHING, _NOTHING, _NO_BYTES)
        return Codes(words.reshape(-1), *_bytes(pairs[self._first_text :], num_rows))


class RowCodes:
    """Codes of rows that are numbered as they are appended."""

    def __init__(self, format: OrderFormat) -> None:
        self._format = format
        self._count = 0
        self._words, self._starts, self._lengths, self._data = _NOTHING, _NOTHING, _NOTHING, _NO_BYTES
        self._used = 0

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self._words.nbytes + self._starts.nbytes + self._lengths.nbytes + self._data.nbytes

    @property
    def codes(self) -> Codes:
        """All of them, to read; the arrays are longer than there are rows."""
        return Codes(self._words, self._starts, self._lengths, self._data)

    def append(self, codes: Codes, rows: Int64s | None = None) -> None:
        """Add the codes of ``rows`` (all of them if None) of ``codes``."""
        width = self._format.width
        if rows is not None:
            codes = selected(codes, width, rows)
        count = len(codes.words) // width if width else len(codes.starts)
        self._words = _with_room(self._words, self._count * width, count * width)
        self._words[self._count * width : (self._count + count) * width] = codes.words
        if self._format.has_bytes:
            size = int(codes.lengths.sum())
            self._starts = _with_room(self._starts, self._count, count)
            self._lengths = _with_room(self._lengths, self._count, count)
            self._data = _with_room(self._data, self._used, size)
            starts = self._used + np.cumsum(codes.lengths) - codes.lengths
            gather_bytes(codes.starts, codes.lengths, codes.data, starts, self._data)
            self._starts[self._count : self._count + count] = starts
            self._lengths[self._count : self._count + count] = codes.lengths
            self._used += size
        self._count += count

    def keep(self, rows: Int64s) -> None:
        """Only ``rows`` stay, numbered anew in this order."""
        kept = selected(self.codes, self._format.width, rows)
        self._count = self._used = 0
        self._words, self._starts, self._lengths, self._data = _NOTHING, _NOTHING, _NOTHING, _NO_BYTES
        self.append(kept)


def selected(codes: Codes, width: int, rows: Int64s) -> Codes:
    """The codes of ``rows``, of ``width`` words each."""
    words = codes.words[: len(codes.words) // width * width].reshape(-1, width)[rows] if width else codes.words[:0]
    if not len(codes.starts):
        return Codes(words.reshape(-1), _NOTHING, _NOTHING, _NO_BYTES)
    return Codes(words.reshape(-1), codes.starts[rows], codes.lengths[rows], codes.data)


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_binary(type_))


def _width(key: OrderKey) -> int:
    if pa.types.is_null(key.type):
        return 0
    if pa.types.is_decimal(key.type):
        return 2
    return 1 + _needs_flag(key)


def _needs_flag(key: OrderKey) -> bool:
    """Whether every word stands for a value, so that NULL needs one of its own."""
    return key.nullable and bool(pa.types.is_int64(key.type))


def _words(key: OrderKey, column: pa.Array) -> list[Int64s]:
    """The words of a key that is no text, such that smaller ones come first."""
    if pa.types.is_null(key.type):
        return []
    if is_single_word(key.type):
        words = [value_words(column)]
    else:
        high, low = av.decimal_words(column)
        words = [high, low ^ _SIGN]
    if key.descending:
        words = [~word for word in words]
    nulls = av.null_mask(column)
    if _needs_flag(key):
        flags = np.zeros(len(column), np.int64)
        if nulls is not None:
            flags[nulls] = 1 if key.nulls_last else -1
            words = [np.where(nulls, 0, word) for word in words]
        return [flags, *words]
    if nulls is None:
        return words
    end = _GREATEST if key.nulls_last else _LEAST
    return [np.where(nulls, end if i == 0 else 0, word) for i, word in enumerate(words)]


def _bytes(pairs: Sequence[tuple[OrderKey, pa.Array]], num_rows: int) -> tuple[Int64s, Int64s, UInt8s]:
    """Starts, lengths and bytes of keys of any type."""
    lengths = np.zeros(num_rows, np.int64)
    texts = {}
    for i, (key, column) in enumerate(pairs):
        if not _is_text(key.type):
            lengths += 8 * _width(key)
            continue
        nulls = av.null_mask(column)
        texts[i] = (*av.byte_offsets(column), _NO_BYTES if nulls is None else nulls.view(np.uint8))
        kernel.add_text_lengths(*texts[i], lengths)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    cursor, out = starts.copy(), np.empty(int(ends[-1]) if num_rows else 0, np.uint8)
    for i, (key, column) in enumerate(pairs):
        if i in texts:
            kernel.append_texts(*texts[i], key.descending, key.nulls_last, cursor, out)
        else:
            for word in _words(key, column):
                kernel.append_numbers(np.ascontiguousarray(word), cursor, out)
    return starts, lengths, out


def _with_room(array: npt.NDArray[Number], used: int, needed: int) -> npt.NDArray[Number]:
    """``array``, or a longer copy of its first ``used`` entries that has room for ``needed`` more."""
    if used + needed <= len(array):
        return array
    grown = np.empty(max(2 * len(array), used + needed, 256), array.dtype)
    grown[:used] = array[:used]
    return grown
