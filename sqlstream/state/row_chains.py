"""Rows by key: which rows, by number, have a given key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Rows
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.kernels import chains

_MIN_CAPACITY = 256


class RowChains:
    """A multimap from key to row numbers. Rows are numbered from 0 in the order they are appended."""

    def __init__(self, key_types: Sequence[pa.DataType]) -> None:
        self._index = KeyIndex(key_types)
        self._num_rows = 0
        self._head = self._tail = self._size = self._next = self._previous = self._slot_of = _no_rows()

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        by_slot = (self._head, self._tail, self._size)
        by_row = (self._next, self._previous, self._slot_of)
        return self._index.nbytes + sum(array.nbytes for array in (*by_slot, *by_row))

    def append(self, keys: Sequence[pa.Array], num_rows: int) -> None:
        """Enter the next ``num_rows`` rows under ``keys``; NULL is a key like any other."""
        slots = self._index.upsert(keys, num_rows)
        self._reserve(self._index.slots_used, self._num_rows + num_rows)
        chains.link(
            slots, self._num_rows, self._head, self._tail, self._size, self._next, self._previous, self._slot_of
        )
        self._num_rows += num_rows

    def remove(self, rows: Rows) -> None:
        """Take distinct rows out that are in."""
        chains.unlink(rows, self._head, self._tail, self._size, self._next, self._previous, self._slot_of)

    def pop(self, keys: Sequence[pa.Array], num_rows: int) -> Rows:
        """For each of ``keys`` in turn, its oldest row, taken out; -1 where there is none left."""
        slots = self._index.lookup(keys, num_rows)
        rows = np.empty(num_rows, np.int64)
        chains.pop_oldest(slots, self._head, self._tail, self._size, self._next, self._previous, self._slot_of, rows)
        return rows

    def counts(self, keys: Sequence[pa.Array], num_rows: int) -> Rows:
        """How many rows are entered under each of ``keys``."""
        if not self._num_rows:
            return np.zeros(num_rows, np.int64)
        slots = self._index.lookup(keys, num_rows)
        return np.where(slots >= 0, self._size[slots], 0)

    def matches(self, keys: Sequence[pa.Array], num_rows: int, limit: int) -> Iterator[tuple[Rows, Rows]]:
        """All pairs (index into ``keys``, row with that key), by index, then oldest first.

        They come in portions of about ``limit`` pairs; more only where a single key has more rows than that.
        """
        if not self._num_rows:
            return
        slots = self._index.lookup(keys, num_rows)
        ends = np.cumsum(np.where(slots >= 0, self._size[slots], 0))
        first = taken = 0
        while taken < ends[-1]:
            last = max(int(np.searchsorted(ends, taken + limit, side="right")), first + 1)
            count = int(ends[last - 1]) - taken
            if count:
                probes, rows = np.empty(count, np.int64), np.empty(count, np.int64)
                chains.expand(slots[first:last], self._head, self._next, probes, rows)
                yield (probes + first if first else probes), rows
            first, taken = last, taken + count

    def _reserve(self, slots: int, rows: int) -> None:
        if slots > len(self._head):
            self._head, self._tail = _grown(self._head, slots, -1), _grown(self._tail, slots, -1)
            self._size = _grown(self._size, slots, 0)
        if rows > len(self._next):
            self._next, self._previous = _grown(self._next, rows, -1), _grown(self._previous, rows, -1)
            self._slot_of = _grown(self._slot_of, rows, -1)


def _no_rows() -> Rows:
    return np.empty(0, np.int64)


def _grown(array: Rows, needed: int, fill: int) -> Rows:
    out = np.full(max(needed, 2 * len(array), _MIN_CAPACITY), fill, np.int64)
    out[: len(array)] = array
    return out
