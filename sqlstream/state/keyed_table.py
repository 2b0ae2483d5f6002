"""Snapshots of a table of keyed state: a chunk of what changed since the one before, after the chunks before it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.columnar.keys import key_groups_of
from sqlstream.state.snapshot import (
    KEY_GROUP_COLUMN,
    TOMBSTONE_COLUMN,
    KeyGroupRange,
    OperatorSnapshot,
    StateChunk,
)

_MIN_ROWS_TO_COMPACT = 4096


class KeyedTable:
    """Remembers which keys of ``index`` changed. A chunk has the key group, the tombstone mark, the key columns and
    then the state columns.

    ``group_columns`` says how many leading key columns decide the key group; the default is all.
    """

    def __init__(self, name: str, index: KeyIndex, max_parallelism: int, group_columns: int | None = None) -> None:
        self._name, self._index, self._max_parallelism = name, index, max_parallelism
        self._group_columns = len(index.types) if group_columns is None else group_columns
        self._changed = np.zeros(0, np.bool_)
        self._removed: list[list[pa.Array]] = []
        self._chunks: list[StateChunk] = []

    def changed(self, slots: Int64s) -> None:
        """The state of ``slots`` is not what it was."""
        if self._index.slots_used > len(self._changed):
            grown = np.zeros(2 * self._index.slots_used, np.bool_)
            grown[: len(self._changed)] = self._changed
            self._changed = grown
        self._changed[slots] = True

    def remove(self, slots: Int64s) -> None:
        """Remove distinct ``slots`` from the index, for good."""
        if not len(slots):
            return
        self.changed(slots)
        if self._chunks:
            self._removed.append(self._index.keys(slots))
        self._changed[slots] = False
        self._index.remove(slots)

    def snapshot(self, columns_of: Callable[[Int64s], Sequence[pa.Array]]) -> tuple[StateChunk, ...]:
        """Chunks that together are the state of all keys; ``columns_of`` gives the state columns of slots."""
        rows = sum(chunk.data.num_rows for chunk in self._chunks)
        if rows > max(2 * self._index.size, _MIN_ROWS_TO_COMPACT):
            self._chunks, self._removed = [], []
            self.changed(self._index.live_slots())
        parts = [self._tombstones(keys, columns_of) for keys in self._removed]
        slots = np.flatnonzero(self._changed)
        if len(slots):
            deleted = pa.array(np.zeros(len(slots), np.bool_))
            parts.append(self._rows(self._index.keys(slots), len(slots), deleted, columns_of(slots)))
        if parts:
            data = pa.Table.from_batches(parts).combine_chunks().to_batches()[0]
            self._chunks.append(StateChunk(str(uuid.uuid4()), self._name, data))
        self._removed = []
        self._changed[:] = False
        return tuple(self._chunks)

    def replay(
        self,
        snapshots: Sequence[OperatorSnapshot],
        owned: KeyGroupRange,
        forget: Callable[[Int64s], None],
        put: Callable[[Int64s, list[pa.Array]], None],
    ) -> None:
        """Take in the rows of earlier snapshots whose key group is ``owned``.

        ``forget`` is told of slots to empty (it does not remove them), ``put`` of empty slots and their state columns.
        """
        width = len(self._index.types)
        for data in _owned_rows(self._name, snapshots, owned):
            deleted = np.asarray(data.column(TOMBSTONE_COLUMN))
            for mask, is_tombstone in ((deleted, True), (~deleted, False)):
                if not mask.any():
                    continue
                rows = data.filter(pa.array(mask))
                keys, state = rows.columns[2 : 2 + width], rows.columns[2 + width :]
                if is_tombstone:
                    slots = self._index.lookup(keys, rows.num_rows)
                    slots = np.unique(slots[slots >= 0])
                    forget(slots)
                    self._changed[slots] = False
                    self._index.remove(slots)
                else:
                    slots = self._index.upsert(keys, rows.num_rows)
                    self.changed(slots)
                    forget(slots)
                    put(slots, state)

    def _tombstones(self, keys: list[pa.Array], columns_of: Callable[[Int64s], Sequence[pa.Array]]) -> pa.RecordBatch:
        count = len(keys[0]) if keys else 1
        types = [column.type for column in columns_of(np.zeros(0, np.int64))]
        deleted = pa.array(np.ones(count, np.bool_))
        return self._rows(keys, count, deleted, [pa.nulls(count, type_) for type_ in types])

    def _rows(
        self, keys: Sequence[pa.Array], count: int, deleted: pa.Array, state: Sequence[pa.Array]
    ) -> pa.RecordBatch:
        groups = key_groups_of(keys[: self._group_columns], count, self._max_parallelism)
        names = [KEY_GROUP_COLUMN, TOMBSTONE_COLUMN, *(f"key_{i}" for i in range(len(keys)))]
        names += [f"state_{i}" for i in range(len(state))]
        return pa.record_batch([pa.array(groups), deleted, *keys, *state], names)


def _owned_rows(table: str, snapshots: Sequence[OperatorSnapshot], owned: KeyGroupRange) -> Iterator[pa.RecordBatch]:
    """The rows of ``table`` in the order in which they were written, without other subtasks' key groups."""
    for snapshot in snapshots:
        for chunk in snapshot.keyed:
            if chunk.table == table:
                groups = chunk.data.column(KEY_GROUP_COLUMN)
                mask = pc.and_(pc.greater_equal(groups, owned.first), pc.less_equal(groups, owned.last))
                rows = chunk.data.filter(mask)
                if rows.num_rows:
                    yield rows
