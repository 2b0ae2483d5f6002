"""The distinct slots of a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sqlstream.columnar.array_values import Int64s
from sqlstream.kernels import slots as kernel


@dataclass(frozen=True, slots=True)
class TouchedSlots:
    """``distinct`` slots in order of first appearance; row ``i`` is of slot ``distinct[group[i]]``, whose row before
    it is ``previous[i]`` (-1: none)."""

    distinct: Int64s
    group: Int64s
    previous: Int64s


class TouchedSlotFinder:
    """Finds them without sorting, with scratch memory kept from batch to batch."""

    def __init__(self) -> None:
        self._scratch = np.full(0, -1, np.int64)

    def find(self, slots: Int64s, slots_used: int) -> TouchedSlots:
        """``slots_used`` is more than any of ``slots``."""
        if slots_used > len(self._scratch):
            self._scratch = np.full(2 * slots_used, -1, np.int64)
        distinct, group, previous = (np.empty(len(slots), np.int64) for _ in range(3))
        found = kernel.touched(slots, self._scratch, distinct, group, previous)
        return TouchedSlots(distinct[:found], group, previous)
