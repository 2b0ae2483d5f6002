"""When the parts of a log are merged: so that they stay few, and that little is written twice.

The level of a part is the logarithm of its size to the base ``FANOUT``. As many parts of a level as that become
one of the next level, so that ``FANOUT`` times the levels are there at most, and a row is written again once a level.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

FANOUT = 8
_MIN_ROWS_TO_REWRITE = 4096


def mostly_outdated(stored_rows: int, live_rows: int) -> bool:
    """Whether more than half of what is stored is outdated, and it is worth the trouble."""
    return stored_rows > max(2 * live_rows, _MIN_ROWS_TO_REWRITE)


def place_of_next(levels: Sequence[int], rows_from: Sequence[int], top: int | None = None) -> tuple[int, int]:
    """The number of the first part that the next one takes in, with all after it, and the level of what results.

    ``levels`` are those of the parts, oldest first, never rising. ``rows_from[i]`` is (at most) how many rows the next
    one has if it takes in the parts from ``i`` on; there is one more of them than parts. Parts of the level ``top``
    become no larger.
    """
    first, level = len(levels), level_of(rows_from[-1], top)
    while True:
        while first and levels[first - 1] < level:
            first -= 1
        if level == top or first < FANOUT - 1 or levels[first - FANOUT + 1] != level:
            break
        first -= FANOUT - 1
        level += 1
    return first, level


def levels_by_size(rows: Sequence[int], top: int | None = None) -> list[int]:
    """Levels for parts of which only the numbers of ``rows`` are known, oldest first: never rising."""
    return list(accumulate((level_of(count, top) for count in reversed(rows)), max))[::-1]


def level_of(rows: int, top: int | None = None) -> int:
    """The level of a part of ``rows``."""
    level = int(math.log(max(rows, 1), FANOUT))
    return level if top is None else min(level, top)
