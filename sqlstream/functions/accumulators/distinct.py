"""DISTINCT for any aggregate: a value counts when it first comes to its group and until it has last left it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.functions.accumulators.accumulator import Accumulator, AggregateRows, Weights
from sqlstream.functions.accumulators.bags import SlotBags
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.kernels import bags as kernel


class DistinctValues:
    """The values that came to each group and how often each of some calls counted them: calls with the same arguments
    share it, so that a value is looked up once for all of them, whatever their filters.

    An entry is a (slot, value) pair that some call counts. Between :meth:`begin` and :meth:`end` all calls are given
    the same rows, of which their weights differ.
    """

    def __init__(self, types: Sequence[pa.DataType], calls: int = 1) -> None:
        self._bags = SlotBags(types)
        self._counts = SlotArrays(*[np.int64] * calls)
        self._shared = False
        self._entries: Int64s | None = None
        self.width = len(types) + 1
        """Columns of a call's snapshot."""

    @property
    def nbytes(self) -> int:
        return self._bags.nbytes + self._counts.nbytes

    def reserve(self, slots: int) -> None:
        self._bags.reserve(slots)

    def begin(self) -> None:
        """The rows of one batch follow, call by call."""
        self._shared, self._entries = True, None

    def end(self) -> None:
        """All calls have had them."""
        if self._entries is not None:
            self._drop_unused(self._entries)
        self._shared, self._entries = False, None

    def first_and_last(self, call: int, rows: AggregateRows) -> AggregateRows:
        """Count ``rows`` for ``call``: rows with which a value comes weigh 1, with which it leaves -1, others 0."""
        if not self._shared:
            return self._of_counting_rows(call, rows)
        if self._entries is None:
            self._entries = self._enter(rows.slots, rows.arguments)
        weights: Weights = np.empty(len(rows), np.int8)
        kernel.first_and_last(self._entries, rows.weights, self._counts[call], weights)
        return rows.with_weights(weights)

    def merge(self, call: int, into: Int64s, slots: Int64s) -> AggregateRows:
        """Add what ``call`` counts of ``slots`` to ``into``: the rows with which values come and leave there."""
        positions, entries = self._entries_of(call, slots)
        values, counts = self._bags.values_of(entries), self._counts[call][entries]
        targets = into[positions]
        after = self._add(call, targets, values, counts)
        weights = (after > 0).astype(np.int8) - (after - counts > 0).astype(np.int8)
        return AggregateRows(targets, tuple(values), weights)

    def reset(self, call: int, slots: Int64s) -> None:
        """``call`` counts nothing of ``slots``."""
        _, entries = self._bags.entries_of(slots)
        self._counts[call][entries] = 0
        self._drop_unused(entries)

    def snapshot(self, call: int, slots: Int64s) -> list[pa.Array]:
        """For each slot the list of the values ``call`` counts, one column a value column, then the list of counts."""
        positions, entries = self._entries_of(call, slots)
        offsets = pa.array(np.searchsorted(positions, np.arange(len(slots) + 1)).astype(np.int32))
        columns = [*self._bags.values_of(entries), pa.array(self._counts[call][entries])]
        return [pa.ListArray.from_arrays(offsets, column) for column in columns]

    def restore(self, call: int, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        """Put back what :meth:`snapshot` gave."""
        if not len(slots):
            return
        repeated = np.repeat(slots, np.asarray(columns[0].value_lengths()))
        *values, counts = (column.flatten() for column in columns)
        if len(repeated):
            self._add(call, repeated, values, np.asarray(counts))

    def _of_counting_rows(self, call: int, rows: AggregateRows) -> AggregateRows:
        weights: Weights = np.zeros(len(rows), np.int8)
        counting = np.flatnonzero(rows.weights)
        if len(counting):
            chosen = rows.take(counting)
            entries, changed = self._enter(chosen.slots, chosen.arguments), np.empty(len(counting), np.int8)
            kernel.first_and_last(entries, chosen.weights, self._counts[call], changed)
            weights[counting] = changed
            self._drop_unused(entries)
        return rows.with_weights(weights)

    def _enter(self, slots: Int64s, values: Sequence[pa.Array]) -> Int64s:
        entries, new = self._bags.enter(slots, values)
        if len(new):
            self._counts.reserve(self._bags.index.slots_used)
        return entries

    def _add(self, call: int, slots: Int64s, values: Sequence[pa.Array], counts: Int64s) -> Int64s:
        """How often each value is there after its ``counts`` were added."""
        after = np.empty(len(slots), np.int64)
        if len(slots):
            entries = self._enter(slots, values)
            kernel.add_counts(entries, counts, self._counts[call], after)
            self._drop_unused(entries)
        return after

    def _entries_of(self, call: int, slots: Int64s) -> tuple[Int64s, Int64s]:
        positions, entries = self._bags.entries_of(slots)
        counted = self._counts[call][entries] != 0
        return positions[counted], entries[counted]

    def _drop_unused(self, entries: Int64s) -> None:
        unused = np.ones(len(entries), np.bool_)
        for counts in self._counts.arrays:
            unused &= counts[entries] == 0
        if unused.any():
            self._bags.sweep(np.unique(entries[unused]))


class DistinctAccumulator(Accumulator):
    """Wraps the accumulator of the call without DISTINCT. State: the values counted, and that of ``inner``.

    NULL is a value here; the inner accumulator may ignore it. The inner state depends on the order of rows too, so it
    is stored, not derived.
    """

    def __init__(self, inner: Accumulator, values: DistinctValues, call: int = 0) -> None:
        """``call``: the number of this call among those that share ``values``."""
        self._inner = inner
        self._values = values
        self._call = call

    @property
    def nbytes(self) -> int:
        return self._inner.nbytes + (self._values.nbytes if self._call == 0 else 0)

    def reserve(self, slots: int) -> None:
        self._values.reserve(slots)
        self._inner.reserve(slots)

    def update(self, rows: AggregateRows) -> None:
        self._inner.update(self._values.first_and_last(self._call, rows))

    def running(self, rows: AggregateRows) -> pa.Array:
        return self._inner.running(self._values.first_and_last(self._call, rows))

    @property
    def runs_cheaply(self) -> bool:
        return self._inner.runs_cheaply

    def value(self, slots: Int64s) -> pa.Array:
        return self._inner.value(slots)

    def merge(self, into: Int64s, slots: Int64s) -> None:
        self._inner.update(self._values.merge(self._call, into, slots))

    def reset(self, slots: Int64s) -> None:
        self._values.reset(self._call, slots)
        self._inner.reset(slots)

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return [*self._values.snapshot(self._call, slots), *self._inner.snapshot(slots)]

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        self._values.restore(self._call, slots, columns[: self._values.width])
        self._inner.restore(slots, columns[self._values.width :])
