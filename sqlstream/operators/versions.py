"""Versions of rows by key: which one was valid at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch, Mask, RowKind
from sqlstream.columnar.elements import MIN_TIMESTAMP
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.functions.accumulators.slot_rows import SlotRows

NO_VERSION = np.int64(-1)


class CurrentVersions:
    """For each slot the last version known to be: its time, whether it says that there is no row, and the row."""

    def __init__(self, types: Sequence[pa.DataType]) -> None:
        self._times = SlotArrays(np.int64, fill=MIN_TIMESTAMP)
        self._present = SlotArrays(np.bool_)
        self.rows = SlotRows(types)

    @property
    def times(self) -> Int64s:
        """When each version began; MIN_TIMESTAMP where there is none."""
        return self._times[0]

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """Whether the version has a row: it is not a deletion."""
        return self._present[0]

    @property
    def nbytes(self) -> int:
        return self._times.nbytes + self._present.nbytes + self.rows.nbytes

    def put(self, slots: Int64s, times: Int64s, present: Mask, columns: Sequence[pa.Array]) -> None:
        """Versions of distinct ``slots`` in the place of what they had."""
        self.times[slots] = times
        self.present[slots] = present
        self.rows.put(slots, columns)

    def reserve(self, slots: int) -> None:
        for part in (self._times, self._present, self.rows):
            part.reserve(slots)

    def reset(self, slots: Int64s) -> None:
        for part in (self._times, self._present, self.rows):
            part.reset(slots)

    def clear(self) -> None:
        for part in (self._times, self._present, self.rows):
            part.clear()

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return [pa.array(self.times[slots]), pa.array(self.present[slots]), *self.rows.snapshot(slots)]

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        self.put(slots, columns[0].to_numpy(), np.asarray(columns[1]), columns[2:])


class NewVersions:
    """A batch of versions, row ``i`` that of ``slots[i]`` from ``times[i]`` on; of two with one slot and time the later
    row counts. Deletions end what was there."""

    def __init__(self, batch: Batch, slots: Int64s, times: Int64s) -> None:
        self.data = batch.data
        self.times = times
        self.present: Mask = np.ones(batch.num_rows, np.bool_) if batch.kinds is None else batch.kinds != RowKind.DELETE
        self._slots = slots
        self._order = np.lexsort((times, slots))

    def at(self, slots: Int64s, times: Int64s) -> Int64s:
        """The row of the version valid at each time of each slot, :data:`NO_VERSION` where it is none of these."""
        count = len(self._slots)
        all_slots, all_times = np.concatenate((self._slots, slots)), np.concatenate((self.times, times))
        order = np.lexsort((all_times, all_slots))
        place = np.maximum.accumulate(np.where(order < count, np.arange(len(order)), -1))
        before = np.where(place >= 0, order[place], NO_VERSION)
        result = np.empty(len(order), np.int64)
        result[order] = before
        found = result[count:]
        valid: Int64s = np.where((found >= 0) & (self._slots[found] == slots), found, NO_VERSION)
        return valid

    def apply_to(self, current: CurrentVersions) -> Int64s:
        """Make the last version of each slot the current one, unless that is later; the slots that changed."""
        slots = self._slots[self._order]
        last = self._order[np.append(slots[1:] != slots[:-1], True)]
        last = last[self.times[last] >= current.times[self._slots[last]]]
        rows = self.data.take(pa.array(last))
        current.put(self._slots[last], self.times[last], self.present[last], rows.columns)
        changed: Int64s = self._slots[last]
        return changed
