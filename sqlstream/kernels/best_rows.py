"""The best row of each slot so far, of which only the code is known."""

from __future__ import annotations

from typing import Any

from sqlstream.kernels.compiled import I8, I64, I64R, boolean, int64, kernel


@kernel(I64R, I64R, I64R, int64, boolean, I8, I64, I64, I8)
def update_best(
    slots: Any, group: Any, words: Any, width: Any, newest: Any, present: Any, best: Any, winner: Any, born: Any
) -> None:
    """Let row ``i``, whose code is ``words[i * width :]``, become the best of ``slots[i]`` if it comes first.

    Among equal ones the first to come is the best, or the ``newest``. ``winner[group[i]]`` (on entry -1) receives the
    row that is the best then, unless the best has not changed, and ``born`` (on entry 0) becomes 1 if there was none
    before. ``present`` and ``best`` are indexed by slot.
    """
    for i in range(len(slots)):
        slot = slots[i]
        x, y = i * width, slot * width
        better = present[slot] == 0
        if better:
            present[slot] = 1
            born[group[i]] = 1
        else:
            better = newest
            for j in range(width):
                if words[x + j] != best[y + j]:
                    better = words[x + j] < best[y + j]
                    break
        if better:
            for j in range(width):
                best[y + j] = words[x + j]
            winner[group[i]] = i
