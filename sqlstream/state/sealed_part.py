"""Rows of a keyed table in a file: immutable, sorted by hash, found by key without reading the rest."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.difference import differs
from sqlstream.columnar.keys import Hashes
from sqlstream.kernels import sorted_hashes as kernel
from sqlstream.state.disk import DiskSpace
from sqlstream.state.mapped_batch import MappedBatch
from sqlstream.state.snapshot import StateChunk
from sqlstream.state.table_rows import TableRows, is_tombstone

_HASH_COLUMN = "__hash"
_ROWS_PER_BUCKET = 16
_FILTER_BITS = 10
_MAX_FILTER_WORDS = 1 << 24
_WORD = 64


class SealedPart:
    """One chunk of state, memory-mapped. Keys are distinct; ``level`` says how often rows like these were merged."""

    def __init__(
        self, data: pa.RecordBatch, hashes: Hashes, rows: TableRows, table: str, space: DiskSpace, id: str | None = None
    ) -> None:
        """``data`` (not empty), sorted by ``hashes``, is written to a file; ``id`` is its chunk's, if it has one."""
        self._rows = rows
        self._mapped = MappedBatch(data.append_column(_HASH_COLUMN, pa.array(hashes)), space)
        *columns, hash_column = self._mapped.data.columns
        self.data = pa.RecordBatch.from_arrays(columns, schema=data.schema)
        self.hashes: Hashes = hash_column.to_numpy()
        self.first, self.last = hashes[0], hashes[-1]
        buckets = max(len(hashes) // _ROWS_PER_BUCKET, 1)
        span = int(self.last) - int(self.first)
        self._shift = np.uint64(min(max(span.bit_length() - (buckets - 1).bit_length(), 0), 63))
        self._directory = np.empty((span >> int(self._shift)) + 2, np.int32)
        words = max(_FILTER_BITS * len(hashes) // _WORD, 1)
        self._filter = np.zeros(min(words, _MAX_FILTER_WORDS), np.uint64)
        kernel.enter(hashes, self.first, self._shift, self._filter, self._directory)
        self.live_rows = int(np.count_nonzero(~is_tombstone(self.data)))
        self.chunk = StateChunk(id or uuid.uuid4().hex, table, self.data)

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def memory(self) -> int:
        """Bytes in memory; mapped pages of the file are not among them."""
        return self._directory.nbytes + self._filter.nbytes

    def find(self, hashes: Hashes, keys: Sequence[pa.Array]) -> Int64s:
        """The row with each of ``keys``, tombstones too; -1 where there is none."""
        found = np.empty(len(hashes), np.int64)
        kernel.find(
            hashes, self.hashes, self.first, self.last, self._shift, self._filter, self._directory, found
        )  # fmt: skip
        pending = np.flatnonzero(found >= 0)
        while len(pending):
            wrong = pending[self._other_keys(found[pending], [key.take(pa.array(pending)) for key in keys])]
            following = found[wrong] + 1
            within = following < len(self)
            same = within & (self.hashes[np.where(within, following, 0)] == hashes[wrong])
            found[wrong] = np.where(same, following, -1)
            pending = wrong[same]
        return found

    def between(self, first: int, last: int) -> slice:
        """The rows with hashes from ``first`` to ``last``, both included."""
        bounds = np.array([first, last], np.uint64)
        start = np.searchsorted(self.hashes, bounds[0], "left")
        return slice(int(start), int(np.searchsorted(self.hashes, bounds[1], "right")))

    def forget_pages(self) -> None:
        """Take the pages of the file out of the process's memory; they come back when they are needed."""
        self._mapped.forget_pages()

    def _other_keys(self, found: Int64s, keys: Sequence[pa.Array]) -> np.ndarray:
        different = np.zeros(len(found), np.bool_)
        for own, wanted in zip(self._rows.keys(self.data), keys, strict=True):
            different |= differs(own.take(pa.array(found)), wanted)
        return different
