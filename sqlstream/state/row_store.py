"""A bag of rows that can be looked up by key and taken back: one side of a join."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Mask, Rows
from sqlstream.columnar.keys import KeyGroups, key_groups_of
from sqlstream.state.disk import DiskSpace
from sqlstream.state.row_chains import RowChains
from sqlstream.state.row_chunks import Chunk, RowChunks
from sqlstream.state.row_removals import RowRemovals
from sqlstream.state.snapshot import KEY_GROUP_COLUMN, KeyGroupRange, StateChunk

_MIN_ROWS_TO_COMPACT = 4096
_LEAST_SHARE_OF_ROWS = 8


@dataclass(slots=True)
class _Sealed:
    """A stored chunk and the ``num_rows`` in it. ``numbers``: the number there of each row of the chunk in the store,
    None if they are the same. ``live``: the rows of the chunk in the store that are in it, less those that are known to
    be removed."""

    chunk: StateChunk
    num_rows: int
    numbers: Rows | None
    live: Mask


class RowStore:
    """Rows of one schema, equal ones counted. Row numbers are valid until :meth:`compact` says otherwise.

    The rows themselves never change; a removed row is dead until compaction drops it. Rows are found by value only
    once something is removed, so an append-only side pays nothing for it. With ``space`` the rows are on disk when they
    are too many; what finds them is in memory.
    """

    def __init__(self, schema: pa.Schema, keys: Sequence[int], table: str, space: DiskSpace | None = None) -> None:
        self._schema = schema
        self._keys = tuple(keys)
        self._table = table
        self._space = space
        self._removals = RowRemovals(table)
        self._clear()

    def _clear(self) -> None:
        self._chunks = RowChunks(self._schema, self._space)
        self._by_key = RowChains([self._schema.field(key).type for key in self._keys])
        self._by_value: RowChains | None = None
        self._live: Mask = np.zeros(0, np.bool_)
        self._num_dead = 0
        self._sealed: dict[str, _Sealed] = {}

    def __len__(self) -> int:
        """Live rows."""
        return len(self._chunks) - self._num_dead

    def append(self, data: pa.RecordBatch) -> None:
        """Add rows."""
        self._enter(data)
        self._chunks.append(data)
        self._fit()

    def remove(self, data: pa.RecordBatch) -> Rows:
        """Take back one equal row for each of ``data``'s, the oldest first: their numbers, -1 where there is none."""
        if self._by_value is None:
            self._by_value = self._index_values()
        rows = self._by_value.pop(data.columns, data.num_rows)
        found = rows[rows >= 0]
        self._by_key.remove(found)
        self._live[found] = False
        self._num_dead += len(found)
        return rows

    def matches(self, keys: Sequence[pa.Array], num_rows: int, limit: int) -> Iterator[tuple[Rows, Rows]]:
        """All pairs (index into ``keys``, live row with that key), in portions of about ``limit``."""
        return self._by_key.matches(keys, num_rows, limit)

    def gather(self, rows: Rows) -> pa.RecordBatch:
        """The rows with these numbers, in this order; dead ones too."""
        return self._chunks.gather(rows)

    def live_rows(self) -> Rows:
        """The numbers of all live rows, oldest first."""
        return np.flatnonzero(self._live[: len(self._chunks)])

    def compact(self) -> bool:
        """Drop dead rows if they are the majority; True if rows have new numbers (in the same order)."""
        if self._num_dead < _MIN_ROWS_TO_COMPACT or self._num_dead < len(self):
            return False
        kept = self._chunks.filtered(self._live)
        self._clear()
        for data in kept:
            self.append(data)
        return True

    def snapshot(self, max_parallelism: int) -> list[StateChunk]:
        """The live rows. A chunk is stored anew only when most of its rows have died; until then those are listed."""
        sealed: dict[str, _Sealed] = {}
        gone: dict[str, int] = {}
        for chunk in self._chunks:
            live = self._live[chunk.first : chunk.end]
            count = int(np.count_nonzero(live))
            if not count:
                continue
            known = self._sealed.get(chunk.id)
            if known is None or 2 * count < known.num_rows:
                known = self._seal(chunk, live, max_parallelism)
            else:
                self._list_removed(chunk, known, live, max_parallelism)
            sealed[chunk.id] = known
            if count < known.num_rows:
                gone[known.chunk.id] = known.num_rows - count
        self._sealed = sealed
        return [*(known.chunk for known in sealed.values()), *self._removals.snapshot(gone)]

    def restore(self, chunks: Sequence[StateChunk], key_groups: KeyGroupRange) -> None:
        """Add the rows of those ``chunks`` that are this table's and belong to ``key_groups``. Chunks of which that is
        all are used on."""
        removed = self._removals.restore(chunks, key_groups)
        for chunk in chunks:
            if chunk.table != self._table:
                continue
            groups = chunk.data.column(0).to_numpy()
            owned = (groups >= key_groups.first) & (groups <= key_groups.last)
            live = owned.copy()
            if chunk.id in removed:
                live[removed[chunk.id]] = False
            if not live.any():
                continue
            rows = np.flatnonzero(live)
            columns = [column.take(pa.array(rows)) for column in chunk.data.columns[1:]]
            data = pa.RecordBatch.from_arrays(columns, schema=self._schema)
            self._enter(data)
            if owned.all():
                own = self._chunks.append_whole(data)
                numbers = None if live.all() else rows
                self._sealed[own.id] = _Sealed(chunk, len(live), numbers, np.ones(len(rows), np.bool_))
            else:
                self._chunks.append(data)
            self._fit()

    def close(self) -> None:
        """Nothing is asked any more."""
        self._clear()
        if self._space is not None:
            self._space.close()

    def _enter(self, data: pa.RecordBatch) -> None:
        """Make rows that are appended next known to what finds them."""
        first = len(self._chunks)
        self._by_key.append(self._key_columns(data), data.num_rows)
        if self._by_value is not None:
            self._by_value.append(data.columns, data.num_rows)
        if first + data.num_rows > len(self._live):
            self._live = np.concatenate((self._live, np.zeros(max(len(self._live), data.num_rows), np.bool_)))
        self._live[first : first + data.num_rows] = True

    def _fit(self) -> None:
        if self._space is not None:
            memory = self._space.memory
            index = self._by_key.nbytes + (0 if self._by_value is None else self._by_value.nbytes)
            self._chunks.fit(max(memory - index, memory // _LEAST_SHARE_OF_ROWS))

    def _seal(self, chunk: Chunk, live: Mask, max_parallelism: int) -> _Sealed:
        whole = bool(live.all())
        data = partial(self._sealed_rows, chunk.data, None if whole else live.copy(), max_parallelism)
        numbers = None if whole else np.cumsum(live) - 1
        state_chunk = StateChunk(uuid.uuid4().hex, self._table, data)
        return _Sealed(state_chunk, int(np.count_nonzero(live)), numbers, live.copy())

    def _sealed_rows(self, data: pa.RecordBatch, live: Mask | None, max_parallelism: int) -> pa.RecordBatch:
        if live is not None:
            data = data.filter(pa.array(live))
        groups = pa.array(self._key_groups(data, max_parallelism))
        schema = self._schema.insert(0, pa.field(KEY_GROUP_COLUMN, pa.int32()))
        return pa.RecordBatch.from_arrays([groups, *data.columns], schema=schema)

    def _list_removed(self, chunk: Chunk, known: _Sealed, live: Mask, max_parallelism: int) -> None:
        died = np.flatnonzero(known.live & ~live)
        if len(died):
            groups = self._key_groups(chunk.data.take(pa.array(died)), max_parallelism)
            self._removals.add(known.chunk.id, died if known.numbers is None else known.numbers[died], groups)
            known.live[died] = False

    def _index_values(self) -> RowChains:
        by_value = RowChains(self._schema.types)
        for chunk in self._chunks:
            by_value.append(chunk.data.columns, chunk.data.num_rows)
        return by_value

    def _key_groups(self, data: pa.RecordBatch, max_parallelism: int) -> KeyGroups:
        return key_groups_of(self._key_columns(data), data.num_rows, max_parallelism)

    def _key_columns(self, data: pa.RecordBatch) -> list[pa.Array]:
        return [data.column(key) for key in self._keys]
