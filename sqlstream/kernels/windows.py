"""Window arithmetic: which windows a time falls in.

Times and lengths are int64 milliseconds; windows are [start, end). Division rounds down, so times before 1970 fall
in the windows they should.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]


def tumble_start(times: Int64s, size: int, offset: int = 0) -> Int64s:
    """The start of the one window of length ``size`` each time falls in; windows are aligned to ``offset``."""
    starts: Int64s = times - (times - offset) % size
    return starts


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
