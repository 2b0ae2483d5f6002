"""The open sessions of every key: which one a row belongs to, and which are over."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream.columnar.elements import MAX_TIMESTAMP
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.columnar.keys import key_groups_of
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.kernels import sessions as kernel
from sqlstream.state.snapshot import KEY_GROUP_COLUMN, KeyGroupRange, StateChunk

_TABLE = "sessions"
_SEGMENTS_PER_ROW = 4
"""A row touches a session, which may take in the next two; each brings a segment, and another follows."""
_NODES_PER_ROW = 2


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a batch does to the sessions. ``segments``: that of each row, -1 if it is late. ``owners``: the session that
    a segment continues, -1 where it follows upon a merge. ``into`` and ``merged``: segments to be merged, in this
    order. ``dead``: sessions that are parts of others now."""

    segments: Int64s
    owners: Int64s
    into: Int64s
    merged: Int64s
    dead: Int64s


class SessionIndex:
    """Sessions are numbers; they cover time from their first row to ``gap`` ms after their last."""

    def __init__(self, key_types: Sequence[pa.DataType], gap: int) -> None:
        self._types, self._gap = tuple(key_types), gap
        self._keys = KeyIndex(self._types)
        self._head = SlotArrays(np.int64, fill=-1)
        self._nodes = SlotArrays(np.int64, np.int64, np.int64, np.int64, np.int64)
        self._segments = SlotArrays(np.int64, np.int64, fill=-1)
        self._live: Mask = np.zeros(0, np.bool_)
        self._free: Int64s = np.zeros(0, np.int64)
        self._num_free = 0
        self.next_due = MAX_TIMESTAMP
        """No session is over before this time (ms)."""

    @property
    def starts(self) -> Int64s:
        """By session; another array after :meth:`assign`, as the others are."""
        return self._nodes[0]

    @property
    def ends(self) -> Int64s:
        return self._nodes[1]

    @property
    def born(self) -> Int64s:
        """The time of the row that a session began to exist with: together with its key it names the session."""
        return self._nodes[2]

    def keys(self, sessions: Int64s) -> list[pa.Array]:
        """The key columns of ``sessions``."""
        return self._keys.keys(self._nodes[4][sessions])

    def assign(self, keys: Sequence[pa.Array], times: Int64s, closed: int) -> Assignment:
        """Give the rows at ``times`` their sessions, in this order. A row whose session would be over by ``closed``
        (ms) is late. :meth:`release` must follow."""
        rows = len(times)
        slots, new_keys = self._keys.upsert_new(keys, rows)
        self._head.reserve(self._keys.slots_used)
        self._reserve(rows)
        starts, ends, born, nexts, node_keys = self._nodes.arrays
        first, last = self._segments.arrays
        out, made, dead = (
            np.empty(rows, np.int64),
            np.empty(rows, np.int64),
            np.empty(_NODES_PER_ROW * rows, np.int64),
        )
        owner, following = (np.empty(_SEGMENTS_PER_ROW * rows, np.int64) for _ in range(2))
        meta = np.array([self._num_free, 0, 0, 0], np.int64)
        kernel.assign(
            slots, times, self._gap, closed, self._head[0], starts, ends, born, nexts, node_keys, first, last,
            self._free, out, owner, following, made, dead, meta,
        )  # fmt: skip
        self._num_free, num_segments, num_made, num_dead = meta.tolist()
        self._live[made[:num_made]] = True
        owner, dead = owner[:num_segments], dead[:num_dead]
        self._keys.remove(new_keys[self._head[0][new_keys] < 0])
        touched = owner[owner >= 0]
        if num_dead:
            self._live[dead] = False
            touched = touched[self._live[touched]]
        into, merged = (np.empty(num_segments, np.int64) for _ in range(2))
        folded = kernel.fold(touched, following[:num_segments], first, owner, into, merged)
        if len(touched):
            self.next_due = min(self.next_due, int(ends[touched].min()) - 1)
        return Assignment(out, owner, into[:folded], merged[:folded], dead)

    def release(self, dead: Int64s) -> None:
        """``dead`` sessions of an assignment are no longer asked about."""
        self._give_back(dead)

    def find(self, keys: Sequence[pa.Array], times: Int64s) -> Int64s:
        """The session that covers each of ``times``, -1 where there is none."""
        out = np.empty(len(times), np.int64)
        slots = self._keys.lookup(keys, len(times))
        kernel.find(slots, times, self._head[0], self.starts, self.ends, self._nodes[3], out)
        return out

    def due(self, until: int) -> Int64s:
        """The sessions whose last millisecond is at or before ``until``, the first to end first."""
        if until < self.next_due:
            return np.zeros(0, np.int64)
        limit = until if until == MAX_TIMESTAMP else until + 1
        found = np.flatnonzero(self._live & (self.ends[: len(self._live)] <= limit))
        return found[np.lexsort((self.starts[found], self.ends[found]))]

    def retire(self, sessions: Int64s) -> None:
        """Forget all that :meth:`due` gave."""
        empty = np.empty(len(sessions), np.int64)
        count = kernel.retire(sessions, self._nodes[4], self._head[0], self._nodes[3], empty)
        self._keys.remove(empty[:count])
        self._live[sessions] = False
        self._give_back(sessions)
        self.next_due = int(self.ends[np.flatnonzero(self._live)].min(initial=MAX_TIMESTAMP))
        if self.next_due != MAX_TIMESTAMP:
            self.next_due -= 1

    def snapshot(self, max_parallelism: int) -> list[StateChunk]:
        """All open sessions."""
        live = np.flatnonzero(self._live)
        if not len(live):
            return []
        columns = [pa.array(self._nodes[i][live]) for i in range(3)]
        rows = partial(self._rows, self.keys(live), columns, max_parallelism)
        return [StateChunk(uuid.uuid4().hex, _TABLE, rows)]

    def restore(self, chunks: Sequence[StateChunk], key_groups: KeyGroupRange) -> None:
        """Add the sessions of those ``chunks`` that are of such and belong to ``key_groups``."""
        for chunk in chunks:
            if chunk.table != _TABLE:
                continue
            groups = chunk.data.column(0).to_numpy()
            owned = (groups >= key_groups.first) & (groups <= key_groups.last)
            _, starts, ends, born, *keys = chunk.data.filter(pa.array(owned)).columns
            self._add(keys, *(column.to_numpy() for column in (starts, ends, born)))

    def _add(self, keys: Sequence[pa.Array], starts: Int64s, ends: Int64s, born: Int64s) -> None:
        count = len(starts)
        slots = self._keys.upsert(keys, count)
        self._head.reserve(self._keys.slots_used)
        self._reserve(count)
        nodes = self._free[self._num_free - count : self._num_free].copy()
        self._num_free -= count
        for array, values in zip(self._nodes.arrays, (starts, ends, born, np.full(count, -1), slots), strict=True):
            array[nodes] = values
        self._live[nodes] = True
        kernel.link(nodes[np.argsort(starts, kind="stable")], self._nodes[4], self._head[0], self._nodes[3])
        self.next_due = min(self.next_due, int(ends.min(initial=MAX_TIMESTAMP)) - 1)

    def _rows(self, keys: Sequence[pa.Array], columns: Sequence[pa.Array], max_parallelism: int) -> pa.RecordBatch:
        groups = pa.array(key_groups_of(keys, len(columns[0]), max_parallelism))
        names = [KEY_GROUP_COLUMN, "start", "end", "born", *(f"key_{i}" for i in range(len(keys)))]
        return pa.RecordBatch.from_arrays([groups, *columns, *keys], names=names)

    def _reserve(self, count: int) -> None:
        """Have ``count`` free sessions."""
        have = len(self._live)
        if self._num_free >= count:
            return
        grown = max(2 * have, have + count)
        self._nodes.reserve(grown)
        self._segments.reserve(grown)
        live, free = np.zeros(grown, np.bool_), np.empty(grown, np.int64)
        live[:have] = self._live
        free[: self._num_free] = self._free[: self._num_free]
        free[self._num_free : self._num_free + grown - have] = np.arange(grown - 1, have - 1, -1)
        self._num_free += grown - have
        self._live, self._free = live, free

    def _give_back(self, sessions: Int64s) -> None:
        self._free[self._num_free : self._num_free + len(sessions)] = sessions
        self._num_free += len(sessions)
