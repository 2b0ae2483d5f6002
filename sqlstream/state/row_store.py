"""A bag of rows that can be looked up by key and taken back: one side of a join."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Rows
from sqlstream.state.disk import DiskSpace
from sqlstream.state.numbered_rows import NumberedRows
from sqlstream.state.row_chains import RowChains
from sqlstream.state.snapshot import KeyGroupRange, StateChunk


class RowStore:
    """Rows of one schema, equal ones counted. Row numbers are valid until :meth:`compact` says otherwise.

    Rows are found by value only once something is removed, so an append-only side pays nothing for it. With ``space``
    the rows are on disk when they are too many; what finds them is in memory.
    """

    def __init__(
        self,
        schema: pa.Schema,
        keys: Sequence[int],
        table: str,
        space: DiskSpace | None = None,
        unique: Sequence[int] | None = None,
    ) -> None:
        """``unique``: columns that no two live rows agree in (but for an update under way), if there are any."""
        self._identity = range(len(schema)) if unique is None else unique
        self._found_by_key = set(self._identity) <= set(keys)
        self._key_types = [schema.field(key).type for key in keys]
        self._rows = NumberedRows(schema, keys, table, space)
        self._clear_indexes()

    def _clear_indexes(self) -> None:
        self._by_key = RowChains(self._key_types)
        self._by_value: RowChains | None = None

    def __len__(self) -> int:
        """Live rows."""
        return len(self._rows)

    def append(self, data: pa.RecordBatch) -> int:
        """Add rows; they are numbered from the number returned on."""
        first = self._rows.end
        self._rows.append(data)
        self._entered(data)
        return first

    def remove(self, data: pa.RecordBatch) -> Rows:
        """Take back one equal row for each of ``data``'s, the oldest first: their numbers, -1 where there is none."""
        if self._found_by_key:
            rows = self._by_key.pop(self._rows.key_columns(data), data.num_rows)
            found = rows[rows >= 0]
        else:
            if self._by_value is None:
                self._by_value = self._index_values()
            rows = self._by_value.pop(self._identity_columns(data), data.num_rows)
            found = rows[rows >= 0]
            self._by_key.remove(found)
        self._rows.discard(found)
        return rows

    def discard(self, rows: Rows) -> None:
        """Take back live rows by their distinct numbers."""
        self._by_key.remove(rows)
        if self._by_value is not None:
            self._by_value.remove(rows)
        self._rows.discard(rows)

    def matches(self, keys: Sequence[pa.Array], num_rows: int, limit: int) -> Iterator[tuple[Rows, Rows]]:
        """All pairs (index into ``keys``, live row with that key), in portions of about ``limit``."""
        return self._by_key.matches(keys, num_rows, limit)

    def counts(self, keys: Sequence[pa.Array], num_rows: int) -> Rows:
        """How many live rows there are with each of ``keys``."""
        return self._by_key.counts(keys, num_rows)

    def gather(self, rows: Rows) -> pa.RecordBatch:
        """The rows with these numbers, in this order; dead ones too."""
        return self._rows.gather(rows)

    def live_rows(self) -> Rows:
        """The numbers of all live rows, oldest first."""
        return self._rows.live_rows()

    def compact(self) -> Rows | None:
        """Drop dead rows if they are the majority. Then rows are numbered anew: row ``i`` was the ``i``-th of the
        numbers returned."""
        before = self._rows.live_rows() if self._rows.is_mostly_dead else None
        kept = self._rows.compact()
        if kept is None:
            return None
        self._clear_indexes()
        for data in kept:
            self.append(data)
        return before

    def snapshot(self, max_parallelism: int) -> list[StateChunk]:
        """The live rows, in chunks; those stored before are used on while most of their rows live."""
        return self._rows.snapshot(max_parallelism)

    def restore(self, chunks: Sequence[StateChunk], key_groups: KeyGroupRange) -> None:
        """Add the rows of those ``chunks`` that are this table's and belong to ``key_groups``. Chunks of which that is
        all are used on."""
        self._rows.restore(chunks, key_groups, self._entered)

    def close(self) -> None:
        """Nothing is asked any more."""
        self._clear_indexes()
        self._rows.close()

    def _entered(self, data: pa.RecordBatch) -> None:
        """Make rows just appended known to what finds them."""
        self._by_key.append(self._rows.key_columns(data), data.num_rows)
        if self._by_value is not None:
            self._by_value.append(self._identity_columns(data), data.num_rows)
        self._rows.fit(self._by_key.nbytes + (0 if self._by_value is None else self._by_value.nbytes))

    def _index_values(self) -> RowChains:
        by_value = RowChains([self._rows.schema.field(column).type for column in self._identity])
        for data in self._rows.batches():
            by_value.append(self._identity_columns(data), data.num_rows)
        by_value.remove(np.flatnonzero(~self._rows.live[: self._rows.end]))
        return by_value

    def _identity_columns(self, data: pa.RecordBatch) -> list[pa.Array]:
        return [data.column(column) for column in self._identity]
