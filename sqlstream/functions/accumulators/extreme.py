"""MIN and MAX over rows that are never taken back. See :mod:`.retracting_extreme` for those that are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.row_format import is_single_word, value_words, word_values
from sqlstream.functions.accumulators.accumulator import Accumulator, AggregateRows
from sqlstream.functions.accumulators.array_accumulator import ArrayAccumulator, Columns, outputs
from sqlstream.functions.accumulators.kept_value import KeptValue
from sqlstream.kernels import running
from sqlstream.types.arrow import to_arrow
from sqlstream.types.logical import LogicalType


class WordExtreme(ArrayAccumulator):
    """Of values that fit a word. State: the best word so far, and how many values it is the best of."""

    def __init__(self, type_: pa.DataType, greatest: bool) -> None:
        super().__init__(np.int64, np.int64)
        self._type, self._greatest = type_, greatest

    def apply(self, rows: AggregateRows, emit: bool) -> Columns:
        out = outputs(rows, emit, np.int64, np.int64)
        words, weights = value_words(rows.arguments[0]), rows.without_nulls().weights
        running.extreme_int64(rows.slots, words, weights, self._greatest, *self.state.arrays, *out)
        return out

    def current(self, slots: Int64s) -> Columns:
        return [array[slots] for array in self.state.arrays]

    def finish(self, columns: Columns) -> pa.Array:
        words, counts = columns
        nulls = counts == 0
        return word_values(np.where(nulls, 0, words), self._type, nulls)

    def merge(self, into: Int64s, slots: Int64s) -> None:
        best, counts = self.state.arrays
        present = np.sign(counts[slots]).astype(np.int8)
        nothing = np.zeros(0, np.int64)
        running.extreme_int64(into, best[slots], present, self._greatest, best, counts, nothing, nothing)


class RankedExtreme(KeptValue):
    """Of values of any comparable type: within a batch values are compared by rank. Keeps the best so far."""

    def __init__(self, type_: pa.DataType, greatest: bool) -> None:
        super().__init__(type_)
        self._greatest = greatest

    def keep(self, rows: AggregateRows, emit: bool) -> pa.Array:
        touched = self.touched.find(rows.slots, len(self.present[0]))
        before = self.value(touched.distinct)
        candidates = pa.concat_arrays([before, rows.arguments[0].cast(self.type)])
        ranks = np.asarray(pc.rank(candidates, tiebreaker="dense")).astype(np.int64)
        row_of_rank = np.zeros(int(ranks.max(initial=0)) + 1, np.int64)
        row_of_rank[ranks] = np.arange(len(ranks))
        groups = len(touched.distinct)
        best, counts = ranks[:groups].copy(), self.present[0][touched.distinct].astype(np.int64)
        out_best, out_counts = outputs(rows, emit, np.int64, np.int64)
        running.extreme_int64(
            touched.group, ranks[groups:], rows.without_nulls().weights, self._greatest, best, counts,
            out_best, out_counts,
        )  # fmt: skip
        found = counts > 0
        slots = touched.distinct[found]
        self.values.put(slots, candidates.take(pa.array(row_of_rank[best[found]])))
        self.present[0][slots] = True
        return candidates.take(pa.array(row_of_rank[np.where(out_counts > 0, out_best, 0)], mask=out_counts == 0))


def extreme(arguments: tuple[LogicalType, ...], greatest: bool, retracting: bool) -> Accumulator:
    """MIN, or MAX if ``greatest``; NULL for a group without values."""
    type_ = to_arrow(arguments[0])
    if retracting:
        from sqlstream.functions.accumulators.retracting_extreme import RetractingExtreme

        return RetractingExtreme(type_, greatest)
    return WordExtreme(type_, greatest) if is_single_word(type_) else RankedExtreme(type_, greatest)


def min_accumulator(arguments: tuple[LogicalType, ...], result: LogicalType, retracting: bool) -> Accumulator:
    return extreme(arguments, False, retracting)


def max_accumulator(arguments: tuple[LogicalType, ...], result: LogicalType, retracting: bool) -> Accumulator:
    return extreme(arguments, True, retracting)
