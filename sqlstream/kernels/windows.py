"""Window arithmetic: which windows a time falls in.

Times and lengths are int64 milliseconds; windows are [start, end). Division rounds down, so times before 1970 fall
in the windows they should.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]
_FEW_WINDOWS = 4
"""Up to so many more than one, comparing costs less than dividing."""


def tumble_start(times: Int64s, size: int, offset: int = 0) -> Int64s:
    """The start of the one window of length ``size`` each time falls in; windows are aligned to ``offset``."""
    if not len(times):
        return times
    first = _start(int(times.min()), size, offset)
    later = (_start(int(times.max()), size, offset) - first) // size
    if later > _FEW_WINDOWS:
        starts: Int64s = times - (times - offset) % size
        return starts
    starts = np.full(len(times), first)
    for number in range(1, later + 1):
        starts += size * (times >= first + number * size)
    return starts


def _start(time: int, size: int, offset: int) -> int:
    return time - (time - offset) % size


def hop_windows(times: Int64s, size: int, slide: int, offset: int = 0) -> tuple[Int64s, Int64s, Int64s]:
    """All hopping windows of each time: (index into ``times``, window start, window end), a time's latest first."""
    latest = tumble_start(times, slide, offset)
    candidates = latest[:, np.newaxis] - slide * np.arange(-(-size // slide), dtype=np.int64)
    inside = candidates > times[:, np.newaxis] - size
    rows, _ = np.nonzero(inside)
    starts = candidates[inside]
    return rows.astype(np.int64, copy=False), starts, starts + size


def cumulate_windows(times: Int64s, size: int, step: int, offset: int = 0) -> tuple[Int64s, Int64s, Int64s]:
    """All cumulating windows of each time: (index into ``times``, window start, window end), a time's shortest first.

    ``size`` is the longest window's length, a multiple of ``step``.
    """
    base = tumble_start(times, size, offset)
    candidates = base[:, np.newaxis] + step * np.arange(1, size // step + 1, dtype=np.int64)
    inside = candidates > times[:, np.newaxis]
    rows, _ = np.nonzero(inside)
    return rows.astype(np.int64, copy=False), base[rows], candidates[inside]
