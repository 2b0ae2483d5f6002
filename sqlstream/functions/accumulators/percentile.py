"""PERCENTILE: the exact percentile, interpolated linearly between the two nearest values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar import array_values as av
from sqlstream.columnar.array_values import Int64s
from sqlstream.functions.accumulators.accumulator import Accumulator, AggregateRows
from sqlstream.functions.accumulators.bags import SlotBags
from sqlstream.types.arrow import to_arrow
from sqlstream.types.logical import ArrayType, LogicalType

_UNKNOWN = np.zeros(0, np.float64)


class PercentileAccumulator(Accumulator):
    """State: the bag of values, as doubles. The fractions are a constant argument, known from the first row on."""

    def __init__(self, arguments: tuple[LogicalType, ...], result: LogicalType, retracting: bool) -> None:
        self._bags = SlotBags([pa.float64()])
        self._type = to_arrow(result)
        self._many = isinstance(arguments[1], ArrayType)
        self._weighted = len(arguments) > 2
        self._fractions: npt.NDArray[np.float64] = _UNKNOWN

    @property
    def nbytes(self) -> int:
        return self._bags.nbytes

    def reserve(self, slots: int) -> None:
        self._bags.reserve(slots)

    def update(self, rows: AggregateRows) -> None:
        rows = rows.without_nulls().counting()
        if not len(rows):
            return
        if not len(self._fractions):
            constant = rows.arguments[1][:1]
            self._fractions = av.float64_values(constant.flatten() if self._many else constant)
        values = pa.array(av.float64_values(rows.arguments[0]))
        weights = rows.weights.astype(np.int64)
        if self._weighted:
            weights = weights * av.int64_values(rows.arguments[2])
        self._bags.add(rows.slots, [values], weights)

    def value(self, slots: Int64s) -> pa.Array:
        positions, entries = self._bags.entries_of(slots)
        values, counts = av.float64_values(self._bags.values_of(entries)[0]), self._bags.counts[entries]
        order = np.lexsort((values, positions))
        order = order[counts[order] > 0]
        values, positions = values[order], positions[order]
        ends = np.cumsum(counts[order])
        totals = np.bincount(positions, weights=counts[order], minlength=len(slots)).astype(np.int64)
        before = np.cumsum(totals) - totals
        empty = totals == 0
        columns = [self._at(fraction, values, ends, totals, before, empty) for fraction in self._fractions]
        if not self._many:
            column = columns[0] if columns else np.zeros(len(slots))
            return pa.array(column, mask=empty).cast(self._type)
        flat = np.column_stack(columns).reshape(-1) if columns else _UNKNOWN
        offsets = np.arange(len(slots) + 1, dtype=np.int32) * len(columns)
        lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat), mask=pa.array(empty))
        return lists.cast(self._type)

    def _at(
        self, fraction: float, values: npt.NDArray[np.float64], ends: Int64s, totals: Int64s, before: Int64s,
        empty: npt.NDArray[np.bool_],
    ) -> npt.NDArray[np.float64]:  # fmt: skip
        """The percentile of each group; ``ends`` counts values up to and with each distinct one, over all groups."""
        if not len(values):
            return np.zeros(len(totals))
        position = fraction * (totals - 1) + 1.0
        lower = np.floor(position).astype(np.int64)
        upper = np.minimum(lower + 1, totals)
        last = len(values) - 1
        low = values[np.minimum(np.searchsorted(ends, before + lower), last)]
        high = values[np.minimum(np.searchsorted(ends, before + upper), last)]
        between = (lower + 1.0 - position) * low + (position - lower) * high
        return np.where(empty, 0.0, np.where(low == high, low, between))

    def merge(self, into: Int64s, slots: Int64s) -> None:
        self._bags.merge(into, slots)

    def reset(self, slots: Int64s) -> None:
        self._bags.reset(slots)

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        offsets = np.arange(len(slots) + 1, dtype=np.int32) * len(self._fractions)
        fractions = pa.ListArray.from_arrays(pa.array(offsets), pa.array(np.tile(self._fractions, len(slots))))
        return [fractions, *self._bags.snapshot(slots)]

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        flat = columns[0].flatten()
        if len(flat):
            known = int(np.asarray(columns[0].value_lengths()).max())
            self._fractions = av.float64_values(flat)[:known].copy()
        self._bags.restore(slots, columns[1:])
