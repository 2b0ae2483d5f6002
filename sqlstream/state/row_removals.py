"""The log of rows taken out of chunks that are stored: which row of which chunk."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.batch import Rows
from sqlstream.columnar.keys import KeyGroups
from sqlstream.state.chunk_levels import level_of, levels_by_size, mostly_outdated, place_of_next
from sqlstream.state.snapshot import KEY_GROUP_COLUMN, KeyGroupRange, StateChunk
from sqlstream.state.table_rows import owned_rows

_CHUNK, _ROW = "chunk", "row"
_ID = pa.binary(16)
_SCHEMA = pa.schema([(KEY_GROUP_COLUMN, pa.int32()), (_CHUNK, _ID), (_ROW, pa.int64())])


@dataclass(frozen=True, slots=True)
class _Part:
    chunk: StateChunk
    data: pa.RecordBatch
    level: int


class RowRemovals:
    """Parts that are merged by level; an entry for a chunk that is no longer stored means nothing."""

    def __init__(self, table: str) -> None:
        self._table = f"{table}-removed"
        self._parts: list[_Part] = []
        self._new: list[pa.RecordBatch] = []

    def add(self, chunk_id: str, rows: Rows, key_groups: KeyGroups) -> None:
        """``rows`` of the chunk, which belong to ``key_groups``, are gone."""
        ids = pa.array([_bytes(chunk_id)], _ID).take(pa.array(np.zeros(len(rows), np.int64)))
        self._new.append(pa.record_batch([pa.array(key_groups), ids, pa.array(rows)], schema=_SCHEMA))

    def snapshot(self, gone: Mapping[str, int]) -> list[StateChunk]:
        """Chunks that have all entries; ``gone`` says how many of them there are for each chunk that is stored."""
        meant = sum(gone.values())
        if not meant:
            self._parts = []
        elif self._new:
            new = pa.concat_batches(self._new)
            sizes = [part.data.num_rows for part in self._parts]
            rows_from = np.cumsum([new.num_rows, *reversed(sizes)])[::-1].tolist()
            first, level = place_of_next([part.level for part in self._parts], rows_from)
            if mostly_outdated(rows_from[0], meant):
                first, level = 0, level_of(meant)
            merged = pa.concat_batches([*(part.data for part in self._parts[first:]), new])
            known = pa.array([_bytes(id) for id in gone], _ID)
            merged = merged.filter(pc.is_in(merged.column(_CHUNK), known))
            self._parts[first:] = [_Part(StateChunk(uuid.uuid4().hex, self._table, merged), merged, level)]
        self._new = []
        return [part.chunk for part in self._parts]

    def restore(self, chunks: Iterable[StateChunk], owned: KeyGroupRange) -> dict[str, Rows]:
        """What earlier snapshots had, by chunk; those of this table that are all ``owned`` are used on."""
        rows: dict[str, list[Rows]] = {}
        kept = []
        for chunk in chunks:
            if chunk.table != self._table:
                continue
            data = owned_rows(chunk.data, owned)
            if data is chunk.data:
                kept.append(chunk)
            numbers = data.column(_ROW).to_numpy()
            for id in data.column(_CHUNK).unique():
                those = np.asarray(pc.equal(data.column(_CHUNK), id))
                rows.setdefault(id.as_py().hex(), []).append(numbers[those])
        levels = levels_by_size([chunk.data.num_rows for chunk in kept])
        self._parts = [_Part(chunk, chunk.data, level) for chunk, level in zip(kept, levels, strict=True)]
        return {id: np.concatenate(parts) for id, parts in rows.items()}


def _bytes(chunk_id: str) -> bytes:
    return bytes.fromhex(chunk_id)
