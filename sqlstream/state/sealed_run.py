"""Runs: what was put on disk at a time, as parts of which each has the hashes that follow those of the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.columnar.keys import Hashes
from sqlstream.state.sealed_part import SealedPart
from sqlstream.state.table_rows import TableRows, is_tombstone

_HASHES = 1 << 64


@dataclass(slots=True)
class SealedRun:
    """Each key is in it at most once."""

    parts: list[SealedPart]
    level: int

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    @property
    def memory(self) -> int:
        return sum(part.memory for part in self.parts)

    def overlapping(self, hashes: Hashes) -> Iterator[tuple[SealedPart, slice]]:
        """The parts that may have some of ``hashes`` (sorted), and which."""
        for part in self.parts:
            start, end = np.searchsorted(hashes, part.first, "left"), np.searchsorted(hashes, part.last, "right")
            if start < end:
                yield part, slice(int(start), int(end))


@dataclass(frozen=True, slots=True)
class Found:
    """``rows`` of ``part`` have the keys asked for at ``positions``."""

    part: SealedPart
    rows: Int64s
    positions: Int64s


def find_newest(runs: Sequence[SealedRun], hashes: Hashes, keys: Sequence[pa.Array]) -> Iterator[Found]:
    """The latest row of each of ``keys`` that is in ``runs`` (oldest first), tombstones too. ``hashes`` are sorted."""
    pending = np.arange(len(hashes))
    for run in reversed(runs):
        missing = np.ones(len(pending), np.bool_)
        for part, those in run.overlapping(hashes[pending]):
            asked = pending[those]
            indices = pa.array(asked)
            rows = part.find(hashes[asked], [key.take(indices) for key in keys])
            hit = rows >= 0
            if hit.any():
                yield Found(part, rows[hit], asked[hit])
                missing[those] = ~hit
        pending = pending[missing]
        if not len(pending):
            return


def newest_rows(
    runs: Iterable[SealedRun], first: int, last: int, rows: TableRows
) -> tuple[pa.RecordBatch, Hashes] | None:
    """The latest row, maybe a tombstone, of each key in ``runs`` (oldest first) whose hash is between ``first`` and
    ``last``, sorted by hash; None if there is none."""
    batches, hashes = [], []
    for run in reversed(list(runs)):
        for part in run.parts:
            those = part.between(first, last)
            if those.start < those.stop:
                batches.append(part.data.slice(those.start, those.stop - those.start))
                hashes.append(part.hashes[those])
    if not batches:
        return None
    return sorted_by_hash(pa.concat_batches(batches), np.concatenate(hashes), rows)


def sorted_by_hash(data: pa.RecordBatch, hashes: Hashes, rows: TableRows) -> tuple[pa.RecordBatch, Hashes]:
    """``data`` in the order of its ``hashes``; of rows with the same key the first only."""
    order = np.argsort(hashes, kind="stable")
    hashes = hashes[order]
    again = np.concatenate(([False], hashes[1:] == hashes[:-1]))
    if again.any():
        suspects = np.flatnonzero(again | np.concatenate((again[1:], [False])))
        keys = [column.take(pa.array(order[suspects])) for column in rows.keys(data)]
        slots = KeyIndex(rows.key_types).upsert(keys, len(suspects))
        kept = np.ones(len(order), np.bool_)
        kept[suspects] = False
        kept[suspects[np.unique(slots, return_index=True)[1]]] = True
        order, hashes = order[kept], hashes[kept]
    return data.take(pa.array(order)), hashes


def without_tombstones(data: pa.RecordBatch, hashes: Hashes) -> tuple[pa.RecordBatch, Hashes]:
    """Only the rows that are there."""
    deleted = is_tombstone(data)
    return (data.filter(pa.array(~deleted)), hashes[~deleted]) if deleted.any() else (data, hashes)


def hash_ranges(count: int) -> Iterator[tuple[int, int]]:
    """All hashes in ``count`` ranges of the same size, both ends included; a range has whole upper halves of hashes."""
    count = min(count, 1 << 32)
    bounds = [(i * (1 << 32) // count) << 32 for i in range(count)] + [_HASHES]
    for i in range(count):
        yield bounds[i], bounds[i + 1] - 1
