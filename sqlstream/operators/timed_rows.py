"""Rows by join key, each for a time: what an interval join keeps of one input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Rows
from sqlstream.columnar.elements import MAX_TIMESTAMP
from sqlstream.columnar.event_time import event_times
from sqlstream.operators.base import OperatorContext
from sqlstream.state.row_store import RowStore
from sqlstream.state.snapshot import KeyGroupRange, StateChunk


class TimedRows:
    """``time_column`` says when a row was. Rows are dropped by time; ``slack``: as many ms may pass before it is worth
    looking for them."""

    def __init__(
        self,
        table: str,
        schema: pa.Schema,
        keys: Sequence[int],
        time_column: int,
        slack: int,
        context: OperatorContext,
    ) -> None:
        managed = context.managed_state
        self._store = RowStore(schema, keys, table, None if managed is None else managed.open())
        self._time_column, self._slack = time_column, slack
        self._times = np.zeros(0, np.int64)
        self._earliest = MAX_TIMESTAMP

    def __len__(self) -> int:
        return len(self._store)

    @property
    def next_drop(self) -> int:
        """The lowest time to call :meth:`drop` with; MAX_TIMESTAMP if there are no rows."""
        return min(self._earliest + self._slack, MAX_TIMESTAMP)

    def append(self, data: pa.RecordBatch) -> None:
        """Add rows."""
        if data.num_rows:
            self._timed(self._store.append(data), event_times(data.column(self._time_column)))

    def matches(self, keys: Sequence[pa.Array], num_rows: int, limit: int) -> Iterator[tuple[Rows, Rows]]:
        """All pairs (index into ``keys``, number of a row with that key), in portions of about ``limit``."""
        return self._store.matches(keys, num_rows, limit)

    def times(self, rows: Rows) -> Int64s:
        """When these rows were, in ms."""
        return self._times[rows]

    def gather(self, rows: Rows) -> pa.RecordBatch:
        """The rows with these numbers, in this order."""
        return self._store.gather(rows)

    def take(self, rows: Rows) -> pa.RecordBatch:
        """As :meth:`gather`, for distinct rows, which are there no longer."""
        data = self._store.gather(rows)
        self._store.discard(rows)
        return data

    def drop(self, until: int) -> Rows:
        """Drop the rows of ``until`` and before. Their numbers are good for :meth:`gather` until :meth:`compact`."""
        rows = self._store.live_rows()
        times = self._times[rows]
        gone = times <= until
        self._store.discard(rows[gone])
        self._earliest = int(times[~gone].min(initial=MAX_TIMESTAMP))
        return rows[gone]

    def compact(self) -> None:
        """Make room if most rows are gone."""
        before = self._store.compact()
        if before is not None:
            self._times = self._times[before]

    def snapshot(self, max_parallelism: int) -> list[StateChunk]:
        """All rows."""
        return self._store.snapshot(max_parallelism)

    def restore(self, chunks: Sequence[StateChunk], key_groups: KeyGroupRange) -> None:
        """Those rows of ``chunks`` that belong to ``key_groups``."""
        self._store.restore(chunks, key_groups)
        rows = self._store.live_rows()
        if len(rows):
            self._timed(0, event_times(self._store.gather(rows).column(self._time_column)))

    def close(self) -> None:
        self._store.close()

    def _timed(self, first: int, times: Int64s) -> None:
        end = first + len(times)
        if end > len(self._times):
            self._times = np.concatenate((self._times, np.zeros(max(end, 256), np.int64)))
        self._times[first:end] = times
        self._earliest = min(self._earliest, int(times.min()))
