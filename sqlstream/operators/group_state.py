"""What an aggregation keeps for each group: its number of rows and its accumulators."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.kernels import running
from sqlstream.operators.aggregate_calls import AggregateCalls

_NOTHING = np.zeros(0, np.int64)


class GroupState:
    """The state of groups by slot, as a keyed table wants it."""

    def __init__(self, calls: AggregateCalls) -> None:
        self.calls = calls
        self._counts = SlotArrays(np.int64)

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Rows of each group, to read and change; another array after :meth:`reserve`."""
        return self._counts[0]

    @property
    def nbytes(self) -> int:
        return self._counts.nbytes + self.calls.nbytes

    def add(self, batch: Batch, slots: Int64s) -> None:
        """Let the rows of ``batch``, row ``i`` of group ``slots[i]``, change their groups."""
        signs = batch.signs()
        running.count(slots, signs, self._counts[0], _NOTHING)
        self.calls.update(batch, slots, signs)

    def add_partial(self, slots: Int64s, rows: pa.Array, states: Sequence[pa.Array], first_spare: int) -> None:
        """Add groups of another one, of ``rows`` rows and with these ``states``, to the groups ``slots``. No group has
        a slot from ``first_spare`` on."""
        np.add.at(self._counts[0], slots, rows.to_numpy())
        self.calls.merge_columns(slots, states, first_spare)

    def merge(self, into: Int64s, slots: Int64s) -> None:
        """Add the groups ``slots`` to the groups ``into``, pair by pair; none is in both."""
        np.add.at(self._counts[0], into, self._counts[0][slots])
        self.calls.merge(into, slots)

    def reserve(self, slots: int) -> None:
        self._counts.reserve(slots)
        self.calls.reserve(slots)

    def reset(self, slots: Int64s) -> None:
        self._counts.reset(slots)
        self.calls.reset(slots)

    def clear(self) -> None:
        self._counts.clear()
        self.calls.clear()

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return [*self._counts.snapshot(slots), *self.calls.snapshot(slots)]

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        self._counts.restore(slots, columns[:1])
        self.calls.restore(slots, columns[1:])
