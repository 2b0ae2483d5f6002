"""Aggregates that depend on the order of values: FIRST_VALUE, LAST_VALUE, LISTAGG, ARRAY_AGG, SINGLE_VALUE.

All keep the sequence of a group's values. A value taken back is the earliest equal one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.errors import DataError
from sqlstream.functions.accumulators.accumulator import Accumulator, AggregateRows
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.kernels import sequences as kernel
from sqlstream.kernels.bags import chained_entries
from sqlstream.types.arrow import to_arrow
from sqlstream.types.logical import LogicalType

_MIN_NODES_TO_COMPACT = 4096
_NOTHING = np.zeros(0, np.int64)


class SequenceAccumulator(Accumulator):
    """State: for each group its values in the order they came, equal ones of a group stored once."""

    keeps_nulls = False

    def __init__(self, arguments: tuple[LogicalType, ...], result: LogicalType, retracting: bool) -> None:
        self._type = to_arrow(result)
        self._value_type = to_arrow(arguments[0])
        self._clear(0)

    def _clear(self, slots: int) -> None:
        self._index = KeyIndex([pa.int64(), self._value_type])
        self._ends = SlotArrays(np.int64, np.int64, fill=-1)
        self._ends.reserve(slots)
        self._queues = SlotArrays(np.int64, np.int64, fill=-1)
        self._nodes = SlotArrays(np.int64, np.int64, np.int64, np.int64, fill=-1)
        self._next_node = 0
        self._removed = 0

    @property
    def nbytes(self) -> int:
        return sum(part.nbytes for part in (self._index, self._ends, self._queues, self._nodes))

    def reserve(self, slots: int) -> None:
        self._ends.reserve(slots)

    def update(self, rows: AggregateRows) -> None:
        entries = self._apply(self._counted(rows), emit=False)[2]
        self._sweep(entries)

    def merge(self, into: Int64s, slots: Int64s) -> None:
        positions, values = self._sequences(slots)
        self._apply(AggregateRows(into[positions], (values,), np.ones(len(positions), np.int8)), emit=False)

    def _counted(self, rows: AggregateRows) -> AggregateRows:
        return rows if self.keeps_nulls else rows.without_nulls()

    def reset(self, slots: Int64s) -> None:
        _, nodes = self._node_numbers(slots)
        entries = np.unique(self._nodes[3][nodes])
        self._queues.reset(entries)
        self._index.remove(entries)
        self._removed += len(nodes)
        self._ends.reset(slots)

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return [self._lists(slots)]

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        repeated = np.repeat(slots, np.asarray(columns[0].value_lengths()))
        self._apply(AggregateRows(repeated, (columns[0].flatten(),), np.ones(len(repeated), np.int8)), emit=False)

    def _apply(self, rows: AggregateRows, emit: bool) -> tuple[Int64s, Int64s, Int64s]:
        """Change the sequences. Returns, with ``emit``, the first and the last node of each row's group after it; and
        the entries of the rows that count."""
        counting = np.flatnonzero(rows.weights)
        entries = np.full(len(rows), -1, np.int64)
        if len(counting):
            chosen = rows.take(counting)
            entries[counting], new = self._index.upsert_new([pa.array(chosen.slots), chosen.arguments[0]])
            self._queues.reserve(self._index.slots_used)
            self._queues.reset(new)
        self._nodes.reserve(self._next_node + len(counting))
        first, last = (np.empty(len(rows) if emit else 0, np.int64) for _ in range(2))
        heads, tails = self._ends.arrays
        queue_heads, queue_tails = self._queues.arrays
        following, preceding, queued, entry_of = self._nodes.arrays
        self._next_node = kernel.change_sequences(
            rows.slots, entries, rows.weights, self._next_node, heads, tails, queue_heads, queue_tails,
            following, preceding, queued, entry_of, first, last,
        )  # fmt: skip
        self._removed += int((rows.weights < 0).sum())
        return first, last, entries[counting]

    def _sweep(self, touched: Int64s) -> None:
        """Drop entries that no node has any more, and number the nodes anew when most of them have been taken out."""
        unused = np.unique(touched[self._queues[0][touched] < 0])
        self._index.remove(unused)
        if self._next_node < _MIN_NODES_TO_COMPACT or 2 * self._removed <= self._next_node:
            return
        slots = np.arange(len(self._ends[0]))
        lists = self._lists(slots)
        self._clear(len(slots))
        self.restore(slots, [lists])

    def _node_numbers(self, slots: Int64s) -> tuple[Int64s, Int64s]:
        positions, nodes = chained_entries(slots, self._ends[0], self._nodes[0])
        return positions, nodes

    def _values_at(self, nodes: Int64s) -> pa.Array:
        """The value of each node; NULL for -1."""
        present = nodes >= 0
        values = self._index.keys(self._nodes[3][nodes[present]])[1]
        return values if present.all() else values.take(pa.array(np.cumsum(present) - 1, mask=~present))

    def _sequences(self, slots: Int64s) -> tuple[Int64s, pa.Array]:
        """(position in ``slots``, ascending; value) of every value, in order."""
        positions, nodes = self._node_numbers(slots)
        return positions, self._values_at(nodes)

    def _lists(self, slots: Int64s) -> pa.Array:
        positions, values = self._sequences(slots)
        offsets = np.searchsorted(positions, np.arange(len(slots) + 1)).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), values)


class EndOfSequence(SequenceAccumulator):
    """FIRST_VALUE, or LAST_VALUE, where rows may be taken back."""

    def __init__(self, arguments: tuple[LogicalType, ...], result: LogicalType, last: bool) -> None:
        super().__init__(arguments, result, True)
        self._last = last

    def running(self, rows: AggregateRows) -> pa.Array:
        *ends, entries = self._apply(self._counted(rows), emit=True)
        values = self._values_at(ends[int(self._last)])
        self._sweep(entries)
        return values

    def value(self, slots: Int64s) -> pa.Array:
        return self._values_at(self._ends[int(self._last)][slots])


class ArrayAggregate(SequenceAccumulator):
    """ARRAY_AGG: NULL elements stay; NULL for a group without rows."""

    keeps_nulls = True

    def value(self, slots: Int64s) -> pa.Array:
        return _null_if_empty(self._lists(slots), self._type)


class ListAggregate(SequenceAccumulator):
    """LISTAGG: the separator is a constant argument, known from the first row on."""

    _separator: str | None = None

    def _counted(self, rows: AggregateRows) -> AggregateRows:
        if len(rows.arguments) > 1 and len(rows) and self._separator is None:
            self._separator = rows.arguments[1][0].as_py()
        return rows.without_nulls()

    def value(self, slots: Int64s) -> pa.Array:
        lists = _null_if_empty(self._lists(slots), pa.list_(pa.string()))
        return pc.binary_join(lists, "," if self._separator is None else self._separator)

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return [*super().snapshot(slots), pa.array([self._separator], pa.string()).take(pa.array(np.zeros_like(slots)))]

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        super().restore(slots, columns[:1])
        if len(columns) > 1 and len(slots):
            self._separator = columns[1][0].as_py()


class SingleValue(SequenceAccumulator):
    """SINGLE_VALUE: the one value of a scalar sub-query; DataError for more than one."""

    keeps_nulls = True

    def value(self, slots: Int64s) -> pa.Array:
        heads, tails = (ends[slots] for ends in self._ends.arrays)
        if (heads != tails).any():
            raise DataError(
                "A scalar sub-query returned more than one row.", hint="Aggregate it, or add a condition on a key."
            )
        return self._values_at(heads)


def _null_if_empty(lists: pa.Array, type_: pa.DataType) -> pa.Array:
    empty = np.asarray(lists.value_lengths()) == 0
    return pa.ListArray.from_arrays(lists.offsets, lists.values, mask=pa.array(empty)).cast(type_)
