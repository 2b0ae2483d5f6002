"""Rows as a few large immutable Arrow chunks, in memory or in mapped files."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar.batch import Mask, Rows
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.state.disk import DiskSpace
from sqlstream.state.mapped_batch import MappedBatch

_MAX_MERGED_ROWS = 1 << 20
_MAX_MERGED_BYTES = 1 << 28
_CHUNKS_IN_MEMORY = 8


@dataclass(frozen=True, eq=False)
class Chunk:
    """Rows ``first`` to ``first + data.num_rows`` of the store. ``id`` is globally unique. ``mapped``: where the data
    is if it is on disk."""

    first: int
    data: pa.RecordBatch
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    mapped: MappedBatch | None = None

    @property
    def end(self) -> int:
        return self.first + int(self.data.num_rows)


class RowChunks:
    """Appended batches, merged as they come so that n rows lie in about log(n) chunks; rows are never changed."""

    def __init__(self, schema: pa.Schema, space: DiskSpace | None = None) -> None:
        """With ``space``, rows are put on disk when :meth:`fit` says so."""
        self._schema, self._space = schema, space
        self._chunks: list[Chunk] = []

    def __len__(self) -> int:
        return self._chunks[-1].end if self._chunks else 0

    def __iter__(self) -> Iterator[Chunk]:
        return iter(self._chunks)

    def append(self, data: pa.RecordBatch) -> None:
        """Add rows, numbered from the present length on."""
        self._chunks.append(Chunk(len(self), data))
        while len(self._chunks) > 1 and self._worth_merging(*self._chunks[-2:]):
            last, before = self._chunks.pop(), self._chunks.pop()
            self._chunks.append(Chunk(before.first, pa.concat_batches([before.data, last.data])))

    def append_whole(self, data: pa.RecordBatch) -> Chunk:
        """Add rows as a chunk of their own."""
        self._chunks.append(Chunk(len(self), data))
        return self._chunks[-1]

    def fit(self, memory: int) -> None:
        """Put the oldest chunks on disk until those in memory take no more than ``memory`` bytes."""
        if self._space is None:
            return
        held = sum(chunk.data.nbytes for chunk in self._chunks if chunk.mapped is None)
        if held <= memory:
            return
        for i, chunk in enumerate(self._chunks):
            if chunk.mapped is not None:
                chunk.mapped.forget_pages()
            elif held > memory // 2:
                held -= chunk.data.nbytes
                mapped = MappedBatch(chunk.data, self._space)
                self._chunks[i] = Chunk(chunk.first, mapped.data, chunk.id, mapped)

    def gather(self, rows: Rows) -> pa.RecordBatch:
        """The rows with these numbers, in this order."""
        starts = np.array([chunk.first for chunk in self._chunks], np.int64)
        owners = np.searchsorted(starts, rows, side="right") - 1
        needed = np.unique(owners)
        if len(needed) == 0:
            return build_record_batch([pa.array([], f.type) for f in self._schema], self._schema, 0)
        if len(needed) == 1:
            return self._take(self._chunks[needed[0]], rows)
        by_owner = np.argsort(owners, kind="stable")
        bounds = np.searchsorted(owners[by_owner], needed)
        parts = [
            self._take(self._chunks[owner], rows[group])
            for owner, group in zip(needed, np.split(by_owner, bounds[1:]), strict=True)
        ]
        inverse = np.empty(len(rows), np.int64)
        inverse[by_owner] = np.arange(len(rows))
        return pa.concat_batches(parts).take(pa.array(inverse))

    def filtered(self, live: Mask) -> Iterator[pa.RecordBatch]:
        """Only the rows that are ``live`` (one flag a row), in the same order."""
        for chunk in self._chunks:
            mask = live[chunk.first : chunk.end]
            if mask.any():
                yield chunk.data.filter(pa.array(mask))

    @staticmethod
    def _take(chunk: Chunk, rows: npt.NDArray[np.int64]) -> pa.RecordBatch:
        return chunk.data.take(pa.array(rows - chunk.first))

    def _worth_merging(self, before: Chunk, last: Chunk) -> bool:
        """Whether the later chunk is at least half the earlier one, as in a binary counter, and both are not too
        big."""
        if 2 * last.data.num_rows < before.data.num_rows:
            return False
        rows = int(before.data.num_rows + last.data.num_rows)
        size = int(before.data.nbytes + last.data.nbytes)
        most = _MAX_MERGED_BYTES if self._space is None else self._space.memory // _CHUNKS_IN_MEMORY
        return rows <= _MAX_MERGED_ROWS and size <= most
