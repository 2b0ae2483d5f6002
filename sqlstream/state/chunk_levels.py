"""When the parts of a log are merged: so that they stay few, and that little is written twice.

The level of a part is the logarithm of its size to the base ``FANOUT``. As many parts of a level as that become
one of the next level, so that ``FANOUT`` times the levels are there at most, and a row is written again once a level.
When most of what the parts hold is outdated, all of them become one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

FANOUT = 8
_MIN_ROWS_TO_REWRITE = 4096


def place_of_next(levels: Sequence[int], rows_from: Sequence[int], stored_rows: int, live_rows: int) -> tuple[int, int]:
    """The number of the first part that the next one takes in, with all after it, and the level of what results.

    ``levels`` are those of the parts, oldest first, never rising. ``rows_from[i]`` is (at most) how many rows the next
    one has if it takes in the parts from ``i`` on; there is one more of them than parts. ``stored_rows`` is what the
    parts hold, ``live_rows`` what they would hold if nothing were outdated, the next one included.
    """
    first, level = len(levels), _level(rows_from[-1])
    if levels and stored_rows + rows_from[-1] > max(2 * live_rows, _MIN_ROWS_TO_REWRITE):
        return 0, max(level, levels[0])
    while True:
        while first and levels[first - 1] < level:
            first -= 1
        if first < FANOUT - 1 or levels[first - FANOUT + 1] != level:
            break
        first -= FANOUT - 1
        level += 1
    while first and 4 * rows_from[first - 1] <= 5 * rows_from[first]:
        first -= 1
        level = max(level, levels[first])
    return first, level


def levels_by_size(rows: Sequence[int]) -> list[int]:
    """Levels for parts of which only the numbers of ``rows`` are known, oldest first: never rising."""
    return list(accumulate(map(_level, reversed(rows)), max))[::-1]


def _level(rows: int) -> int:
    return int(math.log(max(rows, 1), FANOUT))
