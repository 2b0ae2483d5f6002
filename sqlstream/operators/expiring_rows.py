"""A bag of rows, each of which is forgotten some time after it came."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Rows
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.operators.base import OperatorContext
from sqlstream.operators.environment import clock_of
from sqlstream.operators.time_to_live import pause_between_sweeps
from sqlstream.state.row_store import RowStore
from sqlstream.state.snapshot import KeyGroupRange, StateChunk

_WRITTEN = pa.field("__written", pa.int64())


_SEGMENTS = 1000
"""That a row's life is cut into: it may last longer by one."""


@dataclass(slots=True)
class _Segment:
    """Rows ``first`` to ``end``, that came from ``since`` to ``written``."""

    since: int
    written: int
    first: int
    end: int


class ExpiringRows:
    """A :class:`~sqlstream.state.row_store.RowStore` whose rows live for ``ttl`` ms; 0, for ever, costs nothing.

    When a row came is a column of what is stored. What has expired is never seen again: it is dropped before rows are
    looked up, and from time to time.
    """

    def __init__(
        self,
        schema: pa.Schema,
        keys: Sequence[int],
        table: str,
        ttl: int,
        context: OperatorContext,
        unique: Sequence[int] | None = None,
    ) -> None:
        managed = context.managed_state
        space = None if managed is None else managed.open()
        self._schema, self._ttl, self._clock = schema, ttl, clock_of(context)
        if ttl and unique is None:
            unique = range(len(schema))
        self._store = RowStore(schema.append(_WRITTEN) if ttl else schema, keys, table, space, unique)
        self._segments: deque[_Segment] = deque()
        """The oldest first."""
        self._next_sweep = self._clock() + pause_between_sweeps(ttl) if ttl else None

    def __len__(self) -> int:
        return len(self._store)

    def append(self, data: pa.RecordBatch) -> int:
        """As the store has it."""
        if not self._ttl:
            return self._store.append(data)
        now = self._clock()
        written = pa.array(np.full(data.num_rows, now, np.int64))
        first = self._store.append(
            build_record_batch([*data.columns, written], self._schema.append(_WRITTEN), data.num_rows)
        )
        end = first + data.num_rows
        latest = self._segments[-1] if self._segments else None
        if latest is not None and latest.end == first and now <= latest.since + self._ttl // _SEGMENTS:
            latest.written, latest.end = now, end
        else:
            self._segments.append(_Segment(now, now, first, end))
        return first

    def remove(self, data: pa.RecordBatch) -> Rows:
        """As the store has it."""
        self._expire()
        return self._store.remove(data)

    def matches(self, keys: Sequence[pa.Array], num_rows: int, limit: int) -> Iterator[tuple[Rows, Rows]]:
        """As the store has it."""
        self._expire()
        return self._store.matches(keys, num_rows, limit)

    def counts(self, keys: Sequence[pa.Array], num_rows: int) -> Rows:
        """As the store has it."""
        self._expire()
        return self._store.counts(keys, num_rows)

    def gather(self, rows: Rows) -> pa.RecordBatch:
        """As the store has it."""
        data = self._store.gather(rows)
        return data.select(range(len(self._schema))) if self._ttl else data

    def live_rows(self) -> Rows:
        """As the store has it."""
        return self._store.live_rows()

    def compact(self) -> Rows | None:
        """As the store has it."""
        before = self._store.compact()
        if before is not None and self._ttl:
            for segment in self._segments:
                segment.first, segment.end = np.searchsorted(before, (segment.first, segment.end)).tolist()
        return before

    def next_timer(self) -> int | None:
        """When to call :meth:`sweep`."""
        return self._next_sweep

    def sweep(self, now: int) -> None:
        """Drop what has expired."""
        if self._next_sweep is not None and now >= self._next_sweep:
            self._next_sweep = now + pause_between_sweeps(self._ttl)
            self._expire()

    def snapshot(self, max_parallelism: int) -> list[StateChunk]:
        """As the store has it."""
        return self._store.snapshot(max_parallelism)

    def restore(self, chunks: Sequence[StateChunk], key_groups: KeyGroupRange) -> None:
        """As the store has it."""
        self._store.restore(chunks, key_groups)
        rows = self._store.live_rows()
        if not self._ttl or not len(rows):
            return
        written = self._store.gather(rows).column(len(self._schema)).to_numpy()
        starts = np.flatnonzero(np.diff(written, prepend=np.int64(-1))).tolist()
        segments = [
            _Segment(int(written[start]), int(written[start]), int(rows[start]), int(rows[end - 1]) + 1)
            for start, end in zip(starts, [*starts[1:], len(rows)], strict=True)
        ]
        self._segments = deque(sorted(segments, key=lambda segment: segment.written))

    def close(self) -> None:
        """As the store has it."""
        self._store.close()

    def _expire(self) -> None:
        """Forget the rows that came ``ttl`` ms ago or earlier."""
        latest = self._clock() - self._ttl
        if not self._segments or self._segments[0].written > latest:
            return
        live = self._store.live_rows()
        while self._segments and self._segments[0].written <= latest:
            segment = self._segments.popleft()
            first, end = np.searchsorted(live, (segment.first, segment.end))
            self._store.discard(live[first:end])
