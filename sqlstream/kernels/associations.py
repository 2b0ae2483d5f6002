"""Counting the partners of a join's rows."""

from __future__ import annotations

from typing import Any

from sqlstream.kernels.compiled import I8R, I64, I64R, kernel


@kernel(I64R, I8R, I64, I64, I64)
def associate(rows: Any, signs: Any, partners: Any, met: Any, left: Any) -> Any:
    """Add ``signs[i]`` to ``partners[rows[i]]``, for rows that may repeat. Returns how many rows had 0 before and have
    more now, and how many it is the other way round; they are put into ``met`` and ``left``, as long as ``rows``."""
    num_met = num_left = 0
    for i in range(len(rows)):
        met[i] = partners[rows[i]]
    for i in range(len(rows)):
        partners[rows[i]] += signs[i]
    for i in range(len(rows)):
        # A row that is done is marked by the complement of its number, which is undone below.
        row = rows[i]
        before, after = met[i], partners[row]
        if after >= 0:
            partners[row] = -1 - after
            if before == 0 and after > 0:
                met[num_met] = row
                num_met += 1
            elif before > 0 and after == 0:
                left[num_left] = row
                num_left += 1
    for i in range(len(rows)):
        if partners[rows[i]] < 0:
            partners[rows[i]] = -1 - partners[rows[i]]
    return num_met, num_left
