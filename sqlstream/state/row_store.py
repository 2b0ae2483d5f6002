"""A bag of rows that can be looked up by key and taken back: one side of a join."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Mask, Rows
from sqlstream.columnar.keys import key_groups_of
from sqlstream.state.row_chains import RowChains
from sqlstream.state.row_chunks import Chunk, RowChunks
from sqlstream.state.snapshot import KEY_GROUP_COLUMN, KeyGroupRange, StateChunk

_MIN_ROWS_TO_COMPACT = 4096


class RowStore:
    """Rows of one schema, equal ones counted. Row numbers are valid until :meth:`compact` says otherwise.

    The rows themselves never change; a removed row is dead until compaction drops it. Rows are found by value only
    once something is removed, so an append-only side pays nothing for it.
    """

    def __init__(self, schema: pa.Schema, keys: Sequence[int], table: str) -> None:
        self._schema = schema
        self._keys = tuple(keys)
        self._table = table
        self._clear()

    def _clear(self) -> None:
        self._chunks = RowChunks(self._schema)
        self._by_key = RowChains([self._schema.field(key).type for key in self._keys])
        self._by_value: RowChains | None = None
        self._live: Mask = np.zeros(0, np.bool_)
        self._num_dead = 0
        self._sealed: dict[str, tuple[int, StateChunk]] = {}

    def __len__(self) -> int:
        """Live rows."""
        return len(self._chunks) - self._num_dead

    def append(self, data: pa.RecordBatch) -> None:
        """Add rows."""
        first = len(self._chunks)
        self._chunks.append(data)
        self._by_key.append(self._key_columns(data), data.num_rows)
        if self._by_value is not None:
            self._by_value.append(data.columns, data.num_rows)
        if first + data.num_rows > len(self._live):
            self._live = np.concatenate((self._live, np.zeros(max(len(self._live), data.num_rows), np.bool_)))
        self._live[first : first + data.num_rows] = True

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
        for chunk in kept:
            self.append(chunk.data)
        return True

    def snapshot(self, max_parallelism: int) -> list[StateChunk]:
        """The live rows. A chunk none of whose rows died since the last snapshot keeps its id."""
        sealed: dict[str, tuple[int, StateChunk]] = {}
        for chunk in self._chunks:
            dead = int(np.count_nonzero(~self._live[chunk.first : chunk.end]))
            if dead == chunk.data.num_rows:
                continue
            known = self._sealed.get(chunk.id)
            reusable = known is not None and known[0] == dead
            sealed[chunk.id] = known if known and reusable else (dead, self._seal(chunk, dead, max_parallelism))
        self._sealed = sealed
        return [state_chunk for _, state_chunk in sealed.values()]

    def restore(self, chunks: Sequence[StateChunk], key_groups: KeyGroupRange) -> None:
        """Add the rows of those ``chunks`` that are this table's and belong to ``key_groups``."""
        for chunk in chunks:
            if chunk.table != self._table:
                continue
            groups = chunk.data.column(0).to_numpy()
            owned = (groups >= key_groups.first) & (groups <= key_groups.last)
            if owned.any():
                columns = [column.filter(pa.array(owned)) for column in chunk.data.columns[1:]]
                self.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))

    def _seal(self, chunk: Chunk, dead: int, max_parallelism: int) -> StateChunk:
        data = chunk.data.filter(pa.array(self._live[chunk.first : chunk.end])) if dead else chunk.data
        groups = pa.array(key_groups_of(self._key_columns(data), data.num_rows, max_parallelism), pa.int32())
        schema = self._schema.insert(0, pa.field(KEY_GROUP_COLUMN, pa.int32()))
        sealed = pa.RecordBatch.from_arrays([groups, *data.columns], schema=schema)
        return StateChunk(uuid.uuid4().hex if dead else chunk.id, self._table, sealed)

    def _index_values(self) -> RowChains:
        by_value = RowChains(self._schema.types)
        for chunk in self._chunks:
            by_value.append(chunk.data.columns, chunk.data.num_rows)
        return by_value

    def _key_columns(self, data: pa.RecordBatch) -> list[pa.Array]:
        return [data.column(key) for key in self._keys]
