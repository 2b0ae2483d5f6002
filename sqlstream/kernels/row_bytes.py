"""Moving variable-length byte strings between columns and the concatenated form of row keys."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sqlstream.kernels.compiled import I64, I64R, U8, U8R, WIDE, WIDE_R, Part, int64, kernel, wide

Int64s = npt.NDArray[np.int64]
UInt8s = npt.NDArray[np.uint8]


@Part
def _copy(data: Any, words: Any, at: Any, length: Any, out: Any, out_words: Any, to: Any) -> Any:
    """Exactly ``length`` bytes, eight at a time; the last eight may overlap the ones before. Returns their end."""
    end = to + length
    if length < 8:
        for k in range(length):
            out[to + k] = data[at + k]
        return end
    last = at + length - 8
    while at < last:
        out_words[to] = words[at]
        at += 8
        to += 8
    out_words[end - 8] = words[last]
    return end


@kernel(I64R, I64R, U8R, WIDE_R, I64R, U8, WIDE)
def gather_words(starts: Any, lengths: Any, data: Any, words: Any, offsets: Any, out: Any, out_words: Any) -> None:
    """:func:`gather_bytes` with both arrays as bytes and as :func:`wide` makes them."""
    for i in range(len(starts)):
        _copy(data, words, starts[i], lengths[i], out, out_words, offsets[i])


@kernel(I64R, U8R, WIDE_R, I64, U8, WIDE)
def append_words(offsets: Any, data: Any, words: Any, cursor: Any, out: Any, out_words: Any) -> None:
    """:func:`append_bytes` with both arrays as bytes and as :func:`wide` makes them."""
    for i in range(len(cursor)):
        start = offsets[i]
        cursor[i] = _copy(data, words, start, offsets[i + 1] - start, out, out_words, cursor[i])


def gather_bytes(starts: Int64s, lengths: Int64s, data: UInt8s, offsets: Int64s, out: UInt8s) -> None:
    """``out[offsets[i]:]`` = the ``lengths[i]`` bytes of ``data`` from ``starts[i]``."""
    gather_words(starts, lengths, data, wide(data), offsets, out, wide(out))


def append_bytes(offsets: Int64s, data: UInt8s, cursor: Int64s, out: UInt8s) -> None:
    """Row ``i``'s bytes ``data[offsets[i] : offsets[i + 1]]`` go to ``out[cursor[i]:]``, and its cursor moves on."""
    append_words(offsets, data, wide(data), cursor, out, wide(out))


@kernel(I64R, U8R, int64, int64)
def row_starts(offsets: Any, data: Any, width: Any, variable: Any) -> Any:
    """Where each serialised row begins in ``data``, and how many there are in each run between two ``offsets``.

    A row is ``width`` little-endian int64, the last ``variable`` of which are lengths in bytes (-1: none), then that
    many bytes. Returns (counts, starts).
    """
    counts = np.zeros(len(offsets) - 1, np.int64)
    starts = np.empty(len(data) + 1, np.int64)
    found = 0
    for i in range(len(offsets) - 1):
        p = offsets[i]
        while p < offsets[i + 1]:
            starts[found] = p
            found += 1
            counts[i] += 1
            end = p + 8 * width
            for j in range(width - variable, width):
                length = np.uint64(0)
                for b in range(7, -1, -1):
                    length = (length << np.uint64(8)) | np.uint64(data[p + 8 * j + b])
                end += max(np.int64(length), 0)
            p = end
    return counts, starts[:found].copy()
