"""Rows of a keyed table as its chunks hold them: key group, tombstone mark, key columns, state columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Mask
from sqlstream.columnar.keys import Hashes, KeyGroups, hash_keys, key_groups, key_groups_of
from sqlstream.state.slot_state import SlotState
from sqlstream.state.snapshot import KEY_GROUP_COLUMN, TOMBSTONE_COLUMN, KeyGroupRange

_FIRST_KEY = 2
_UPPER_HALF = np.uint64(0xFFFFFFFF00000000)


@dataclass(frozen=True, slots=True)
class TableRows:
    """The layout of a table's rows. ``group_columns`` says how many leading key columns decide the key group."""

    key_types: tuple[pa.DataType, ...]
    state_types: tuple[pa.DataType, ...]
    group_columns: int
    max_parallelism: int

    @staticmethod
    def of(
        key_types: Sequence[pa.DataType], values: SlotState, max_parallelism: int, group_columns: int | None = None
    ) -> TableRows:
        """For keys of ``key_types``, all of which decide the key group unless told, and the state that ``values``
        keeps."""
        state_types = tuple(column.type for column in values.snapshot(np.zeros(0, np.int64)))
        groups = len(key_types) if group_columns is None else group_columns
        return TableRows(tuple(key_types), state_types, groups, max_parallelism)

    def live(self, keys: Sequence[pa.Array], state: Sequence[pa.Array], count: int) -> pa.RecordBatch:
        """``count`` rows that are there."""
        groups = key_groups_of(keys[: self.group_columns], count, self.max_parallelism)
        return self.batch(groups, np.zeros(count, np.bool_), keys, state)

    def tombstones(self, keys: Sequence[pa.Array], count: int) -> pa.RecordBatch:
        """``count`` rows that say that their keys are gone."""
        groups = key_groups_of(keys[: self.group_columns], count, self.max_parallelism)
        state = [pa.nulls(count, type_) for type_ in self.state_types]
        return self.batch(groups, np.ones(count, np.bool_), keys, state)

    def batch(
        self, groups: KeyGroups, deleted: Mask, keys: Sequence[pa.Array], state: Sequence[pa.Array]
    ) -> pa.RecordBatch:
        """Rows of these columns."""
        names = [KEY_GROUP_COLUMN, TOMBSTONE_COLUMN, *(f"key_{i}" for i in range(len(keys)))]
        names += [f"state_{i}" for i in range(len(state))]
        return pa.record_batch([pa.array(groups), pa.array(deleted), *keys, *state], names)

    def hashes(self, keys: Sequence[pa.Array], count: int) -> Hashes:
        """A hash of each key whose upper half is the same for keys with the same key group columns."""
        groups = keys[: self.group_columns]
        upper = hash_keys(groups) if groups else np.zeros(count, np.uint64)
        if len(groups) == len(keys):
            return upper
        return (upper & _UPPER_HALF) | (hash_keys(keys) & ~_UPPER_HALF)

    def groups_of_hashes(self, hashes: Hashes) -> KeyGroups:
        """The key groups of keys with these :meth:`hashes`."""
        return key_groups(hashes, self.max_parallelism) if self.group_columns else np.zeros(len(hashes), np.int32)

    def keys(self, rows: pa.RecordBatch) -> list[pa.Array]:
        return list(rows.columns[_FIRST_KEY : _FIRST_KEY + len(self.key_types)])

    def state(self, rows: pa.RecordBatch) -> list[pa.Array]:
        return list(rows.columns[_FIRST_KEY + len(self.key_types) :])


def owned_rows(data: pa.RecordBatch, owned: KeyGroupRange) -> pa.RecordBatch:
    """The rows whose key group is ``owned``; ``data`` itself if all are."""
    groups = data.column(KEY_GROUP_COLUMN)
    mask = pc.and_(pc.greater_equal(groups, owned.first), pc.less_equal(groups, owned.last))
    return data if mask.true_count == data.num_rows else data.filter(mask)


def is_tombstone(rows: pa.RecordBatch) -> Mask:
    """Which ``rows`` are tombstones."""
    mask: Mask = np.asarray(rows.column(TOMBSTONE_COLUMN))
    return mask
