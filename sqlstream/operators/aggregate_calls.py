"""The aggregate calls of one operator, driven together: each sees the same groups, with its own arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch
from sqlstream.functions.accumulators.accumulator import AggregateRows, Weights
from sqlstream.functions.accumulators.distinct import DistinctAccumulator, DistinctValues
from sqlstream.plan.aggregate_state import distinct_values, plain_accumulator
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
        self._distinct = self._distinct_values()
        numbers = {arguments: count() for arguments in self._distinct}
        self._accumulators = []
        for call in self._calls:
            accumulator = plain_accumulator(call, self._input, self._retracting)
            if call.distinct:
                values = self._distinct[call.args]
                accumulator = DistinctAccumulator(accumulator, values, next(numbers[call.args]))
            self._accumulators.append(accumulator)

    @property
    def nbytes(self) -> int:
        return sum(accumulator.nbytes for accumulator in self._accumulators)

    def reserve(self, slots: int) -> None:
        for accumulator in self._accumulators:
            accumulator.reserve(slots)

    def update(self, batch: Batch, slots: Int64s, signs: Weights) -> None:
        """Let the rows of ``batch``, row ``i`` of group ``slots[i]``, change their groups."""
        with self._sharing():
            passed = _Filters(batch, signs)
            for call, accumulator in zip(self._calls, self._accumulators, strict=True):
                accumulator.update(passed.rows(call, slots))

    def running(self, batch: Batch, slots: Int64s, signs: Weights) -> list[pa.Array]:
        """As :meth:`update`, and the values of each row's group after it."""
        with self._sharing():
            passed = _Filters(batch, signs)
            return [
                accumulator.running(passed.rows(call, slots)).cast(type_)
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

    def _distinct_values(self) -> dict[tuple[int, ...], DistinctValues]:
        """One for all DISTINCT calls with the same arguments."""
        calls: dict[tuple[int, ...], list[AggregateCall]] = {}
        for call in self._calls:
            if call.distinct:
                calls.setdefault(call.args, []).append(call)
        return {args: distinct_values(sharing[0], self._input, len(sharing)) for args, sharing in calls.items()}

    @contextmanager
    def _sharing(self) -> Iterator[None]:
        """The same rows go to all calls."""
        for values in self._distinct.values():
            values.begin()
        yield
        for values in self._distinct.values():
            values.end()


class _Filters:
    """Which rows of a batch count for a call; each filter is looked at once."""

    def __init__(self, batch: Batch, signs: Weights) -> None:
        self._batch = batch
        self._weights: dict[int | None, Weights] = {None: signs}

    def rows(self, call: AggregateCall, slots: Int64s) -> AggregateRows:
        """The rows as ``call`` sees them."""
        if call.filter is not None and call.filter not in self._weights:
            passed = np.asarray(self._batch.column(call.filter).fill_null(False))
            self._weights[call.filter] = np.where(passed, self._weights[None], np.int8(0))
        arguments = tuple(self._batch.column(column) for column in call.args)
        return AggregateRows(slots, arguments, self._weights[call.filter])
