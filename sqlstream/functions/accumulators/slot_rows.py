"""One row of several columns a slot, replaced in place: what a table remembers of each key."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s, plain
from sqlstream.columnar.row_format import RowFormat
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.kernels.row_bytes import append_bytes, gather_bytes

_MIN_ARENA = 4096


class SlotRows:
    """Rows of the given Arrow types, encoded: words by slot, bytes in an arena that is compacted at times. It is a
    :class:`~sqlstream.state.slot_state.SlotState`; the row of an empty slot is anything."""

    def __init__(self, types: Sequence[pa.DataType]) -> None:
        self._format = RowFormat(types)
        width = self._format.width
        self._columns = SlotArrays(*[np.int64] * (width + 2))
        self._start, self._length = width, width + 1
        self._empty_arena()

    def _empty_arena(self) -> None:
        self._arena = np.zeros(_MIN_ARENA if self._format.variable_columns else 0, np.uint8)
        self._used = 0

    @property
    def nbytes(self) -> int:
        return self._columns.nbytes + self._arena.nbytes

    def reserve(self, slots: int) -> None:
        self._columns.reserve(slots)

    def put(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        """Row ``i`` of ``columns`` becomes the row of ``slots[i]``; slots are distinct."""
        rows = self._format.encode([plain(column) for column in columns])
        words = rows.words.reshape(-1, self._format.width)
        for j in range(words.shape[1]):
            self._columns[j][slots] = words[:, j]
        if rows.offsets.size:
            self._columns[self._length][slots] = 0
            lengths = np.diff(rows.offsets)
            self._make_room(int(lengths.sum()))
            starts = self._used + np.cumsum(lengths) - lengths
            append_bytes(rows.offsets, rows.data, starts.copy(), self._arena)
            self._columns[self._start][slots] = starts
            self._columns[self._length][slots] = lengths
            self._used += int(lengths.sum())

    def get(self, slots: Int64s) -> list[pa.Array]:
        """The columns of the rows of ``slots``; anything where none was put."""
        words = np.column_stack([self._columns[j][slots] for j in range(self._format.width)])
        return self._format.decode(words, self._columns[self._start][slots], self._arena)

    def reset(self, slots: Int64s) -> None:
        self._columns.reset(slots)

    def clear(self) -> None:
        self._columns.clear()
        self._empty_arena()

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        return self.get(slots)

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        self.put(slots, columns)

    def _make_room(self, needed: int) -> None:
        if self._used + needed <= len(self._arena):
            return
        starts, lengths = self._columns[self._start], self._columns[self._length]
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        arena = np.empty(max(2 * (int(offsets[-1]) + needed), _MIN_ARENA), np.uint8)
        gather_bytes(starts, lengths, self._arena, offsets, arena)
        starts[:] = offsets[:-1]
        self._arena, self._used = arena, int(offsets[-1])
