"""COLLECT: the multiset of a group's values that are not NULL."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.functions.accumulators.accumulator import Accumulator, AggregateRows
from sqlstream.functions.accumulators.bags import SlotBags
from sqlstream.types.arrow import to_arrow
from sqlstream.types.logical import LogicalType


class CollectAccumulator(Accumulator):
    """State: the bag of values."""

    def __init__(self, arguments: tuple[LogicalType, ...], result: LogicalType, retracting: bool) -> None:
        self._bags = SlotBags([to_arrow(arguments[0])])
        self._type = to_arrow(result)

    @property
    def nbytes(self) -> int:
        return self._bags.nbytes

    def reserve(self, slots: int) -> None:
        self._bags.reserve(slots)

    def update(self, rows: AggregateRows) -> None:
        rows = rows.without_nulls().counting()
        if len(rows):
            self._bags.add(rows.slots, rows.arguments, rows.weights.astype(np.int64))

    def value(self, slots: Int64s) -> pa.Array:
        positions, entries = self._bags.entries_of(slots)
        present = self._bags.counts[entries] > 0
        positions, entries = positions[present], entries[present]
        offsets = np.searchsorted(positions, np.arange(len(slots) + 1)).astype(np.int32)
        counts = pa.array(self._bags.counts[entries].astype(np.int32))
        return pa.MapArray.from_arrays(pa.array(offsets), self._bags.values_of(entries)[0], counts).cast(self._type)

    def merge(self, into: Int64s, slots: Int64s) -> None:
        self._bags.merge(into, slots)

    def reset(self, slots: Int64s) -> None:
        self._bags.reset(slots)

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return self._bags.snapshot(slots)

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        self._bags.restore(slots, columns)
