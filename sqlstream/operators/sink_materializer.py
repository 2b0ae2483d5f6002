"""The latest row that is left of each primary key, as upserts, whatever the order in which its changes come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.elements import Output
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.expiring_rows import ExpiringRows
from sqlstream.plan.physical import SinkMaterializer
from sqlstream.state.snapshot import OperatorSnapshot

_TABLE = "rows"
_NONE = -1
_PAIRS = 1 << 16


@dataclass(frozen=True, slots=True)
class _Latest:
    """For each key the number of its latest row, -1 where it has none, and those rows, in order."""

    numbers: Int64s
    rows: pa.RecordBatch


@implements(SinkMaterializer)
class SinkMaterializerOperator(Operator):
    """State: all rows of each primary key, in the order they came. NULL is a key like any other.

    After each batch the sink is told of every key whose latest row is another than before.
    """

    def __init__(self, node: SinkMaterializer) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._key_types = [self._schema.field(key).type for key in node.primary_key]

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._rows = ExpiringRows(self._schema, self._node.primary_key, _TABLE, self._node.state_ttl, context)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        index = KeyIndex(self._key_types)
        index.upsert([batch.column(key) for key in self._node.primary_key], batch.num_rows)
        keys = index.keys(np.arange(index.slots_used))
        before = self._latest(keys, index.slots_used)
        adds = batch.signs() > 0
        if adds.any():
            self._rows.append(batch.data if adds.all() else batch.filter(adds).data)
        if not adds.all():
            self._rows.remove(batch.filter(~adds).data)
        after = self._latest(keys, index.slots_used)
        yield from self._upserts(before, after)
        self._rows.compact()

    def next_timer(self) -> int | None:
        return self._rows.next_timer()

    def on_timer(self, now: int) -> Iterable[Output]:
        self._rows.sweep(now)
        return ()

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(tuple(self._rows.snapshot(self.context.max_parallelism)))

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._rows.restore([chunk for snapshot in snapshots for chunk in snapshot.keyed], self.context.key_groups)

    def close(self) -> None:
        self._rows.close()

    def _latest(self, keys: Sequence[pa.Array], num_keys: int) -> _Latest:
        numbers = np.full(num_keys, _NONE, np.int64)
        for probes, rows in self._rows.matches(keys, num_keys, _PAIRS):
            np.maximum.at(numbers, probes, rows)
        return _Latest(numbers, self._rows.gather(numbers[numbers != _NONE]))

    def _upserts(self, before: _Latest, after: _Latest) -> Iterable[Batch]:
        """+I of keys that are new, +U of those that have another row, -D of those that are gone, with their last."""
        was, now = before.numbers != _NONE, after.numbers != _NONE
        different = before.numbers != after.numbers
        given, gone = np.flatnonzero(now & different), np.flatnonzero(was & ~now)
        if not len(given) and not len(gone):
            return
        place_before, place_after = np.cumsum(was) - 1, np.cumsum(now) - 1
        data = pa.concat_batches(
            [before.rows.take(pa.array(place_before[gone])), after.rows.take(pa.array(place_after[given]))]
        )
        kinds = np.concatenate(
            (np.full(len(gone), RowKind.DELETE), np.where(was[given], RowKind.UPDATE_AFTER, RowKind.INSERT))
        )
        yield Batch(data, kinds.astype(np.int8))
