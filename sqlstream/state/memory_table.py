"""Keyed state in memory, and its snapshots: parts of what changed, merged as they age."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.kernels import change_labels as kernel
from sqlstream.state.chunk_levels import level_of, levels_by_size, place_of_next
from sqlstream.state.keyed_table import KeyedTable
from sqlstream.state.log_cleaning import PartUse, parts_to_give_up
from sqlstream.state.slot_state import SlotState
from sqlstream.state.snapshot import KeyGroupRange, OperatorSnapshot, StateChunk
from sqlstream.state.table_rows import TableRows, is_tombstone, owned_rows

_TOP = 6
"""Parts of this level, 8^6 = 262,144 rows and more, are not merged."""
_MAX_CHUNK_ROWS = 1 << 20
_MAX_EMPTY_PARTS = 64


@dataclass(slots=True)
class _Removed:
    """Keys removed: batches of key columns, and the rows of all batches."""

    keys: list[list[pa.Array]] = field(default_factory=list)
    count: int = 0

    def add(self, keys: list[pa.Array], count: int) -> None:
        self.keys.append(keys)
        self.count += count


@dataclass(slots=True)
class _Part:
    """A part of the log: tombstones for what was removed, then the rows that had changed. ``rows`` counts both; there
    are none once the part has been given up."""

    chunks: tuple[StateChunk, ...]
    level: int
    rows: int
    removed: _Removed


class MemoryTable(KeyedTable):
    """Slots of keys, the state of which ``values`` keeps.

    The label of a slot is the number of the part of the log that has its latest value: one more than the last part if
    it changed since, two more if it is also new since, so that no part knows its key.
    """

    def __init__(self, name: str, rows: TableRows, values: SlotState) -> None:
        self._name, self._rows, self._values = name, rows, values
        self._index = KeyIndex(rows.key_types)
        self._labels = np.full(0, kernel.NONE, np.int16)
        self._parts: list[_Part] = []
        self._removed = _Removed()
        self._kept = np.zeros(2, np.int64)

    @property
    def index(self) -> KeyIndex:
        return self._index

    def upsert_new(self, keys: Sequence[pa.Array], num_rows: int) -> tuple[Int64s, Int64s]:
        slots, new = self._index.upsert_new(keys, num_rows)
        self._reserve()
        return slots, new

    def changed(self, slots: Int64s) -> None:
        kernel.mark_changed(slots, len(self._parts), self._labels, self._kept)

    def remove(self, slots: Int64s) -> None:
        if not len(slots):
            return
        known = slots[(self._labels[slots] >= 0) & (self._labels[slots] <= len(self._parts))]
        if self._parts and len(known):
            self._removed.add(self._index.keys(known), len(known))
        self._drop(slots)

    @property
    def resident(self) -> bool:
        return True

    def portions(self, last: Int64s) -> Iterator[Int64s]:
        slots = self._index.live_slots()
        yield slots[np.isin(self._index.integers(len(self._rows.key_types) - 1, slots), last)]

    def snapshot(self) -> tuple[StateChunk, ...]:
        if not self._index.size:
            self._parts, self._removed, self._kept = [], _Removed(), np.zeros(2, np.int64)
        elif self._removed.count or self._kept[-2:].any():
            self._add_part()
        return tuple(chunk for part in self._parts for chunk in part.chunks)

    def restore(self, snapshots: Sequence[OperatorSnapshot], owned: KeyGroupRange) -> None:
        kept: list[StateChunk] = []
        others: list[pa.RecordBatch] = []
        for snapshot in snapshots:
            chunks = [chunk for chunk in snapshot.keyed if chunk.table == self._name]
            rows = [owned_rows(chunk.data, owned) for chunk in chunks]
            if all(mine is chunk.data for mine, chunk in zip(rows, chunks, strict=True)):
                kept += chunks
            else:
                others += [mine for mine in rows if mine.num_rows]
        levels = levels_by_size([chunk.data.num_rows for chunk in kept], _TOP)
        self._parts = [
            _Part((chunk,), level, chunk.data.num_rows, _Removed())
            for chunk, level in zip(kept, levels, strict=True)
        ]  # fmt: skip
        self._kept = np.zeros(len(kept) + 2, np.int64)
        for label, part in enumerate(self._parts):
            self._replay(part.chunks[0].data, label, part.removed)
        for data in others:
            self._replay(data, len(self._parts) + 1, _Removed())

    def _reserve(self) -> None:
        used = self._index.slots_used
        self._values.reserve(used)
        if used > len(self._labels):
            grown = np.full(2 * used, kernel.NONE, np.int16)
            grown[: len(self._labels)] = self._labels
            self._labels = grown

    def _drop(self, slots: Int64s) -> None:
        kernel.mark(slots, kernel.NONE, self._labels, self._kept)
        self._values.reset(slots)
        self._index.remove(slots)

    def _add_part(self) -> None:
        uses = [
            PartUse(part.rows, int(kept), part.removed.count)
            for part, kept in zip(self._parts, self._kept[:-2], strict=True)
        ]
        new = int(self._kept[-2:].sum()) + self._removed.count
        rows_from = np.cumsum([new, *(use.kept + use.removed for use in reversed(uses))])[::-1].tolist()
        levels = [part.level for part in self._parts]
        first, _ = place_of_next(levels, rows_from, _TOP)
        given_up = list(parts_to_give_up(uses[:first], rows_from[first], self._index.size))
        moved = sum(uses[number].kept + uses[number].removed for number in given_up)
        if moved:
            first, _ = place_of_next(levels, [rows + moved for rows in rows_from], _TOP)
            given_up = [number for number in given_up if number < first]
        labels = [*given_up, *range(first, len(self._kept))]
        chosen = np.zeros(len(self._kept) + 1, np.uint8)
        chosen[labels] = 1
        slots = np.empty(int(self._kept[labels].sum()) + 1, np.int64)
        kernel.slots_with(self._labels, chosen, slots)
        slots = slots[:-1]
        removed = self._still_removed(first, given_up)
        for number in given_up:
            self._parts[number] = _Part((), _TOP, 0, _Removed())
        del self._parts[first:]
        self._kept[given_up] = 0
        self._kept = np.concatenate((self._kept[:first], [0, 0]))
        self._removed = _Removed()
        for start in range(0, max(len(slots), 1), _MAX_CHUNK_ROWS):
            self._append(removed if not start else _Removed(), slots[start : start + _MAX_CHUNK_ROWS])
        if sum(not part.rows for part in self._parts) > _MAX_EMPTY_PARTS:
            self._drop_empty_parts()

    def _still_removed(self, first: int, given_up: Sequence[int]) -> _Removed:
        """The keys that the next part has to say are gone, because parts that stay may hold them."""
        staying = [number for number in range(first) if self._parts[number].rows and number not in given_up]
        if not staying:
            return _Removed()
        older = [self._parts[number].removed for number in given_up if number > staying[0]]
        gone = _merged(older)
        if gone.count:
            absent = self._index.lookup(gone.keys[0], gone.count) < 0
            mask = pa.array(absent)
            gone = _Removed([[column.filter(mask) for column in gone.keys[0]]], int(np.count_nonzero(absent)))
        return _merged([gone, *(part.removed for part in self._parts[first:]), self._removed])

    def _append(self, removed: _Removed, slots: Int64s) -> None:
        """Another part, of what changes later; that is copied now, the rest of the work left to who stores it."""
        chunks = []
        if removed.count:
            chunks.append(self._chunk(partial(self._rows.tombstones, removed.keys[0], removed.count)))
        if len(slots):
            keys, state = self._index.keys(slots), self._values.snapshot(slots)
            chunks.append(self._chunk(partial(self._rows.live, keys, state, len(slots))))
        rows = len(slots) + removed.count
        if rows:
            self._labels[slots] = len(self._parts)
            self._parts.append(_Part(tuple(chunks), level_of(rows, _TOP), rows, removed))
            self._kept = np.concatenate((self._kept[:-2], [len(slots), 0, 0]))

    def _drop_empty_parts(self) -> None:
        """Number parts and labels anew."""
        full = np.array([part.rows > 0 for part in self._parts])
        numbers = np.append(np.cumsum(full) - 1, [kernel.NONE]).astype(np.int16)
        self._labels = numbers[self._labels]
        self._kept = np.concatenate((self._kept[:-2][full], self._kept[-2:]))
        self._parts = [part for part in self._parts if part.rows]

    def _chunk(self, data: Callable[[], pa.RecordBatch]) -> StateChunk:
        return StateChunk(uuid.uuid4().hex, self._name, data)

    def _replay(self, data: pa.RecordBatch, label: int, removed: _Removed) -> None:
        deleted = is_tombstone(data)
        if deleted.any():
            rows = data.filter(pa.array(deleted))
            keys = self._rows.keys(rows)
            removed.add(keys, rows.num_rows)
            slots = self._index.lookup(keys, rows.num_rows)
            self._drop(np.unique(slots[slots >= 0]))
            data = data.filter(pa.array(~deleted))
        if data.num_rows:
            slots = self.upsert(self._rows.keys(data), data.num_rows)
            kernel.mark(slots, label, self._labels, self._kept)
            self._values.reset(slots)
            self._values.restore(slots, self._rows.state(data))


def _merged(parts: Sequence[_Removed]) -> _Removed:
    batches = [keys for part in parts for keys in part.keys]
    count = sum(part.count for part in parts)
    if not count:
        return _Removed()
    return _Removed([[pa.concat_arrays(columns) for columns in zip(*batches, strict=True)]], count)
