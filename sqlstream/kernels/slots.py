"""Which slots a batch touches, and which row of a slot came before."""

from __future__ import annotations

from typing import Any

from sqlstream.kernels.compiled import I64, I64R, kernel


@kernel(I64R, I64, I64, I64, I64)
def touched(slots: Any, scratch: Any, distinct: Any, group: Any, previous: Any) -> Any:
    """The number of distinct ``slots``, which go to ``distinct`` in order of first appearance.

    ``group[i]`` is the position of ``slots[i]`` there, ``previous[i]`` the last row before ``i`` with the same slot, or
    -1. ``scratch``, indexed by slot, is -1 everywhere before and after.
    """
    found = 0
    for i in range(len(slots)):
        before = scratch[slots[i]]
        previous[i] = before
        if before < 0:
            distinct[found] = slots[i]
            group[i] = found
            found += 1
        else:
            group[i] = group[before]
        scratch[slots[i]] = i
    for i in range(found):
        scratch[distinct[i]] = -1
    return found
