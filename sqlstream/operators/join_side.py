"""One input of a streaming join: the rows it has had, and with how many partners each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Batch, Kinds, Mask, Rows
from sqlstream.kernels.associations import associate
from sqlstream.operators.base import OperatorContext
from sqlstream.operators.expiring_rows import ExpiringRows
from sqlstream.operators.key_presence import rows_with_keys
from sqlstream.state.snapshot import OperatorSnapshot


class JoinSide:
    """Rows by join key. A row with a NULL in a key that is not ``null_safe`` has no partners and is not kept.

    ``numbered``: each row's number of partners is kept too. It is no state of its own: it follows from the rows of both
    sides.
    """

    def __init__(
        self,
        table: str,
        schema: pa.Schema,
        keys: Sequence[int],
        null_safe: Sequence[int],
        unique: Sequence[int] | None,
        *,
        numbered: bool,
        ttl: int = 0,
    ) -> None:
        """``ttl``: how long (ms) a row is kept; 0 is for ever."""
        self._ttl = ttl
        self._table, self._schema, self._unique = table, schema, unique
        self.keys = tuple(keys)
        self._strict = [key for position, key in enumerate(keys) if position not in null_safe]
        self._numbered = numbered
        self._partners = np.zeros(0, np.int64)
        self._store: ExpiringRows | None = None

    def open(self, context: OperatorContext) -> None:
        """Once, before anything else."""
        self._store = ExpiringRows(self._schema, self.keys, self._table, self._ttl, context, self._unique)
        self._context = context

    def __len__(self) -> int:
        return 0 if self._store is None else len(self._store)

    @property
    def key_types(self) -> list[pa.DataType]:
        return [self._schema.field(key).type for key in self.keys]

    def key_columns(self, batch: Batch) -> list[pa.Array]:
        """The key of each row of ``batch``, which comes from this side."""
        return [batch.column(key) for key in self.keys]

    def counts(self, keys: Sequence[pa.Array], num_rows: int) -> Rows:
        """How many rows there are with each of ``keys``, which may come from either side."""
        return np.zeros(num_rows, np.int64) if self._store is None else self._store.counts(keys, num_rows)

    def matches(self, keys: Sequence[pa.Array], num_rows: int, limit: int) -> Iterator[tuple[Rows, Rows]]:
        """All pairs (index into ``keys``, number of a row with that key), in portions of about ``limit``."""
        return iter(()) if self._store is None else self._store.matches(keys, num_rows, limit)

    def gather(self, rows: Rows) -> pa.RecordBatch:
        """The rows with these numbers, in this order."""
        assert self._store is not None
        return self._store.gather(rows)

    def live_rows(self) -> Rows:
        """The numbers of all rows."""
        return np.zeros(0, np.int64) if self._store is None else self._store.live_rows()

    def apply(self, batch: Batch, partners: Rows | None = None) -> None:
        """Keep what the batch adds, then drop what it takes away; the order within a batch makes no difference to a
        bag. ``partners``: how many each row of the batch has, where that is kept."""
        if self._store is None:
            return
        kept = rows_with_keys(batch.data, self._strict)
        if kept is not None:
            batch, partners = batch.filter(kept), None if partners is None else partners[kept]
        added = batch.signs() > 0
        if added.any():
            self._append(batch if added.all() else batch.filter(added), partners, added)
        if not added.all():
            self._store.remove(batch.filter(~added).data)

    def compact(self) -> None:
        """Make room if most rows are gone. Rows may have other numbers afterwards."""
        before = None if self._store is None else self._store.compact()
        if before is not None and self._numbered:
            self._partners = self._partners[before]

    def associate(self, rows: Rows, signs: Kinds) -> tuple[Rows, Rows]:
        """Each of ``rows`` (one may be named several times) has one partner more or less. Returns the rows that had
        none before and have one now, and those that have none any more."""
        met, left = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
        num_met, num_left = associate(rows, signs, self._partners, met, left)
        return met[:num_met], left[:num_left]

    def next_timer(self) -> int | None:
        """When to call :meth:`sweep`."""
        return None if self._store is None else self._store.next_timer()

    def sweep(self, now: int) -> None:
        """Forget rows that have been kept for long enough."""
        if self._store is not None:
            self._store.sweep(now)

    def drop(self) -> None:
        """The rows are not asked for any more."""
        if self._store is not None:
            self._store.close()
        self._store = None

    def snapshot(self) -> OperatorSnapshot:
        chunks = () if self._store is None else tuple(self._store.snapshot(self._context.max_parallelism))
        return OperatorSnapshot(keyed=chunks)

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        if self._store is not None:
            chunks = [chunk for snapshot in snapshots for chunk in snapshot.keyed]
            self._store.restore(chunks, self._context.key_groups)
            if self._numbered:
                self._partners = np.zeros(len(self._store), np.int64)

    def _append(self, added: Batch, partners: Rows | None, which: Mask) -> None:
        assert self._store is not None
        first = self._store.append(added.data)
        if self._numbered:
            assert partners is not None
            end = first + added.num_rows
            if end > len(self._partners):
                self._partners = np.concatenate((self._partners, np.zeros(max(end, 256), np.int64)))
            self._partners[first:end] = partners[which]
