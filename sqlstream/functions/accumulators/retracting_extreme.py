"""MIN and MAX over rows that may be taken back: all values are kept, in a heap for each group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.row_format import is_single_word
from sqlstream.functions.accumulators.accumulator import Accumulator, AggregateRows
from sqlstream.functions.accumulators.bags import SlotBags
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.kernels.extreme_heaps import running_extreme
from sqlstream.kernels.key_index import HEADER

_MIN_ENTRIES_TO_REBUILD = 1024


class RetractingExtreme(Accumulator):
    """State: the bag of values, and a heap over its entries, which may lag behind by entries whose count is 0."""

    def __init__(self, type_: pa.DataType, greatest: bool) -> None:
        self._type, self._greatest = type_, greatest
        self._bags = SlotBags([type_])
        self._roots = SlotArrays(np.int64, fill=-1)
        self._links = SlotArrays(np.int64, np.int64)
        self._queued = SlotArrays(np.int8)
        self._text = not is_single_word(type_) and not pa.types.is_decimal(type_)
        # A record is: header, NULL bits, slot, then the value's words (for text its length, which does not order it).
        self._first_word = HEADER + 2
        self._words = 0 if self._text else 2 if pa.types.is_decimal(type_) else 1
        self._rebuild_at = _MIN_ENTRIES_TO_REBUILD

    @property
    def nbytes(self) -> int:
        parts = (self._bags, self._roots, self._links, self._queued)
        return sum(part.nbytes for part in parts)

    def reserve(self, slots: int) -> None:
        self._bags.reserve(slots)
        self._roots.reserve(slots)

    def update(self, rows: AggregateRows) -> None:
        rows = rows.without_nulls().counting()
        if len(rows):
            entries = self._enter(rows.slots, rows.arguments)
            self._count(rows.slots, entries, rows.weights.astype(np.int64), emit=False)
            self._sweep(entries)

    def running(self, rows: AggregateRows) -> pa.Array:
        rows = rows.without_nulls()
        counting = np.flatnonzero(rows.weights)
        entries = np.full(len(rows), -1, np.int64)
        chosen = rows.take(counting)
        entries[counting] = self._enter(chosen.slots, chosen.arguments)
        values = self._values_of(self._count(rows.slots, entries, rows.weights.astype(np.int64), emit=True))
        self._sweep(entries[counting])
        return values

    def value(self, slots: Int64s) -> pa.Array:
        return self._values_of(self._roots[0][slots])

    def merge(self, into: Int64s, slots: Int64s) -> None:
        positions, entries = self._bags.entries_of(slots)
        if len(entries):
            weights, targets = self._bags.counts[entries], into[positions]
            merged = self._enter(targets, self._bags.values_of(entries))
            self._count(targets, merged, weights, emit=False)
            self._sweep(merged)

    def reset(self, slots: Int64s) -> None:
        self._bags.reset(slots)
        self._roots.reset(slots)

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return self._bags.snapshot(slots)

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        self._bags.restore(slots, columns)
        _, entries = self._bags.entries_of(slots)
        self._ready(entries)
        self._push(entries)

    def _enter(self, slots: Int64s, values: Sequence[pa.Array]) -> Int64s:
        entries, new = self._bags.enter(slots, values)
        self._ready(new)
        return entries

    def _ready(self, new: Int64s) -> None:
        self._links.reserve(self._bags.index.slots_used)
        self._queued.reserve(self._bags.index.slots_used)
        self._queued[0][new] = 0

    def _count(self, slots: Int64s, entries: Int64s, weights: Int64s, emit: bool) -> Int64s:
        index, out = self._bags.index, np.empty(len(slots) if emit else 0, np.int64)
        child, sibling = self._links.arrays
        running_extreme(
            slots, entries, weights, self._greatest, self._roots[0], self._bags.counts, child, sibling,
            self._queued[0], index.records, index.stride, self._first_word, self._words, index.arena, self._text, out,
        )  # fmt: skip
        return out

    def _push(self, entries: Int64s) -> None:
        self._count(self._bags.slots_of(entries), entries, np.zeros(len(entries), np.int64), emit=False)

    def _sweep(self, touched: Int64s) -> None:
        """Drop entries that are in no bag and no heap; rebuild the heaps when most of what they hold is in no bag."""
        counts, queued = self._bags.counts, self._queued[0]
        self._bags.sweep(np.unique(touched[(counts[touched] == 0) & (queued[touched] == 0)]))
        index = self._bags.index
        if index.size < self._rebuild_at:
            return
        entries = index.live_slots()
        dead = entries[counts[entries] == 0]
        if 2 * len(dead) > len(entries):
            self._bags.sweep(dead)
            self._roots[0][:] = -1
            queued[:] = 0
            self._push(index.live_slots())
        self._rebuild_at = max(_MIN_ENTRIES_TO_REBUILD, 2 * index.size)

    def _values_of(self, entries: Int64s) -> pa.Array:
        present = entries >= 0
        values = self._bags.values_of(entries[present])[0]
        if present.all():
            return values
        return values.take(pa.array(np.cumsum(present) - 1, mask=~present))
