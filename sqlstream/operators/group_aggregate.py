"""GROUP BY over a stream that never ends: a changelog of groups, as Flink's GroupAggregate emits it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch, Kinds
from sqlstream.columnar.elements import Output
from sqlstream.functions.accumulators.touched import TouchedSlotFinder
from sqlstream.kernels import group_lives as lives
from sqlstream.operators.aggregate_calls import AggregateCalls
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.group_changes import GroupChange
from sqlstream.operators.group_state import GroupState
from sqlstream.operators.group_table import open_table
from sqlstream.operators.time_to_live import TimeToLive
from sqlstream.plan.physical import GroupAggregate
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.types.arrow import to_arrow

_TABLE = "groups"


@implements(GroupAggregate)
class GroupAggregateOperator(Operator):
    """State: for each group, its number of rows and its accumulators. A group without rows has no state."""

    def __init__(self, node: GroupAggregate) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._on_close = ExitStack()

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node = self._node
        if node.merging:
            self._follow = self._follow_partial_groups
        else:
            self._follow = self._follow_rows if node.per_record else self._follow_groups
        key_types = [to_arrow(field.type) for field in node.schema.fields[: len(node.keys)]]
        self._calls = AggregateCalls(node.aggregates, node.input, node.retracting)
        self._state = GroupState(self._calls)
        self._touched = TouchedSlotFinder()
        self._life = TimeToLive(self._state, node.state_ttl, context)
        self._table = open_table(_TABLE, key_types, self._life.kept, context)
        self._on_close.callback(self._table.close)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        keys = [batch.column(key) for key in self._node.keys]
        slots = self._table.upsert(keys, batch.num_rows)
        self._life.touch(slots)
        change = self._follow(batch, slots)
        self._table.settle()
        yield from self._emit(change)

    def next_timer(self) -> int | None:
        return self._life.next_timer()

    def on_timer(self, now: int) -> Iterable[Output]:
        self._life.sweep(self._table, now)
        return ()

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(self._table.snapshot())

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._table.restore(snapshots, self.context.key_groups)

    def close(self) -> None:
        self._on_close.close()

    def _follow_rows(self, batch: Batch, slots: Int64s) -> GroupChange:
        """One change a row, the rows that Flink ignores left out."""
        life = self._follow_lives(batch, slots)
        counting = np.flatnonzero(life.events != lives.IGNORED)
        if len(counting) < batch.num_rows:
            batch = batch.take(counting)
        slots_of_lives, events = life.slots[counting], life.events[counting]
        touched = self._touched.find(slots_of_lives, life.slots_used)
        initial = self._calls.values(touched.distinct)
        after = self._calls.running(batch, slots_of_lives, batch.signs())
        groups = len(touched.distinct)
        source = pa.array(np.where(touched.previous >= 0, groups + touched.previous, touched.group))
        before = [pa.concat_arrays([start, end]).take(source) for start, end in zip(initial, after, strict=True)]
        keys = [batch.column(key) for key in self._node.keys]
        self._settle(life)
        return GroupChange(keys, before, after, events == lives.BORN, events == lives.DIED)

    def _follow_groups(self, batch: Batch, slots: Int64s) -> GroupChange:
        """One change a group that the batch touches."""
        touched = self._touched.find(slots, self._table.index.slots_used).distinct
        existed = self._state.counts[touched] > 0
        before, keys = self._calls.values(touched), self._table.index.keys(touched)
        life = self._follow_lives(batch, slots)
        counting = np.flatnonzero(life.events != lives.IGNORED)
        if len(counting) < batch.num_rows:
            batch = batch.take(counting)
        self._calls.update(batch, life.slots[counting], batch.signs())
        exists = self._state.counts[touched] > 0
        after = self._settle(life, touched)
        rows = np.flatnonzero(existed | exists)
        if len(rows) < len(touched):
            indices = pa.array(rows)
            keys, before, after = ([c.take(indices) for c in columns] for columns in (keys, before, after))
            existed, exists = existed[rows], exists[rows]
        return GroupChange(keys, before, after, ~existed, ~exists)

    def _follow_partial_groups(self, batch: Batch, slots: Int64s) -> GroupChange:
        """One change a group of a batch that a LocalAggregate has made: groups only grow."""
        touched = self._touched.find(slots, self._table.index.slots_used).distinct
        born = self._state.counts[touched] == 0
        before, keys = self._calls.values(touched), self._table.index.keys(touched)
        rows, *states = batch.data.columns[len(self._node.keys) :]
        np.add.at(self._state.counts, slots, rows.to_numpy())
        self._calls.merge_columns(slots, states, self._table.index.slots_used)
        self._table.changed(touched)
        return GroupChange(keys, before, self._calls.values(touched), born, np.zeros(len(touched), np.bool_))

    def _follow_lives(self, batch: Batch, slots: Int64s) -> _Lives:
        touched = self._touched.find(slots, self._table.index.slots_used)
        current = touched.distinct.copy()
        used, events = np.zeros(len(current), np.int8), np.empty(len(slots), np.int8)
        out = np.empty(len(slots), np.int64)
        first_spare = self._table.index.slots_used
        spares = lives.follow_lives(
            slots, touched.group, batch.signs(), first_spare, self._state.counts, current, used, out, events
        )
        self._calls.reserve(first_spare + spares)
        return _Lives(touched.distinct, current, out, events, first_spare, first_spare + spares)

    def _settle(self, life: _Lives, values_of: Int64s | None = None) -> list[pa.Array]:
        """Move what lives on in spare slots to the slots of the keys, and remove the dead.

        Returns the values of ``values_of``, as they are just before the dead are removed.
        """
        moved = life.latest != life.distinct
        if moved.any():
            self._calls.reset(life.distinct[moved])
            self._calls.merge(life.distinct[moved], life.latest[moved])
        if life.slots_used > life.first_spare:
            self._calls.reset(np.arange(life.first_spare, life.slots_used))
        values = [] if values_of is None else self._calls.values(values_of)
        dead = self._state.counts[life.distinct] == 0
        self._table.changed(life.distinct[~dead])
        if dead.any():
            self._table.remove(life.distinct[dead])
        return values

    def _emit(self, change: GroupChange) -> Iterable[Batch]:
        rows = change.rows(self._schema, update_before=self._node.update_before)
        return () if rows is None else (rows,)


@dataclass(frozen=True, slots=True)
class _Lives:
    """The lives of groups in one batch: ``distinct`` slots of keys, the slot of the ``latest`` life of each, and for
    each row the slot of its life and what the row did to it. Slots from ``first_spare`` on are spare ones."""

    distinct: Int64s
    latest: Int64s
    slots: Int64s
    events: Kinds
    first_spare: int
    slots_used: int
