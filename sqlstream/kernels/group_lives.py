"""The lives of groups within a batch: a group is born with its first row and dies when as many were taken back."""

from __future__ import annotations

from typing import Any

from sqlstream.kernels.compiled import I8, I8R, I64, I64R, int64, kernel

GOES_ON = 0
BORN = 1
DIED = 2
IGNORED = 3
"""A retraction for a group that does not exist."""


@kernel(I64R, I64R, I8R, int64, I64, I64, I8, I64, I8)
def follow_lives(
    slots: Any, group: Any, signs: Any, first_spare: Any, counts: Any, current: Any, used: Any, out: Any, events: Any
) -> Any:
    """Count rows by slot, and give each life within the batch a slot of its own. Returns how many spare slots it took.

    Row ``i`` adds ``signs[i]`` (1 or -1) to ``counts[slots[i]]``, what it does to its group goes to ``events[i]``, and
    the slot of its life to ``out[i]``: that of the key for the first life, then ``first_spare`` and up. ``group[i]``
    indexes ``current``, the slot of each group's latest life (on entry: its key's), and ``used`` (on entry: 0).
    """
    spares = 0
    for i in range(len(slots)):
        slot, g = slots[i], group[i]
        if counts[slot] == 0:
            if signs[i] < 0:
                events[i] = IGNORED
                out[i] = -1
                continue
            if used[g] != 0:
                current[g] = first_spare + spares
                spares += 1
            counts[slot] = 1
            events[i] = BORN
        else:
            counts[slot] += signs[i]
            events[i] = DIED if counts[slot] == 0 else GOES_ON
        used[g] = 1
        out[i] = current[g]
    return spares
