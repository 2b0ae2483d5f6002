"""Finds the lines of a text, and which of them hold exactly one JSON object, in one pass over the bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

BLANK = 0
OBJECT = 1
OTHER = 2


@dataclass(frozen=True, slots=True)
class Lines:
    """One element a line: byte offsets of its ``starts`` and ``ends`` (terminator excluded), and its ``kinds``.

    ``consumed`` is the number of bytes the lines take up; the rest is an unfinished line.
    """

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    kinds: npt.NDArray[np.int8]
    consumed: int


def scan_lines(text: bytes, at_end: bool) -> Lines:
    """The complete lines of ``text``; ``at_end``: nothing follows it. A line ends at LF or CRLF.

    An OBJECT line has balanced brackets from its first brace to its last; whether it is valid JSON is not checked.
    """
    return Lines(*_scan(np.frombuffer(text, dtype=np.uint8), at_end))


@njit(cache=True, nogil=True)
def _scan(text, at_end):  # type: ignore[no-untyped-def]
    size = text.size
    capacity = 1
    for i in range(size):
        capacity += text[i] == 10
    starts = np.empty(capacity, np.int64)
    ends = np.empty(capacity, np.int64)
    kinds = np.empty(capacity, np.int8)
    count = 0
    start = 0
    depth = 0
    kind = 0
    closed = False
    in_string = False
    escaped = False
    for i in range(size + 1):
        if i == size and (not at_end or start == size):
            break
        byte = 10 if i == size else text[i]
        if byte == 10:
            starts[count] = start
            ends[count] = i - 1 if i > start and text[i - 1] == 13 else i
            kinds[count] = 2 if kind == 1 and (not closed or in_string) else kind
            count += 1
            start = min(i + 1, size)
            depth = 0
            kind = 0
            closed = False
            in_string = False
            escaped = False
        elif escaped:
            escaped = False
        elif in_string:
            if byte == 92:
                escaped = True
            elif byte == 34:
                in_string = False
        elif byte == 32 or byte == 9 or byte == 13:
            pass
        elif kind == 0:
            kind = 1 if byte == 123 else 2
            depth = 1
        elif closed:
            kind = 2
        elif byte == 34:
            in_string = True
        elif byte == 123 or byte == 91:
            depth += 1
        elif byte == 125 or byte == 93:
            depth -= 1
            closed = depth == 0
    return starts[:count], ends[:count], kinds[:count], start
