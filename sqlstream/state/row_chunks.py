"""Rows in memory as a few large immutable Arrow chunks."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar.batch import Mask, Rows
from sqlstream.columnar.record_batch import build_record_batch

_MAX_MERGED_ROWS = 1 << 20
_MAX_MERGED_BYTES = 1 << 28


@dataclass(frozen=True, eq=False)
class Chunk:
    """Rows ``first`` to ``first + data.num_rows`` of the store. ``id`` is globally unique."""

    first: int
    data: pa.RecordBatch
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def end(self) -> int:
        return self.first + int(self.data.num_rows)


class RowChunks:
    """Appended batches, merged as they come so that n rows lie in about log(n) chunks; rows are never changed."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._chunks: list[Chunk] = []

    def __len__(self) -> int:
        return self._chunks[-1].end if self._chunks else 0

    def __iter__(self) -> Iterator[Chunk]:
        return iter(self._chunks)

    def append(self, data: pa.RecordBatch) -> None:
        """Add rows, numbered from the present length on."""
        self._chunks.append(Chunk(len(self), data))
        while len(self._chunks) > 1 and _worth_merging(*self._chunks[-2:]):
            last, before = self._chunks.pop(), self._chunks.pop()
            self._chunks.append(Chunk(before.first, pa.concat_batches([before.data, last.data])))

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

    def filtered(self, live: Mask) -> RowChunks:
        """Only the rows that are ``live`` (one flag a row), numbered anew in the same order."""
        kept = RowChunks(self._schema)
        for chunk in self._chunks:
            mask = live[chunk.first : chunk.end]
            if mask.any():
                kept.append(chunk.data.filter(pa.array(mask)))
        return kept

    @staticmethod
    def _take(chunk: Chunk, rows: npt.NDArray[np.int64]) -> pa.RecordBatch:
        return chunk.data.take(pa.array(rows - chunk.first))


def _worth_merging(before: Chunk, last: Chunk) -> bool:
    """Whether the later chunk is at least half the earlier one, as in a binary counter, and both are not too big."""
    if 2 * last.data.num_rows < before.data.num_rows:
        return False
    rows = int(before.data.num_rows + last.data.num_rows)
    size = int(before.data.nbytes + last.data.nbytes)
    return rows <= _MAX_MERGED_ROWS and size <= _MAX_MERGED_BYTES
