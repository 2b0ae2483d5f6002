"""Moving variable-length byte strings between columns and the concatenated form of row keys."""

from __future__ import annotations

from typing import Any

import numpy as np

from sqlstream.kernels.compiled import I64, I64R, U8, U8R, int64, kernel


@kernel(I64R, I64R, U8R, I64R, U8)
def gather_bytes(starts: Any, lengths: Any, data: Any, offsets: Any, out: Any) -> None:
    """``out[offsets[i]:]`` = the ``lengths[i]`` bytes of ``data`` from ``starts[i]``."""
    for i in range(len(starts)):
        p = offsets[i]
        for q in range(starts[i], starts[i] + lengths[i]):
            out[p] = data[q]
            p += 1


@kernel(I64R, U8R, I64, U8)
def append_bytes(offsets: Any, data: Any, cursor: Any, out: Any) -> None:
    """Row ``i``'s bytes ``data[offsets[i] : offsets[i + 1]]`` go to ``out[cursor[i]:]``, and its cursor moves on."""
    for i in range(len(cursor)):
        p = cursor[i]
        for q in range(offsets[i], offsets[i + 1]):
            out[p] = data[q]
            p += 1
        cursor[i] = p


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
