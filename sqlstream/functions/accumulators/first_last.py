"""FIRST_VALUE and LAST_VALUE: of the values that are not NULL, the one that came first or last."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Int64s
from sqlstream.functions.accumulators.accumulator import Accumulator, AggregateRows
from sqlstream.functions.accumulators.sequence import EndOfSequence
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.functions.accumulators.slot_values import SlotValues
from sqlstream.functions.accumulators.touched import TouchedSlotFinder
from sqlstream.kernels.running import latest_row
from sqlstream.types.arrow import to_arrow
from sqlstream.types.logical import LogicalType


class FirstOrLast(Accumulator):
    """Over rows that are never taken back. State: the value."""

    def __init__(self, type_: pa.DataType, last: bool) -> None:
        self._type, self._last = type_, last
        self._present = SlotArrays(np.bool_)
        self._values = SlotValues(type_)
        self._touched = TouchedSlotFinder()

    @property
    def nbytes(self) -> int:
        return self._present.nbytes + self._values.nbytes

    def reserve(self, slots: int) -> None:
        self._present.reserve(slots)
        self._values.reserve(slots)

    def update(self, rows: AggregateRows) -> None:
        self._apply(rows, emit=False)

    def running(self, rows: AggregateRows) -> pa.Array:
        return self._apply(rows, emit=True)

    def _apply(self, rows: AggregateRows, emit: bool) -> pa.Array:
        rows = rows.without_nulls()
        touched = self._touched.find(rows.slots, len(self._present[0]))
        groups = len(touched.distinct)
        before = self.value(touched.distinct)
        had = self._present[0][touched.distinct]
        current = np.where(had, -2 - np.arange(groups), -1)
        out = np.empty(len(rows) if emit else 0, np.int64)
        latest_row(touched.group, rows.weights, not self._last, current, out)
        changed = np.flatnonzero(current >= 0)
        slots = touched.distinct[changed]
        self._values.put(slots, rows.arguments[0].take(pa.array(current[changed])).cast(self._type))
        self._present[0][slots] = True
        candidates = pa.concat_arrays([rows.arguments[0].cast(self._type), before])
        source = np.where(out < -1, len(rows) - 2 - out, out)
        return candidates.take(pa.array(np.maximum(source, 0), mask=out == -1))

    def value(self, slots: Int64s) -> pa.Array:
        return pc.if_else(pa.array(self._present[0][slots]), self._values.get(slots), pa.scalar(None, self._type))

    def merge(self, into: Int64s, slots: Int64s) -> None:
        self.update(AggregateRows(into, (self.value(slots),), self._present[0][slots].astype(np.int8)))

    def reset(self, slots: Int64s) -> None:
        self._present.reset(slots)
        self._values.reset(slots)

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return [self.value(slots)]

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        present = np.asarray(columns[0].is_valid())
        self._present[0][slots] = present
        self._values.put(slots[present], columns[0].drop_null())


def _accumulator(arguments: tuple[LogicalType, ...], result: LogicalType, retracting: bool, last: bool) -> Accumulator:
    if retracting:
        return EndOfSequence(arguments, result, last)
    return FirstOrLast(to_arrow(arguments[0]), last)


def first_value(arguments: tuple[LogicalType, ...], result: LogicalType, retracting: bool) -> Accumulator:
    return _accumulator(arguments, result, retracting, last=False)


def last_value(arguments: tuple[LogicalType, ...], result: LogicalType, retracting: bool) -> Accumulator:
    return _accumulator(arguments, result, retracting, last=True)
