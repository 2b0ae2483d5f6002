"""Keyed state on disk, what was used last in memory.

Slots are a cache over runs of sealed parts, each run newer than the one before. When memory runs out, what changed
is sealed as another run, and the slots that were used least recently are given up; a key without a slot is looked
up in the runs, newest first. Runs are merged by level. The parts are the chunks of snapshots.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.columnar.keys import Hashes
from sqlstream.state.chunk_levels import level_of, levels_by_size, mostly_outdated, place_of_next
from sqlstream.state.disk import DiskSpace
from sqlstream.state.keyed_table import KeyedTable
from sqlstream.state.sealed_part import SealedPart
from sqlstream.state.sealed_run import (
    SealedRun,
    find_newest,
    hash_ranges,
    newest_rows,
    sorted_by_hash,
    without_tombstones,
)
from sqlstream.state.slot_state import SlotState
from sqlstream.state.snapshot import KeyGroupRange, OperatorSnapshot, StateChunk
from sqlstream.state.table_rows import TableRows, is_tombstone, owned_rows

Number = TypeVar("Number", bound=np.generic)

_CHANGED, _DEAD, _SEALED = np.uint8(1), np.uint8(2), np.uint8(4)
"""Marks of slots: it changed since it was last sealed; it has no state; some run knows its key."""
_SLOTS_AT_A_TIME = 1 << 18
_FIRST_GUESS = 64


class DiskTable(KeyedTable):
    """Of the memory of ``space``, slots take up to three quarters; sealing and merging need the rest."""

    def __init__(self, name: str, rows: TableRows, values: SlotState, space: DiskSpace) -> None:
        self._name, self._rows, self._values, self._space = name, rows, values, space
        self._runs: list[SealedRun] = []
        self._cold = 0
        self._clock = 0
        self._row_bytes = _FIRST_GUESS
        self._mapped: set[SealedPart] = set()
        self._clear(0)

    def _clear(self, capacity: int) -> None:
        self._index = KeyIndex(self._rows.key_types, capacity)
        self._values.clear()
        self._values.reserve(capacity)
        self._marks = np.zeros(capacity, np.uint8)
        self._used_at = np.zeros(capacity, np.int64)

    @property
    def index(self) -> KeyIndex:
        return self._index

    @property
    def resident(self) -> bool:
        return not self._cold

    @property
    def size(self) -> int:
        """Keys, wherever they are."""
        return self._index.size - int(np.count_nonzero(self._marks & _DEAD)) + self._cold

    def upsert_new(self, keys: Sequence[pa.Array], num_rows: int) -> tuple[Int64s, Int64s]:
        grows = self._index.slots_used + num_rows > self._index.capacity
        if grows and 2 * self._memory > self._limit:
            self._evict(self._index.size // 2)
        slots, new = self._index.upsert_new(keys, num_rows)
        self._reserve()
        self._clock += 1
        self._used_at[slots] = self._clock
        if self._runs and len(new):
            self._fetch(new)
        return slots, new

    def changed(self, slots: Int64s) -> None:
        self._marks[slots] = (self._marks[slots] & ~_DEAD) | _CHANGED

    def remove(self, slots: Int64s) -> None:
        self._values.reset(slots)
        self._marks[slots] |= _DEAD | _CHANGED

    def settle(self) -> None:
        if self._memory > self._limit:
            self._evict(self._index.size // 2)

    def portions(self, last: Int64s) -> Iterator[Int64s]:
        column = len(self._rows.key_types) - 1
        if self.resident:
            slots = np.flatnonzero(self._marks[: self._index.slots_used] & _DEAD == 0)
            yield slots[np.isin(self._index.integers(column, slots), last)]
            return
        self._evict(0)
        runs, wanted = tuple(self._runs), pa.array(last)
        for data, _ in self._ranges(runs):
            keys = self._rows.keys(data)
            rows = data.filter(pc.is_in(keys[column], wanted))
            if rows.num_rows:
                yield self._take_in(rows)
                self.settle()

    def snapshot(self) -> tuple[StateChunk, ...]:
        self._seal()
        return tuple(part.chunk for run in self._runs for part in run.parts)

    def restore(self, snapshots: Sequence[OperatorSnapshot], owned: KeyGroupRange) -> None:
        for snapshot in snapshots:
            chunks = [chunk for chunk in snapshot.keyed if chunk.table == self._name]
            rows = [owned_rows(chunk.data, owned) for chunk in chunks]
            whole = all(mine is chunk.data for mine, chunk in zip(rows, chunks, strict=True))
            for chunk, data in zip(chunks, rows, strict=True):
                if data.num_rows:
                    self._add_restored(data, chunk.id if whole else None)
        for run, level in zip(self._runs, levels_by_size([len(run) for run in self._runs]), strict=True):
            run.level = level

    def close(self) -> None:
        self._runs = []
        self._space.close()

    @property
    def memory(self) -> int:
        """Bytes in memory."""
        return self._memory + sum(run.memory for run in self._runs)

    @property
    def _memory(self) -> int:
        return self._index.nbytes + self._values.nbytes + self._marks.nbytes + self._used_at.nbytes

    @property
    def _limit(self) -> int:
        """Bytes that slots may take."""
        memory = self._space.memory
        runs = sum(run.memory for run in self._runs)
        return max(memory * 3 // 4 - runs, memory // 4)

    @property
    def _part_bytes(self) -> int:
        """About what a part has on disk."""
        return max(self._space.memory // 16, 1)

    def _reserve(self) -> None:
        used = self._index.slots_used
        self._values.reserve(used)
        if used > len(self._marks):
            capacity = max(used, self._index.capacity)
            self._marks, self._used_at = _grown(self._marks, capacity), _grown(self._used_at, capacity)

    def _fetch(self, new: Int64s) -> None:
        """Give the slots of ``new`` keys the state that the runs have for them."""
        keys = self._index.keys(new)
        hashes = self._rows.hashes(keys, len(new))
        order = np.argsort(hashes)
        indices = pa.array(order)
        for found in find_newest(self._runs, hashes[order], [key.take(indices) for key in keys]):
            self._map(found.part)
            slots = new[order[found.positions]]
            self._marks[slots] |= _SEALED
            live = ~is_tombstone(found.part.data.select([0, 1]).take(pa.array(found.rows)))
            if live.any():
                rows = pa.array(found.rows[live])
                self._values.restore(slots[live], [column.take(rows) for column in self._rows.state(found.part.data)])
                self._cold -= int(np.count_nonzero(live))

    def _take_in(self, rows: pa.RecordBatch) -> Int64s:
        """Slots for live ``rows`` of the runs, whose keys have none."""
        slots = self._index.upsert(self._rows.keys(rows), rows.num_rows)
        self._reserve()
        self._clock += 1
        self._used_at[slots] = self._clock
        self._marks[slots] |= _SEALED
        self._values.restore(slots, self._rows.state(rows))
        self._cold -= rows.num_rows
        return slots

    def _map(self, part: SealedPart) -> None:
        """``part`` has been read; forget the pages of all that were, when they are too many."""
        if part not in self._mapped:
            self._mapped.add(part)
            if sum(mapped.data.nbytes for mapped in self._mapped) > self._space.memory // 2:
                for mapped in self._mapped:
                    mapped.forget_pages()
                self._mapped.clear()

    def _evict(self, keep: int) -> None:
        """Seal what changed, and keep about the ``keep`` slots used last."""
        self._seal()
        live = self._index.live_slots()
        dead = self._marks[live] & _DEAD != 0
        live = live[~dead]
        used_at = self._used_at[live]
        kept = live[:0]
        if keep and len(live):
            oldest = max(len(live) - keep, 0)
            kept = live[used_at > np.partition(used_at, oldest)[oldest]]
        capacity = self._limit * self._index.slots_used // self._memory
        keys, state, used_at = self._index.keys(kept), self._values.snapshot(kept), self._used_at[kept]
        self._cold += len(live) - len(kept)
        self._clear(capacity)
        if len(kept):
            slots = self._index.upsert(keys, len(kept))
            self._reserve()
            self._values.restore(slots, state)
            self._marks[slots] = _SEALED
            self._used_at[slots] = used_at

    def _seal(self) -> None:
        """Put what changed on disk, as another run."""
        marks = self._marks[: self._index.slots_used]
        unknown = marks & (_DEAD | _SEALED) == _DEAD
        marks[unknown] &= ~_CHANGED
        slots = np.flatnonzero(marks & _CHANGED)
        size = self.size
        if not size:
            self._runs = []
            marks &= ~(_CHANGED | _SEALED)
        if not len(slots) or not size:
            return
        rows_from = np.cumsum([len(slots), *(len(run) for run in reversed(self._runs))])[::-1].tolist()
        first, level = place_of_next([run.level for run in self._runs], rows_from)
        if mostly_outdated(rows_from[0], size):
            first, level = 0, level_of(size)
        run = SealedRun(list(self._parts(self._sealed_slots(slots))), level)
        marks[slots] = (marks[slots] & ~_CHANGED) | _SEALED
        self._runs.append(run)
        if first < len(self._runs) - 1:
            merged = self._ranges(self._runs[first:], tombstones=first > 0)
            self._runs[first:] = [SealedRun(list(self._parts(merged)), level)]

    def _sealed_slots(self, slots: Int64s) -> Iterator[tuple[pa.RecordBatch, Hashes]]:
        """The rows of ``slots``, sorted by hash, as many at a time as a part has."""
        pieces = range(0, len(slots), _SLOTS_AT_A_TIME)
        hashes = np.concatenate(
            [
                self._rows.hashes(self._index.keys(piece), len(piece))
                for piece in (slots[i : i + _SLOTS_AT_A_TIME] for i in pieces)
            ]
        )
        order = np.argsort(hashes)
        at = 0
        while at < len(order):
            those = order[at : at + max(self._part_bytes // self._row_bytes, 1)]
            part = slots[those]
            groups = self._rows.groups_of_hashes(hashes[those])
            deleted = self._marks[part] & _DEAD != 0
            data = self._rows.batch(groups, deleted, self._index.keys(part), self._values.snapshot(part))
            yield data, hashes[those]
            at += len(those)
            self._row_bytes = max(data.nbytes // len(those), 1)

    def _ranges(self, runs: Sequence[SealedRun], tombstones: bool = False) -> Iterator[tuple[pa.RecordBatch, Hashes]]:
        """The latest row of each key in ``runs``, by range of hashes; a range has about as much as a part."""
        parts = [part for run in runs for part in run.parts]
        size = sum(part.data.nbytes for part in parts)
        if len(runs) == len(self._runs):
            size = size * self.size // sum(len(part) for part in parts)
        for first, last in hash_ranges(size // self._part_bytes + 1):
            found = newest_rows(runs, first, last, self._rows)
            if found is None:
                continue
            for part in parts:
                part.forget_pages()
            data, hashes = found if tombstones else without_tombstones(*found)
            if data.num_rows:
                yield data, hashes

    def _parts(self, rows: Iterable[tuple[pa.RecordBatch, Hashes]]) -> Iterator[SealedPart]:
        for data, hashes in rows:
            yield SealedPart(data, hashes, self._rows, self._name, self._space)

    def _add_restored(self, data: pa.RecordBatch, id: str | None) -> None:
        """Rows of a chunk, newer than those before. ``id`` is the chunk's if they are all of it."""
        keys = self._rows.keys(data)
        data, hashes = sorted_by_hash(data, self._rows.hashes(keys, data.num_rows), self._rows)
        part = SealedPart(data, hashes, self._rows, self._name, self._space, id)
        self._cold += part.live_rows
        for found in find_newest(self._runs, part.hashes, self._rows.keys(part.data)):
            outdated = found.part.data.select([0, 1]).take(pa.array(found.rows))
            self._cold -= int(np.count_nonzero(~is_tombstone(outdated)))
        last = self._runs[-1] if self._runs else None
        if last is not None and last.parts[-1].last < part.first:
            last.parts.append(part)
        else:
            self._runs.append(SealedRun([part], 0))


def _grown(array: npt.NDArray[Number], capacity: int) -> npt.NDArray[Number]:
    out = np.zeros(capacity, array.dtype)
    out[: len(array)] = array
    return out
