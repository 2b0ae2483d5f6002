"""The aggregate calls of one operator, driven together: each sees the same groups, with its own arguments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch
from sqlstream.functions.accumulators.accumulator import AggregateRows, Weights
from sqlstream.plan.aggregate_state import make_accumulator
from sqlstream.plan.expressions import AggregateCall
from sqlstream.types.arrow import to_arrow
from sqlstream.types.schema import Schema


class AggregateCalls:
    """The accumulators of ``calls``. Values and state columns come in the order of the calls."""

    def __init__(self, calls: Sequence[AggregateCall], input: Schema, retracting: bool) -> None:
        self._calls = tuple(calls)
        self._types = [to_arrow(call.type) for call in calls]
        self._input, self._retracting = input, retracting
        self.clear()

    def clear(self) -> None:
        """Forget all groups and free their memory."""
        self._accumulators = [make_accumulator(call, self._input, self._retracting) for call in self._calls]

    @property
    def nbytes(self) -> int:
        return sum(accumulator.nbytes for accumulator in self._accumulators)

    def reserve(self, slots: int) -> None:
        for accumulator in self._accumulators:
            accumulator.reserve(slots)

    def update(self, batch: Batch, slots: Int64s, signs: Weights) -> None:
        """Let the rows of ``batch``, row ``i`` of group ``slots[i]``, change their groups."""
        for call, accumulator in zip(self._calls, self._accumulators, strict=True):
            accumulator.update(_rows(call, batch, slots, signs))

    def running(self, batch: Batch, slots: Int64s, signs: Weights) -> list[pa.Array]:
        """As :meth:`update`, and the values of each row's group after it."""
        return [
            accumulator.running(_rows(call, batch, slots, signs)).cast(type_)
            for call, accumulator, type_ in zip(self._calls, self._accumulators, self._types, strict=True)
        ]

    def values(self, slots: Int64s) -> list[pa.Array]:
        """The values of ``slots``."""
        return [
            accumulator.value(slots).cast(type_)
            for accumulator, type_ in zip(self._accumulators, self._types, strict=True)
        ]

    def merge(self, into: Int64s, slots: Int64s) -> None:
        """Add the groups ``slots`` to the groups ``into``, pair by pair."""
        for accumulator in self._accumulators:
            accumulator.merge(into, slots)

    def merge_columns(self, into: Int64s, columns: Sequence[pa.Array], first_spare: int) -> None:
        """Add what :meth:`snapshot` gave elsewhere to the groups ``into``, row by row. No group has a slot from
        ``first_spare`` on."""
        spares = np.arange(first_spare, first_spare + len(into))
        self.reserve(first_spare + len(into))
        self.restore(spares, columns)
        self.merge(into, spares)
        self.reset(spares)

    def reset(self, slots: Int64s) -> None:
        """Make ``slots`` empty groups."""
        for accumulator in self._accumulators:
            accumulator.reset(slots)

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return [column for accumulator in self._accumulators for column in accumulator.snapshot(slots)]

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        """Put what :meth:`snapshot` gave into distinct, empty ``slots``."""
        at, nothing = 0, np.zeros(0, np.int64)
        for accumulator in self._accumulators:
            width = len(accumulator.snapshot(nothing))
            accumulator.restore(slots, columns[at : at + width])
            at += width


def _rows(call: AggregateCall, batch: Batch, slots: Int64s, signs: Weights) -> AggregateRows:
    if call.filter is not None:
        passed = np.asarray(batch.column(call.filter).fill_null(False))
        signs = np.where(passed, signs, np.int8(0))
    return AggregateRows(slots, tuple(batch.column(column) for column in call.args), signs)
