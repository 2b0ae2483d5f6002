"""Window functions whose frames begin with the partition, over rows that come in order: values of everything so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.functions.registry import AggregateFunction, lookup
from sqlstream.operators.aggregate_calls import AggregateCalls
from sqlstream.operators.base import OperatorContext
from sqlstream.operators.group_table import open_table
from sqlstream.operators.over_rows import Spans
from sqlstream.plan.physical import FrameUnit, OverWindow
from sqlstream.state.snapshot import OperatorSnapshot, StateChunk
from sqlstream.types.arrow import to_arrow
from sqlstream.types.schema import Schema

_TABLE = "running"


class RunningState:
    """By key: how many rows there were, at how many different times, and the accumulators."""

    def __init__(self, calls: AggregateCalls) -> None:
        self._calls = calls
        self._numbers = SlotArrays(np.int64, np.int64)

    @property
    def rows(self) -> Int64s:
        return self._numbers[0]

    @property
    def times(self) -> Int64s:
        return self._numbers[1]

    @property
    def nbytes(self) -> int:
        return self._numbers.nbytes + self._calls.nbytes

    def reserve(self, slots: int) -> None:
        self._numbers.reserve(slots)
        self._calls.reserve(slots)

    def reset(self, slots: Int64s) -> None:
        self._numbers.reset(slots)
        self._calls.reset(slots)

    def clear(self) -> None:
        self._numbers.clear()
        self._calls.clear()

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return [*self._numbers.snapshot(slots), *self._calls.snapshot(slots)]

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        self._numbers.restore(slots, columns[:2])
        self._calls.restore(slots, columns[2:])


class RunningValues:
    """The keyed table of :class:`RunningState`, and the values of a window's calls. It is never emptied."""

    def __init__(self, partition: Sequence[int], window: OverWindow, input: Schema, context: OperatorContext) -> None:
        self._partition, self._window = tuple(partition), window
        self._aggregates = [call for call in window.calls if isinstance(lookup(call.function), AggregateFunction)]
        self._calls = AggregateCalls(self._aggregates, input, False)
        self._state = RunningState(self._calls)
        self._table = open_table(_TABLE, [to_arrow(input[key].type) for key in partition], self._state, context)
        self._key_groups = context.key_groups

    def evaluate(self, batch: Batch, times: Int64s) -> dict[str, pa.Array]:
        """The values of the calls by name, for rows that are in the order of ``times`` and no earlier than any before.

        In a RANGE frame rows of the same time see each other.
        """
        slots = self._table.upsert([batch.column(key) for key in self._partition], batch.num_rows)
        values = self._calls.running(batch, slots, batch.signs())
        rows = _KeyedRows(slots, times, self._state)
        if self._window.frame.unit is FrameUnit.RANGE:
            values = [column.take(pa.array(rows.last_equal)) for column in values]
        named = {call.name: column for call, column in zip(self._aggregates, values, strict=True)}
        for call in self._window.calls:
            if call.function in _RANKS:
                named[call.name] = pa.array(_RANKS[call.function](rows))
        rows.count()
        self._table.changed(slots)
        self._table.settle()
        return named

    def snapshot(self) -> tuple[StateChunk, ...]:
        return self._table.snapshot()

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._table.restore(snapshots, self._key_groups)

    def close(self) -> None:
        self._table.close()


class _KeyedRows:
    """Rows of a batch by key. All arrays are by row of the batch."""

    def __init__(self, slots: Int64s, times: Int64s, state: RunningState) -> None:
        self._slots, self._state = slots, state
        self._order = np.argsort(slots, kind="stable")
        ordered, ordered_times = slots[self._order], times[self._order]
        new = np.ones(len(slots), np.bool_)
        new[1:] = ordered[1:] != ordered[:-1]
        self._keys = Spans.starting_at(new)
        new = new.copy()
        new[1:] |= ordered_times[1:] != ordered_times[:-1]
        self._peers = Spans.starting_at(new)

    @property
    def last_equal(self) -> Int64s:
        """The last row of the same key and time."""
        return self._by_row(self._order[self._peers.end - 1])

    def row_number(self) -> Int64s:
        return self._state.rows[self._slots] + self._by_row(np.arange(len(self._order)) - self._keys.first) + 1

    def rank(self) -> Int64s:
        return self._state.rows[self._slots] + self._by_row(self._peers.first - self._keys.first) + 1

    def dense_rank(self) -> Int64s:
        peers = self._peers.of_row
        return self._state.times[self._slots] + self._by_row(peers - peers[self._keys.first]) + 1

    def count(self) -> None:
        """Add the rows to the state."""
        np.add.at(self._state.rows, self._slots, 1)
        first_equal = self._order[self._peers.first == np.arange(len(self._order))]
        np.add.at(self._state.times, self._slots[first_equal], 1)

    def _by_row(self, by_place: Int64s) -> Int64s:
        values = np.empty(len(by_place), np.int64)
        values[self._order] = by_place
        return values


_RANKS: dict[str, Callable[[_KeyedRows], Int64s]] = {
    "ROW_NUMBER": _KeyedRows.row_number,
    "RANK": _KeyedRows.rank,
    "DENSE_RANK": _KeyedRows.dense_rank,
}
