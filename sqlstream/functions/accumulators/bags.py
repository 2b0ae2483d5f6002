"""A bag of values for each slot: each distinct value with how often it is there.

A count may be negative for a while, when a value is taken back before it came.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.kernels import bags as kernel


class SlotBags:
    """Bags of rows of ``types``. An entry is a (slot, value) pair present with any count but 0."""

    def __init__(self, types: Sequence[pa.DataType]) -> None:
        self.index = KeyIndex([pa.int64(), *types])
        self._ends = SlotArrays(np.int64, np.int64, fill=-1)
        self._entries = SlotArrays(np.int64, np.int64, np.int64)

    @property
    def nbytes(self) -> int:
        return self.index.nbytes + self._ends.nbytes + self._entries.nbytes

    @property
    def counts(self) -> Int64s:
        """By entry."""
        return self._entries[0]

    def reserve(self, slots: int) -> None:
        self._ends.reserve(slots)

    def enter(self, slots: Int64s, values: Sequence[pa.Array]) -> tuple[Int64s, Int64s]:
        """The entry of each (slot, value), new ones with count 0, and the new ones. Call :meth:`sweep` later."""
        entries, new = self.index.upsert_new([pa.array(slots), *values])
        if len(new):
            self._entries.reserve(self.index.slots_used)
            _, following, preceding = self._entries.arrays
            self.counts[new] = 0
            heads, tails = self._ends.arrays
            kernel.link_entries(self.slots_of(new), new, heads, tails, following, preceding)
        return entries, new

    def add(self, slots: Int64s, values: Sequence[pa.Array], weights: Int64s, emit: bool = False) -> Int64s:
        """Add ``weights[i]`` to the count of each value; with ``emit``, its count after each row."""
        entries, _ = self.enter(slots, values)
        out = np.empty(len(slots) if emit else 0, np.int64)
        kernel.add_counts(entries, weights, self.counts, out)
        self.sweep(np.unique(entries[self.counts[entries] == 0]))
        return out

    def sweep(self, entries: Int64s) -> None:
        """Drop distinct ``entries``."""
        _, following, preceding = self._entries.arrays
        heads, tails = self._ends.arrays
        kernel.unlink_entries(self.slots_of(entries), entries, heads, tails, following, preceding)
        self.index.remove(entries)

    def slots_of(self, entries: Int64s) -> Int64s:
        """The slot each entry belongs to."""
        slots: Int64s = np.asarray(self.index.keys(entries)[0])
        return slots

    def values_of(self, entries: Int64s) -> list[pa.Array]:
        """The value of each entry."""
        return self.index.keys(entries)[1:]

    def entries_of(self, slots: Int64s) -> tuple[Int64s, Int64s]:
        """All entries of ``slots``: (position in ``slots``, ascending; entry), within a slot in the order they came."""
        positions, entries = kernel.chained_entries(slots, self._ends[0], self._entries[1])
        return positions, entries

    def merge(self, into: Int64s, slots: Int64s) -> None:
        """Add the bag of ``slots[i]`` to that of ``into[i]``."""
        positions, entries = self.entries_of(slots)
        if len(entries):
            self.add(into[positions], self.values_of(entries), self.counts[entries])

    def reset(self, slots: Int64s) -> None:
        """Empty the bags of ``slots``."""
        _, entries = self.entries_of(slots)
        self.index.remove(entries)
        self._ends.reset(slots)

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        """For each slot the list of its values, one column a value column, then the list of their counts."""
        positions, entries = self.entries_of(slots)
        offsets = pa.array(np.searchsorted(positions, np.arange(len(slots) + 1)).astype(np.int32))
        columns = [*self.values_of(entries), pa.array(self.counts[entries])]
        return [pa.ListArray.from_arrays(offsets, column) for column in columns]

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        """Put back what :meth:`snapshot` gave."""
        if not len(slots):
            return
        repeated = np.repeat(slots, np.asarray(columns[0].value_lengths()))
        flat = [column.flatten() for column in columns]
        if len(repeated):
            self.add(repeated, flat[:-1], np.asarray(flat[-1]))
