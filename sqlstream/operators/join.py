"""Inner equi-join of two streams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.batch import Batch, Rows
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.options import BATCH_SIZE
from sqlstream.errors import PlanError
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.environment import environment_of
from sqlstream.plan.evaluate import compile_expression
from sqlstream.plan.physical import Join, JoinKind
from sqlstream.state.row_store import RowStore
from sqlstream.state.snapshot import OperatorSnapshot

LEFT, RIGHT = 0, 1
_TABLES = ("left", "right")


@implements(Join)
class JoinOperator(Operator):
    """Each row is matched with all rows of the other input so far and passes its kind on to the joined rows.

    Duplicates count; a NULL key matches nothing. Each side keeps its rows for as long as the other may bring more.
    """

    def __init__(self, node: Join) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._inputs = (node.left.to_arrow(), node.right.to_arrow())
        self._keys = (node.left_keys, node.right_keys)
        self._stores: list[RowStore | None] = [None, None]
        if node.kind is not JoinKind.INNER:
            raise PlanError(f"A {node.kind.value} join cannot be run yet.", hint="Write an inner join.")
        for left, right in zip(*map(self._key_types, (LEFT, RIGHT)), strict=True):
            if left != right:
                raise PlanError(f"A join compares keys of different types: {left} and {right}.", hint="CAST one side.")

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._stores = [self._new_store(side) for side in (LEFT, RIGHT)]
        condition = self._node.condition
        self._condition = None if condition is None else compile_expression(condition)
        self._environment = environment_of(context)
        self._batch_size = context.configuration.option(BATCH_SIZE)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        batch = self._with_keys(batch, input)
        if not batch.num_rows:
            return
        yield from self._joined(batch, input)
        store = self._stores[input]
        if store is not None:
            _apply(store, batch)

    def on_input_end(self, input: int) -> Iterable[Output]:
        self._drop_store(1 - input)
        return ()

    def snapshot(self) -> OperatorSnapshot:
        stores = [store for store in self._stores if store is not None]
        chunks = [chunk for store in stores for chunk in store.snapshot(self.context.max_parallelism)]
        return OperatorSnapshot(keyed=tuple(chunks))

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        chunks = [chunk for snapshot in snapshots for chunk in snapshot.keyed]
        for store in self._stores:
            if store is not None:
                store.restore(chunks, self.context.key_groups)

    def close(self) -> None:
        for side in (LEFT, RIGHT):
            self._drop_store(side)

    def _new_store(self, side: int) -> RowStore:
        managed = self.context.managed_state
        space = None if managed is None else managed.open()
        return RowStore(self._inputs[side], self._keys[side], _TABLES[side], space)

    def _drop_store(self, side: int) -> None:
        store, self._stores[side] = self._stores[side], None
        if store is not None:
            store.close()

    def _key_types(self, side: int) -> list[pa.DataType]:
        return [self._inputs[side].field(key).type for key in self._keys[side]]

    def _with_keys(self, batch: Batch, side: int) -> Batch:
        """Without the rows that have a NULL in their key."""
        present = [batch.column(key).is_valid() for key in self._keys[side] if batch.column(key).null_count]
        return batch.filter(np.asarray(reduce(pc.and_, present))) if present else batch

    def _joined(self, batch: Batch, side: int) -> Iterator[Batch]:
        other = self._stores[1 - side]
        if other is None or not len(other):
            return
        keys = [batch.column(key) for key in self._keys[side]]
        for probes, rows in other.matches(keys, batch.num_rows, self._batch_size):
            own, opposite = _take(batch, probes), other.gather(rows)
            pair = (own.data, opposite) if side == LEFT else (opposite, own.data)
            data = build_record_batch([*pair[0].columns, *pair[1].columns], self._schema, len(rows))
            joined = self._where_condition_holds(Batch(data, own.kinds))
            if joined.num_rows:
                yield joined

    def _where_condition_holds(self, joined: Batch) -> Batch:
        if self._condition is None:
            return joined
        mask = pc.fill_null(self._condition(joined.data, self._environment()), False)
        return joined if mask.true_count == joined.num_rows else joined.filter(np.asarray(mask))


def _take(batch: Batch, rows: Rows) -> Batch:
    """``rows`` (ascending) of ``batch``; the batch itself when they are all its rows, once each."""
    if len(rows) == batch.num_rows and rows[0] == 0 and bool((np.diff(rows) == 1).all()):
        return batch
    return batch.take(rows)


def _apply(store: RowStore, batch: Batch) -> None:
    """What the batch adds, then what it takes away; the order within a batch makes no difference to a bag."""
    if batch.is_append_only:
        store.append(batch.data)
        return
    added = batch.signs() > 0
    if added.any():
        store.append(batch.filter(added).data)
    if not added.all():
        store.remove(batch.filter(~added).data)
    store.compact()
