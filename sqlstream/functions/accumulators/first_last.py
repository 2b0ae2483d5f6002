"""FIRST_VALUE and LAST_VALUE: of the values that are not NULL, the one that came first or last."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sqlstream.functions.accumulators.accumulator import Accumulator, AggregateRows
from sqlstream.functions.accumulators.kept_value import KeptValue
from sqlstream.functions.accumulators.sequence import EndOfSequence
from sqlstream.kernels.running import latest_row
from sqlstream.types.arrow import to_arrow
from sqlstream.types.logical import LogicalType


class FirstOrLast(KeptValue):
    """Over rows that are never taken back. Keeps the first or the last."""

    def __init__(self, type_: pa.DataType, last: bool) -> None:
        super().__init__(type_)
        self._last = last

    def keep(self, rows: AggregateRows, emit: bool) -> pa.Array:
        rows = rows.without_nulls()
        touched = self.touched.find(rows.slots, len(self.present[0]))
        groups = len(touched.distinct)
        before = self.value(touched.distinct)
        had = self.present[0][touched.distinct]
        current = np.where(had, -2 - np.arange(groups), -1)
        out = np.empty(len(rows) if emit else 0, np.int64)
        latest_row(touched.group, rows.weights, not self._last, current, out)
        changed = np.flatnonzero(current >= 0)
        slots = touched.distinct[changed]
        self.values.put(slots, rows.arguments[0].take(pa.array(current[changed])).cast(self.type))
        self.present[0][slots] = True
        candidates = pa.concat_arrays([rows.arguments[0].cast(self.type), before])
        source = np.where(out < -1, len(rows) - 2 - out, out)
        return candidates.take(pa.array(np.maximum(source, 0), mask=out == -1))


def _accumulator(arguments: tuple[LogicalType, ...], result: LogicalType, retracting: bool, last: bool) -> Accumulator:
    if retracting:
        return EndOfSequence(arguments, result, last)
    return FirstOrLast(to_arrow(arguments[0]), last)


def first_value(arguments: tuple[LogicalType, ...], result: LogicalType, retracting: bool) -> Accumulator:
    return _accumulator(arguments, result, retracting, last=False)


def last_value(arguments: tuple[LogicalType, ...], result: LogicalType, retracting: bool) -> Accumulator:
    return _accumulator(arguments, result, retracting, last=True)
