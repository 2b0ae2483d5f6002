"""Rows by number: appended, discarded one by one, and stored in chunks that stay as they are."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Mask, Rows
from sqlstream.columnar.keys import KeyGroups, key_groups_of
from sqlstream.state.disk import DiskSpace
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


class NumberedRows:
    """Rows of one schema, numbered in the order they are appended. The rows themselves never change; a discarded one is
    dead until compaction drops it. ``keys`` are the columns that decide a row's key group. With ``space`` the rows are
    on disk when they are too many.
    """

    def __init__(self, schema: pa.Schema, keys: Sequence[int], table: str, space: DiskSpace | None = None) -> None:
        self.schema = schema
        self._keys = tuple(keys)
        self._table = table
        self._space = space
        self._removals = RowRemovals(table)
        self._clear()

    def _clear(self) -> None:
        self.chunks = RowChunks(self.schema, self._space)
        self._live: Mask = np.zeros(0, np.bool_)
        self._num_dead = 0
        self._sealed: dict[str, _Sealed] = {}

    def __len__(self) -> int:
        """Live rows."""
        return len(self.chunks) - self._num_dead

    @property
    def end(self) -> int:
        """The number of the next row."""
        return len(self.chunks)

    @property
    def live(self) -> Mask:
        """Whether the row of each number is live, to read; longer than there are rows."""
        return self._live

    def append(self, data: pa.RecordBatch) -> None:
        """Add rows, numbered from :attr:`end` on."""
        self._enter(data.num_rows)
        self.chunks.append(data)

    def discard(self, rows: Rows) -> None:
        """Make distinct, live ``rows`` dead."""
        self._live[rows] = False
        self._num_dead += len(rows)

    def gather(self, rows: Rows) -> pa.RecordBatch:
        """The rows with these numbers, in this order; dead ones too."""
        return self.chunks.gather(rows)

    def live_rows(self) -> Rows:
        """The numbers of all live rows, oldest first."""
        return np.flatnonzero(self._live[: self.end])

    def key_columns(self, data: pa.RecordBatch) -> list[pa.Array]:
        """The columns of ``data`` that decide the key group."""
        return [data.column(key) for key in self._keys]

    def fit(self, index: int) -> None:
        """Put rows on disk where they, with an index of ``index`` bytes, take more memory than there is."""
        if self._space is not None:
            memory = self._space.memory
            self.chunks.fit(max(memory - index, memory // _LEAST_SHARE_OF_ROWS))

    @property
    def is_mostly_dead(self) -> bool:
        """Whether :meth:`compact` has something to do."""
        return self._num_dead >= max(_MIN_ROWS_TO_COMPACT, len(self))

    def compact(self) -> list[pa.RecordBatch] | None:
        """Drop dead rows if they are the majority. Returns the live ones, oldest first, all of which the caller has to
        append again; None if nothing changed."""
        if not self.is_mostly_dead:
            return None
        kept = list(self.chunks.filtered(self._live))
        self._clear()
        return kept

    def snapshot(self, max_parallelism: int) -> list[StateChunk]:
        """The live rows. A chunk is stored anew only when most of its rows have died; until then those are listed."""
        sealed: dict[str, _Sealed] = {}
        gone: dict[str, int] = {}
        for chunk in self.chunks:
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

    def restore(
        self, chunks: Sequence[StateChunk], key_groups: KeyGroupRange, entered: Callable[[pa.RecordBatch], None]
    ) -> None:
        """Add the rows of those ``chunks`` that are this table's and belong to ``key_groups``; ``entered`` is told of
        each batch of them. Chunks of which that is all are used on."""
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
            data = pa.RecordBatch.from_arrays(columns, schema=self.schema)
            self._enter(data.num_rows)
            if owned.all():
                own = self.chunks.append_whole(data)
                numbers = None if live.all() else rows
                self._sealed[own.id] = _Sealed(chunk, len(live), numbers, np.ones(len(rows), np.bool_))
            else:
                self.chunks.append(data)
            entered(data)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows, dead ones too, in order."""
        return (chunk.data for chunk in self.chunks)

    def close(self) -> None:
        """Nothing is asked any more."""
        self._clear()
        if self._space is not None:
            self._space.close()

    def _enter(self, count: int) -> None:
        first = self.end
        if first + count > len(self._live):
            self._live = np.concatenate((self._live, np.zeros(max(len(self._live), count), np.bool_)))
        self._live[first : first + count] = True

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
        schema = self.schema.insert(0, pa.field(KEY_GROUP_COLUMN, pa.int32()))
        return pa.RecordBatch.from_arrays([groups, *data.columns], schema=schema)

    def _list_removed(self, chunk: Chunk, known: _Sealed, live: Mask, max_parallelism: int) -> None:
        died = np.flatnonzero(known.live & ~live)
        if len(died):
            groups = self._key_groups(chunk.data.take(pa.array(died)), max_parallelism)
            self._removals.add(known.chunk.id, died if known.numbers is None else known.numbers[died], groups)
            known.live[died] = False

    def _key_groups(self, data: pa.RecordBatch, max_parallelism: int) -> KeyGroups:
        return key_groups_of(self.key_columns(data), data.num_rows, max_parallelism)
