"""Keys to dense slots and back: the heart of all keyed state.

Slots are small integers; whoever keeps state per key keeps arrays indexed by slot. A removed key's slot is reused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar import array_values as av
from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.row_format import EncodedRows, RowFormat, is_single_word, value_words, word_values
from sqlstream.kernels import key_index as kernel
from sqlstream.kernels.row_bytes import gather_bytes

Number = TypeVar("Number", bound=np.generic)

_MIN_SLOTS = 256
_NO_NULLS = np.zeros(0, np.uint8)


class KeyIndex:
    """An index over keys of the given Arrow types, NULL being a key like any other.

    Keys of no columns at all are all the same key. A single column that fits a 64-bit word is indexed by it; anything
    else as an encoded row. Not thread-safe.
    """

    def __init__(self, types: Sequence[pa.DataType], capacity: int = _MIN_SLOTS) -> None:
        """``capacity``: how many keys to make room for."""
        capacity = max(capacity, _MIN_SLOTS)
        self.types = tuple(types)
        self.format = RowFormat(self.types if self.types else (pa.int64(),))
        self._single = len(self.format.types) == 1 and is_single_word(self.format.types[0])
        self._stride = 1 if self._single else kernel.HEADER + self.format.width
        self._meta = np.zeros(kernel.META_LENGTH, np.int64)
        self._meta[kernel.M_NULL] = -1
        self._table = np.full(1 << (2 * capacity - 1).bit_length(), -1, np.int32)
        self._records = np.empty(capacity * self._stride, np.int64)
        self._free = np.empty(capacity, np.int64)
        self._arena = np.empty(16 * _MIN_SLOTS if self.format.variable_columns else 0, np.uint8)

    @property
    def size(self) -> int:
        """Keys present."""
        return int(self._meta[kernel.M_SIZE])

    @property
    def slots_used(self) -> int:
        """One more than the highest slot ever given out: how long an array indexed by slot must be."""
        return int(self._meta[kernel.M_NEXT])

    @property
    def capacity(self) -> int:
        """Slots there is room for."""
        return len(self._free)

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self._table.nbytes + self._records.nbytes + self._free.nbytes + self._arena.nbytes

    @property
    def records(self) -> Int64s:
        """For kernels, to read: the row-major records of :mod:`sqlstream.kernels.key_index`."""
        return self._records

    @property
    def stride(self) -> int:
        """Numbers in a record."""
        return self._stride

    @property
    def arena(self) -> av.UInt8s:
        """For kernels, to read: the bytes that records point at."""
        return self._arena

    def upsert(self, columns: Sequence[pa.Array], num_rows: int | None = None) -> Int64s:
        """The slot of each row's key, new keys being added. ``num_rows`` is needed only without columns."""
        return self.upsert_new(columns, num_rows)[0]

    def upsert_new(self, columns: Sequence[pa.Array], num_rows: int | None = None) -> tuple[Int64s, Int64s]:
        """As :meth:`upsert`, and the slots of the keys added, in order of first appearance."""
        columns = self._normalise(columns, num_rows)
        count = len(columns[0])
        slots, new = np.empty(count, np.int64), np.zeros(count + 1, np.int64)
        if self._single:
            self._upsert_words(columns[0], slots, new)
        else:
            self._upsert_rows(self.format.encode(columns), slots, new)
        return slots, new[1 : new[0] + 1]

    def lookup(self, columns: Sequence[pa.Array], num_rows: int | None = None) -> Int64s:
        """The slot of each row's key, -1 where it is absent."""
        columns = self._normalise(columns, num_rows)
        slots = np.empty(len(columns[0]), np.int64)
        if self._single:
            keys, nulls = self._key_words(columns[0])
            kernel.lookup_words(keys, nulls, self._table, self._records, self._meta[kernel.M_NULL], slots)
        else:
            rows = self.format.encode(columns)
            kernel.lookup_rows(
                rows.words, self.format.width, rows.offsets, rows.data, self._table, self._records, self._arena, slots
            )
        return slots

    def keys(self, slots: Int64s) -> list[pa.Array]:
        """The key columns of ``slots``, which must be in use."""
        if not self.types:
            return []
        if self._single:
            return [self._word_column(slots)]
        records = self._records.reshape(-1, self._stride)[slots]
        return self.format.decode(
            np.ascontiguousarray(records[:, kernel.HEADER :]), records[:, kernel.R_START].copy(), self._arena
        )

    def integers(self, column: int, slots: Int64s) -> Int64s:
        """One key column of ``slots``, of an integer type and nowhere NULL, without the others."""
        if self._single:
            return self._records[slots]
        words: Int64s = self._records.reshape(-1, self._stride)[slots, kernel.HEADER + self.format.word_of(column)]
        return words

    def remove(self, slots: Int64s) -> None:
        """Forget the keys of distinct ``slots``, which must be in use; the slots will be reused."""
        kernel.remove_slots(
            np.ascontiguousarray(slots, np.int64), self._records, self._stride, self._table, self._meta, self._free
        )

    def live_slots(self) -> Int64s:
        """The slots in use, ascending."""
        live = np.ones(self.slots_used, np.bool_)
        live[self._free[: self._meta[kernel.M_FREE]]] = False
        return np.flatnonzero(live)

    def _normalise(self, columns: Sequence[pa.Array], num_rows: int | None) -> list[pa.Array]:
        if not self.types:
            return [pa.array(np.zeros(num_rows or 0, np.int64))]
        return [av.plain(column) for column in columns]

    def _key_words(self, column: pa.Array) -> tuple[Int64s, npt.NDArray[np.uint8]]:
        nulls = av.null_mask(column)
        return value_words(column), _NO_NULLS if nulls is None else nulls.view(np.uint8)

    def _word_column(self, slots: Int64s) -> pa.Array:
        null_slot = int(self._meta[kernel.M_NULL])
        nulls = slots == null_slot if null_slot >= 0 else None
        words = self._records[slots]
        return word_values(words if nulls is None else np.where(nulls, 0, words), self.types[0], nulls)

    def _upsert_words(self, column: pa.Array, slots: Int64s, new: Int64s) -> None:
        keys, nulls = self._key_words(column)
        row = 0
        while True:
            row = kernel.upsert_words(keys, nulls, row, self._table, self._records, self._meta, self._free, slots, new)
            if row == len(slots):
                return
            self._grow()

    def _upsert_rows(self, rows: EncodedRows, slots: Int64s, new: Int64s) -> None:
        row = 0
        while True:
            row = kernel.upsert_rows(
                rows.words, self.format.width, rows.offsets, rows.data, row, self._table, self._records, self._arena,
                self._meta, self._free, slots, new,
            )  # fmt: skip
            if row == len(slots):
                return
            if rows.offsets.size:
                self._make_room(int(rows.offsets[row + 1] - rows.offsets[row]))
            self._grow()

    def _grow(self) -> None:
        """Double the table when it is half full, and the slots when all are taken."""
        meta, capacity = self._meta, len(self._free)
        if meta[kernel.M_FREE] == 0 and meta[kernel.M_NEXT] >= capacity:
            self._records = _extended(self._records, capacity * self._stride)
            self._free = _extended(self._free, capacity)
        if meta[kernel.M_SIZE] >= len(self._table) >> 1:
            self._table = np.full(2 * len(self._table), -1, np.int32)
            live = self.live_slots()
            live = live[live != meta[kernel.M_NULL]]
            kernel.rebuild(live, self._records, self._stride, self._table)

    def _make_room(self, needed: int) -> None:
        """Have ``needed`` bytes free in the arena: by closing its holes if they are half of it, else by growing."""
        used = int(self._meta[kernel.M_ARENA])
        if used + needed <= len(self._arena):
            return
        live = self.live_slots()
        records = self._records.reshape(-1, self._stride)
        lengths = records[live, kernel.R_LENGTH]
        size = max(2 * (int(lengths.sum()) + needed), 16 * _MIN_SLOTS)
        if 2 * int(self._meta[kernel.M_HOLES]) < used:
            self._arena = _extended(self._arena, size - len(self._arena))
            return
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        arena = np.empty(size, np.uint8)
        gather_bytes(records[live, kernel.R_START], lengths, self._arena, offsets, arena)
        self._arena = arena
        records[live, kernel.R_START] = offsets[:-1]
        self._meta[kernel.M_ARENA] = offsets[-1]
        self._meta[kernel.M_HOLES] = 0


def _extended(array: npt.NDArray[Number], by: int) -> npt.NDArray[Number]:
    out = np.empty(len(array) + by, array.dtype)
    out[: len(array)] = array
    return out
