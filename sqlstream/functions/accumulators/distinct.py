"""DISTINCT for any aggregate: a value counts when it first comes to its group and until it has last left it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.functions.accumulators.accumulator import Accumulator, AggregateRows, Weights
from sqlstream.functions.accumulators.bags import SlotBags


class DistinctAccumulator(Accumulator):
    """Wraps the accumulator of the call without DISTINCT. State: the bag of arguments, and that of ``inner``.

    NULL is a value here; the inner accumulator may ignore it. The inner state depends on the order of rows too, so it
    is stored, not derived.
    """

    def __init__(self, inner: Accumulator, types: Sequence[pa.DataType]) -> None:
        self._inner = inner
        self._bags = SlotBags(types)
        self._width = len(types) + 1

    @property
    def nbytes(self) -> int:
        return self._inner.nbytes + self._bags.nbytes

    def reserve(self, slots: int) -> None:
        self._bags.reserve(slots)
        self._inner.reserve(slots)

    def update(self, rows: AggregateRows) -> None:
        self._inner.update(self._first_and_last(rows))

    def running(self, rows: AggregateRows) -> pa.Array:
        return self._inner.running(self._first_and_last(rows))

    @property
    def runs_cheaply(self) -> bool:
        return self._inner.runs_cheaply

    def value(self, slots: Int64s) -> pa.Array:
        return self._inner.value(slots)

    def merge(self, into: Int64s, slots: Int64s) -> None:
        positions, entries = self._bags.entries_of(slots)
        if not len(entries):
            return
        values, counts = self._bags.values_of(entries), self._bags.counts[entries]
        targets = into[positions]
        after = self._bags.add(targets, values, counts, emit=True)
        before = after - counts
        weights = (after > 0).astype(np.int8) - (before > 0).astype(np.int8)
        self._inner.update(AggregateRows(targets, tuple(values), weights))

    def reset(self, slots: Int64s) -> None:
        self._bags.reset(slots)
        self._inner.reset(slots)

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return [*self._bags.snapshot(slots), *self._inner.snapshot(slots)]

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        self._bags.restore(slots, columns[: self._width])
        self._inner.restore(slots, columns[self._width :])

    def _first_and_last(self, rows: AggregateRows) -> AggregateRows:
        counting = np.flatnonzero(rows.weights)
        weights: Weights = np.zeros(len(rows), np.int8)
        if len(counting):
            chosen = rows.take(counting)
            counts = self._bags.add(chosen.slots, chosen.arguments, chosen.weights.astype(np.int64), emit=True)
            came = (chosen.weights > 0) & (counts == 1)
            left = (chosen.weights < 0) & (counts == 0)
            weights[counting] = came.astype(np.int8) - left.astype(np.int8)
        return rows.with_weights(weights)
