"""LIMIT without an order: any rows, but exactly as many as asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from sqlstream.columnar.batch import Batch, RowKind, Rows
from sqlstream.columnar.elements import Output
from sqlstream.operators.base import Operator, implements
from sqlstream.plan.physical import Limit
from sqlstream.state.row_store import RowStore
from sqlstream.state.snapshot import OperatorSnapshot

_TABLE = "rows"


class AppendLimitOperator(Operator):
    """The first rows to come after ``offset``; all it keeps is their count."""

    def __init__(self, node: Limit) -> None:
        self._first = node.offset
        self._end = None if node.fetch is None else node.offset + node.fetch
        self._seen = 0

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        start = max(self._first - self._seen, 0)
        stop = batch.num_rows if self._end is None else min(self._end - self._seen, batch.num_rows)
        self._seen += batch.num_rows
        if start < stop:
            yield batch if stop - start == batch.num_rows else batch.slice(start, stop - start)

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(values={"seen": self._seen})

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._seen = sum(snapshot.values["seen"] for snapshot in snapshots)


class RetractingLimitOperator(Operator):
    """The oldest live rows after ``offset``; when one is taken back, the oldest one waiting moves up."""

    def __init__(self, node: Limit) -> None:
        self._window = slice(node.offset, None if node.fetch is None else node.offset + node.fetch)
        self._store = RowStore(node.schema.to_arrow(), (), _TABLE)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        before = self._visible()
        added = batch.signs() > 0
        if added.any():
            self._store.append(batch.data if added.all() else batch.filter(added).data)
        if not added.all():
            self._store.remove(batch.filter(~added).data)
        after = self._visible()
        yield from self._rows(np.setdiff1d(before, after, assume_unique=True), RowKind.DELETE)
        yield from self._rows(np.setdiff1d(after, before, assume_unique=True), RowKind.INSERT)
        self._store.compact()

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(keyed=tuple(self._store.snapshot(self.context.max_parallelism)))

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        chunks = [chunk for snapshot in snapshots for chunk in snapshot.keyed]
        self._store.restore(chunks, self.context.key_groups)

    def _visible(self) -> Rows:
        return self._store.live_rows()[self._window]

    def _rows(self, rows: Rows, kind: RowKind) -> Iterator[Batch]:
        if len(rows):
            yield Batch(self._store.gather(rows), np.full(len(rows), kind, np.int8))


@implements(Limit)
def build_limit(node: Limit) -> Operator:
    """The cheaper of the two that is right for the input."""
    return RetractingLimitOperator(node) if node.retracting else AppendLimitOperator(node)
