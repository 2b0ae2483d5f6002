"""Order keys as byte strings that compare as the keys do.

A text is a marker byte (0 or 2 for NULL, 1 otherwise) and its bytes, 0 being written as 0 255, then 0 1; so that a text
sorts before its continuations. A descending one has all bytes but the marker inverted. A number is 8 bytes, the most
significant first, its sign inverted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sqlstream.kernels.compiled import I64, I64R, U8, U8R, boolean, kernel

_SIGN = np.uint64(1 << 63)


@kernel(I64R, U8R, U8R, I64)
def add_text_lengths(offsets: Any, data: Any, nulls: Any, lengths: Any) -> None:
    """Add to each of ``lengths`` what text ``data[offsets[i] : offsets[i + 1]]`` takes; ``nulls`` (or empty) says which
    are NULL."""
    for i in range(len(lengths)):
        lengths[i] += 1
        if len(nulls) > 0 and nulls[i] != 0:
            continue
        lengths[i] += offsets[i + 1] - offsets[i] + 2
        for q in range(offsets[i], offsets[i + 1]):
            if data[q] == 0:
                lengths[i] += 1


@kernel(I64R, U8R, U8R, boolean, boolean, I64, U8)
def append_texts(
    offsets: Any, data: Any, nulls: Any, descending: Any, nulls_last: Any, cursor: Any, out: Any
) -> None:  # fmt: skip
    """Write text ``i`` to ``out[cursor[i]:]``, and move its cursor on."""
    turn = 255 if descending else 0
    for i in range(len(cursor)):
        p = cursor[i]
        if len(nulls) > 0 and nulls[i] != 0:
            out[p] = 2 if nulls_last else 0
            cursor[i] = p + 1
            continue
        out[p] = 1
        p += 1
        for q in range(offsets[i], offsets[i + 1]):
            out[p] = data[q] ^ turn
            p += 1
            if data[q] == 0:
                out[p] = 255 ^ turn
                p += 1
        out[p] = turn
        out[p + 1] = 1 ^ turn
        cursor[i] = p + 2


@kernel(I64R, I64, U8)
def append_numbers(values: Any, cursor: Any, out: Any) -> None:
    """Write number ``i`` to ``out[cursor[i]:]``, and move its cursor on."""
    for i in range(len(cursor)):
        value = np.uint64(values[i]) ^ _SIGN
        for b in range(8):
            out[cursor[i] + b] = np.uint8((value >> np.uint64(56 - 8 * b)) & np.uint64(255))
        cursor[i] += 8
