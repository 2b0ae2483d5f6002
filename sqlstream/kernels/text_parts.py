"""Finding the parts of texts between separators."""

from __future__ import annotations

from typing import Any

import numpy as np

from sqlstream.kernels.compiled import I64, I64R, U8R, int64, kernel


@kernel(I64R, U8R, U8R, int64, I64, I64)
def find_parts(offsets: Any, data: Any, separator: Any, wanted: Any, starts: Any, lengths: Any) -> None:
    """Where part number ``wanted``, from 0, of each text ``data[offsets[i] : offsets[i + 1]]`` is; length -1 where it
    has fewer. ``separator`` has a byte at least."""
    width = len(separator)
    first = separator[0]
    for i in range(len(starts)):
        begin, end = offsets[i], offsets[i + 1]
        part, p, found = np.int64(0), begin, np.int64(-1)
        while p + width <= end:
            matches = data[p] == first
            if matches and width > 1:
                for k in range(1, width):
                    if data[p + k] != separator[k]:
                        matches = False
                        break
            if not matches:
                p += 1
                continue
            if part == wanted:
                found = p
                break
            part += 1
            p += width
            begin = p
        if found < 0 and part == wanted:
            found = end
        starts[i] = begin
        lengths[i] = found - begin if found >= 0 else -1
