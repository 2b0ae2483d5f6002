"""What a lookup join remembers of the table it asks: all of it, or answers for a while."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Mask
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.spi.connector import Source
from sqlstream.spi.lookup import CachePolicy, LookupRows
from sqlstream.state.row_store import RowStore

_PORTION = 1 << 16


class FullCache:
    """All rows of ``source``, found by columns ``keys`` of ``schema``."""

    def __init__(self, source: Source, schema: pa.Schema, keys: Sequence[int], batch_size: int) -> None:
        self._source, self._schema, self._keys, self._batch_size = source, schema, tuple(keys), batch_size
        self._rows = RowStore(schema, self._keys, "lookup")

    def load(self) -> None:
        """Read the table. The rows before stay until it has been read. Raises ConnectorError."""
        rows = RowStore(self._schema, self._keys, "lookup")
        for split in self._source.splits(1):
            reader = self._source.reader(split, None)
            try:
                while (batch := reader.read(self._batch_size, 0)) is not None:
                    if not batch.num_rows:
                        continue
                    if batch.is_append_only:
                        rows.append(batch.data)
                        continue
                    added = batch.signs() > 0
                    rows.append(batch.filter(added).data)
                    rows.remove(batch.filter(~added).data)
            finally:
                reader.close()
        self._rows = rows

    def answer(self, keys: pa.RecordBatch) -> LookupRows:
        return _stored(self._rows, keys)


class PartialCache:
    """Answers by key. They expire, and the ones that were used longest ago go when there are too many rows."""

    def __init__(self, schema: pa.Schema, keys: Sequence[int], policy: CachePolicy) -> None:
        self._policy = policy
        self._keys = tuple(keys)
        self._index = KeyIndex([schema.field(key).type for key in keys])
        self._times = SlotArrays(np.int64, np.int64)
        self._rows = RowStore(schema, self._keys, "lookup")

    def answer(self, keys: pa.RecordBatch, now: int) -> tuple[LookupRows, Mask]:
        """The rows of those of ``keys`` that are known, and which are."""
        self._expire(keys, now)
        slots = self._index.lookup(keys.columns, keys.num_rows)
        known: Mask = slots >= 0
        self._times[1][slots[known]] = now
        return _stored(self._rows, keys), known

    def put(self, keys: pa.RecordBatch, answer: LookupRows, now: int) -> None:
        """``answer`` to ``keys``, none of which is known."""
        if not self._policy.missing_keys:
            keys = keys.take(pa.array(np.unique(answer.owners)))
        slots = self._index.upsert(keys.columns, keys.num_rows)
        self._times.reserve(self._index.slots_used)
        for times in self._times.arrays:
            times[slots] = now
        self._rows.append(answer.data)
        self._make_room()

    def _expire(self, keys: pa.RecordBatch, now: int) -> None:
        slots = self._index.lookup(keys.columns, keys.num_rows)
        slots = slots[slots >= 0]
        old = np.zeros(len(slots), np.bool_)
        for times, bound in zip(
            self._times.arrays, (self._policy.expire_after_write, self._policy.expire_after_access), strict=True
        ):
            if bound is not None:
                old |= times[slots] + bound <= now
        self._drop(slots[old])

    def _make_room(self) -> None:
        most = self._policy.max_rows
        slots = self._index.live_slots()
        if most is None or max(len(self._rows), len(slots)) <= most:
            return
        order = slots[np.argsort(self._times[1][slots], kind="stable")]
        keys = pa.RecordBatch.from_arrays(self._index.keys(order), [str(i) for i in range(len(self._keys))])
        sizes = np.maximum(np.bincount(_stored(self._rows, keys).owners, minlength=len(order)), 1)
        kept = np.cumsum(sizes[::-1])[::-1] <= most - most // 10
        self._drop(order[~kept])

    def _drop(self, slots: Int64s) -> None:
        if not len(slots):
            return
        keys = pa.RecordBatch.from_arrays(self._index.keys(slots), [str(i) for i in range(len(self._keys))])
        self._rows.remove(_stored(self._rows, keys).data)
        self._rows.compact()
        self._index.remove(slots)


def _stored(store: RowStore, keys: pa.RecordBatch) -> LookupRows:
    portions = list(store.matches(keys.columns, keys.num_rows, _PORTION))
    owners = np.concatenate([np.zeros(0, np.int64), *(owners for owners, _ in portions)])
    rows = np.concatenate([np.zeros(0, np.int64), *(rows for _, rows in portions)])
    order = np.lexsort((rows, owners))
    return LookupRows(store.gather(rows[order]), owners[order])
