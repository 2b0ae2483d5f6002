"""Finds where the records of CSV text begin, in one pass over the bytes.

The rules are those of pyarrow's CSV parser: a quote opens a quoted field only at the field's start, inside it a
doubled quote stands for itself, and a record ends at LF, CR or CRLF outside of quotes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

BLANK = 0
COMMENT = -1
UNTERMINATED = -2

_LF, _CR, _HASH = 10, 13, 35


@dataclass(frozen=True, slots=True)
class Records:
    """What a piece of CSV text holds; one element a record, blank and comment lines included.

    ``starts`` and ``ends`` are byte offsets (the line terminator excluded), ``lines`` the line each record begins on,
    ``fields`` its number of fields, or BLANK, COMMENT or UNTERMINATED. ``consumed`` is the number of bytes that the
    records take up; the rest is an unfinished record. ``next_line`` is the line after them.
    """

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]
    fields: npt.NDArray[np.int64]
    consumed: int
    next_line: int


def scan_records(
    data: bytes, line: int, at_end: bool, *, delimiter: int, quote: int, escape: int, comments: bool
) -> Records:
    """The complete records of ``data``, which begins on line ``line``; ``at_end``: nothing follows ``data``.

    ``delimiter``, ``quote`` and ``escape`` are byte values; -1 is none.
    """
    starts, ends, lines, fields, consumed, next_line = _scan(
        np.frombuffer(data, dtype=np.uint8), line, at_end, delimiter, quote, escape, comments
    )
    return Records(starts, ends, lines, fields, consumed, next_line)


@njit(cache=True, nogil=True)
def _scan(data, line, at_end, delimiter, quote, escape, comments):  # type: ignore[no-untyped-def]
    size = data.size
    last_special = max(delimiter, quote, escape, _HASH)
    capacity = 1
    for i in range(size):
        capacity += (data[i] == _LF) | (data[i] == _CR)
    starts = np.empty(capacity, np.int64)
    ends = np.empty(capacity, np.int64)
    lines = np.empty(capacity, np.int64)
    fields = np.empty(capacity, np.int64)
    count = 0
    i = 0
    consumed = 0
    while i < size:
        start = i
        first_line = line
        width = 1
        comment = comments and data[i] == _HASH
        quoted = False
        at_field_start = True
        end = -1
        while i < size:
            byte = data[i]
            if quoted:
                if byte == _LF:
                    line += 1
                if byte == escape:
                    if i + 1 < size and data[i + 1] == _LF:
                        line += 1
                    i += 2
                elif byte == quote:
                    if i + 1 < size and data[i + 1] == quote:
                        i += 2
                    else:
                        quoted = False
                        i += 1
                else:
                    i += 1
                continue
            if byte in (_LF, _CR):
                if byte == _CR and i + 1 == size and not at_end:
                    i = size
                    break
                end = i
                i += 2 if byte == _CR and i + 1 < size and data[i + 1] == _LF else 1
                line += 1
                break
            if comment:
                i += 1
            elif byte == delimiter:
                width += 1
                at_field_start = True
                i += 1
            elif byte == escape:
                if i + 1 < size and data[i + 1] == _LF:
                    line += 1
                at_field_start = False
                i += 2
            else:
                quoted = at_field_start and byte == quote
                at_field_start = False
                i += 1
                while not quoted and i < size and data[i] > last_special:
                    i += 1
        if end < 0:
            if not at_end:
                line = first_line
                break
            end = size
            if quoted:
                width = UNTERMINATED
        starts[count] = start
        ends[count] = end
        lines[count] = first_line
        fields[count] = COMMENT if comment else BLANK if end == start else width
        count += 1
        consumed = min(i, size)
    return starts[:count], ends[:count], lines[:count], fields[:count], consumed, line
