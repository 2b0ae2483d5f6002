"""What is kept of windows that are emitted more than once: beside their groups, what was emitted of them last."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.functions.accumulators.slot_rows import SlotRows
from sqlstream.operators.group_state import GroupState


class WindowUpdates:
    """A slot state of ``groups``. ``types`` are those of the aggregates' values."""

    def __init__(self, groups: GroupState, types: Sequence[pa.DataType]) -> None:
        self.groups = groups
        self._values = SlotRows(types) if types else None
        self._flags = SlotArrays(np.int8, np.int8)
        self._timers = SlotArrays(np.int64)

    @property
    def emitted(self) -> npt.NDArray[np.int8]:
        """Whether there is a row of the window downstream, to read and change; another array after :meth:`reserve`."""
        return self._flags[0]

    @property
    def over(self) -> npt.NDArray[np.int8]:
        """Whether the window was emitted at its end."""
        return self._flags[1]

    @property
    def timers(self) -> Int64s:
        """The processing time (ms) at which to emit the window next, 0 for none."""
        return self._timers[0]

    @property
    def values(self) -> SlotRows | None:
        """The aggregates as emitted last; None where there are no aggregates."""
        return self._values

    @property
    def nbytes(self) -> int:
        return sum(part.nbytes for part in self._parts)

    @property
    def _parts(self) -> list[GroupState | SlotRows | SlotArrays]:
        return [self.groups, self._flags, self._timers, *([] if self._values is None else [self._values])]

    def reserve(self, slots: int) -> None:
        for part in self._parts:
            part.reserve(slots)

    def reset(self, slots: Int64s) -> None:
        for part in self._parts:
            part.reset(slots)

    def clear(self) -> None:
        for part in self._parts:
            part.clear()

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        values = [] if self._values is None else self._values.snapshot(slots)
        return [*self._flags.snapshot(slots), *self._timers.snapshot(slots), *values, *self.groups.snapshot(slots)]

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        self._flags.restore(slots, columns[:2])
        self._timers.restore(slots, columns[2:3])
        first = 3
        if self._values is not None:
            first += len(self._values.snapshot(np.zeros(0, np.int64)))
            self._values.restore(slots, columns[3:first])
        self.groups.restore(slots, columns[first:])
