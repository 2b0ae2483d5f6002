"""GROUP BY keys and window, emitted before the window's end, or after it, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import MAX_TIMESTAMP, MIN_TIMESTAMP, Output, Watermark
from sqlstream.columnar.event_time import from_local, to_local
from sqlstream.config.time_zone import local_time_zone
from sqlstream.operators.aggregate_calls import AggregateCalls
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.environment import clock_of
from sqlstream.operators.group_changes import GroupChange
from sqlstream.operators.group_state import GroupState
from sqlstream.operators.group_table import open_table
from sqlstream.operators.window_rows import timestamps
from sqlstream.operators.window_slices import slices_of
from sqlstream.operators.window_times import row_times
from sqlstream.operators.window_updates import WindowUpdates
from sqlstream.plan.physical import UpdatingWindowAggregate, WindowProperty
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.types.arrow import to_arrow
from sqlstream.types.logical import LocalZonedTimestampType

_WATERMARK = "watermark"
_ENDS = "ends"
_NEXT_TIMER = "timer"


@implements(UpdatingWindowAggregate)
class UpdatingWindowAggregateOperator(Operator):
    """State: for each key and window, its number of rows, its accumulators and what was emitted of it last, until the
    watermark has passed the window's end by the allowed lateness.

    Without a delay a window is emitted once for each batch with rows of it, and each time only if it has changed.
    """

    def __init__(self, node: UpdatingWindowAggregate) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._on_close = ExitStack()
        self._slices = slices_of(node.window)
        self._is_instant = isinstance(node.input[node.time_column].type, LocalZonedTimestampType)

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node = self._node
        key_types = [to_arrow(node.input[key].type) for key in node.keys]
        self._calls = AggregateCalls(node.aggregates, node.input, node.retracting)
        self._state = WindowUpdates(GroupState(self._calls), [to_arrow(call.type) for call in node.aggregates])
        self._table = open_table("windows", [*key_types, pa.int64()], self._state, context, len(node.keys))
        self._on_close.callback(self._table.close)
        self._time_zone = local_time_zone(context.configuration)
        self._late = context.metrics.counter("numLateRecordsDropped")
        self._clock = clock_of(context)
        self._watermark = MIN_TIMESTAMP
        self._open_ends = np.zeros(0, np.int64)
        self._next_timer = MAX_TIMESTAMP

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        node = self._node
        times = row_times(batch, node.time_column, node.proctime, self._clock)
        starts = self._slices.slice_starts(to_local(times, self._time_zone) if self._is_instant else times)
        rows, _, ends = self._slices.windows(starts)
        gone = self._due_times(ends) + node.emit.lateness <= self._watermark
        self._late.inc(len(np.setdiff1d(rows[gone], rows[~gone])))
        rows, ends = rows[~gone], ends[~gone]
        if not len(rows):
            return
        expanded = batch.take(rows)
        keys = [expanded.column(key) for key in node.keys]
        slots = self._table.upsert([*keys, pa.array(ends)], len(rows))
        self._state.groups.add(expanded, slots)
        touched, first = np.unique(slots, return_index=True)
        self._table.changed(touched)
        self._open_ends = np.union1d(self._open_ends, ends)
        yield from self._emit(touched[self._emitted_at_once(touched, ends[first])])
        self._table.settle()

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        if not self._node.proctime:
            yield from self._advance(timestamp)
        yield Watermark(timestamp)

    def next_timer(self) -> int | None:
        due = self._next_timer
        if self._node.proctime and len(self._open_ends):
            due = min(due, int(self._due_times(self._open_ends[:1])[0]) + 1)
        return None if due == MAX_TIMESTAMP else due

    def on_timer(self, now: int) -> Iterable[Output]:
        if now >= self._next_timer:
            yield from self._emit_delayed(now)
        if self._node.proctime:
            yield from self._advance(now - 1)

    def finish(self) -> Iterable[Output]:
        return self._advance(MAX_TIMESTAMP)

    def snapshot(self) -> OperatorSnapshot:
        values = {_WATERMARK: self._watermark, _ENDS: self._open_ends.tolist(), _NEXT_TIMER: self._next_timer}
        return OperatorSnapshot(self._table.snapshot(), values)

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._watermark = min((snapshot.values[_WATERMARK] for snapshot in snapshots), default=MIN_TIMESTAMP)
        self._next_timer = min((snapshot.values[_NEXT_TIMER] for snapshot in snapshots), default=MAX_TIMESTAMP)
        ends = {end for snapshot in snapshots for end in snapshot.values[_ENDS]}
        self._open_ends = np.array(sorted(ends), np.int64)
        self._table.restore(snapshots, self.context.key_groups)

    def close(self) -> None:
        self._on_close.close()

    def _ends(self, slots: Int64s) -> Int64s:
        return self._table.index.integers(len(self._node.keys), slots)

    def _due_times(self, ends: Int64s) -> Int64s:
        """The time at which windows with these ends are over."""
        return from_local(ends - 1, self._time_zone) if self._is_instant else ends - 1

    def _emitted_at_once(self, slots: Int64s, ends: Int64s) -> Mask:
        """Which of the windows that rows have come to are emitted now; others get a timer, if they are to have one."""
        emit = self._node.emit
        is_over = self._due_times(ends) <= self._watermark
        delayed = is_over & (self._state.over[slots] != 0) if emit.late else np.zeros(len(slots), np.bool_)
        self._start_timers(slots[delayed], emit.late or 0)
        if emit.early:
            self._start_timers(slots[~is_over], emit.early)
        at_once: Mask = (is_over & ~delayed) | (~is_over if emit.early == 0 else np.zeros(len(slots), np.bool_))
        return at_once

    def _start_timers(self, slots: Int64s, delay: int) -> None:
        idle = slots[self._state.timers[slots] == 0]
        if len(idle):
            self._state.timers[idle] = self._clock() + delay
            self._next_timer = min(self._next_timer, self._clock() + delay)

    def _emit_delayed(self, now: int) -> Iterator[Output]:
        """Emit the windows whose timers are due, and wind them up again."""
        upcoming = MAX_TIMESTAMP
        for slots in self._table.portions(self._open_ends):
            timers = self._state.timers[slots]
            due = slots[(timers > 0) & (timers <= now)]
            is_over = self._due_times(self._ends(due)) <= self._watermark
            emit = self._node.emit
            delay = np.where(is_over, emit.late or 0, emit.early or 0)
            yield from self._emit(due)
            self._state.timers[due] = np.where(delay > 0, self._state.timers[due] + delay, 0)
            self._table.changed(due)
            set_timers = self._state.timers[slots]
            upcoming = min(upcoming, int(set_timers[set_timers > 0].min(initial=MAX_TIMESTAMP)))
        self._next_timer = upcoming

    def _advance(self, now: int) -> Iterator[Output]:
        """Emit the windows that are over, and forget those that nothing can change any more."""
        before, self._watermark = self._watermark, max(self._watermark, now)
        times = self._due_times(self._open_ends)
        forgotten = times <= now - self._node.emit.lateness
        due = (times > before) & (times <= now)
        if not (due | forgotten).any():
            return
        for slots in self._table.portions(self._open_ends[due | forgotten]):
            slot_times = self._due_times(self._ends(slots))
            over = slots[(slot_times > before) & (slot_times <= now)]
            over = over[np.argsort(self._ends(over), kind="stable")]
            yield from self._emit(over)
            self._state.over[over] = 1
            self._state.timers[over] = 0
            self._table.changed(over)
            self._table.remove(slots[slot_times <= now - self._node.emit.lateness])
        self._open_ends = self._open_ends[~forgotten]

    def _emit(self, slots: Int64s) -> Iterator[Output]:
        """What is different now of windows, from what was emitted of them."""
        if not len(slots):
            return
        state, node = self._state, self._node
        was, exists = state.emitted[slots] != 0, state.groups.counts[slots] > 0
        after = self._calls.values(slots)
        before = [] if state.values is None else state.values.get(slots)
        change = GroupChange(self._table.index.keys(slots)[:-1], before, after, ~was, ~exists)
        rows = change.rows(self._schema, update_before=node.update_before, trailing=self._properties(slots))
        if state.values is not None:
            state.values.put(slots, after)
        state.emitted[slots] = exists
        self._table.changed(slots)
        if rows is not None:
            yield rows

    def _properties(self, slots: Int64s) -> list[pa.Array]:
        ends = self._ends(slots)
        times = {
            WindowProperty.START: ends - self._node.window.size,
            WindowProperty.END: ends,
            WindowProperty.TIME: self._due_times(ends),
        }
        first = len(self._schema) - len(self._node.properties)
        return [
            timestamps(times[prop], self._schema.field(first + i).type) for i, prop in enumerate(self._node.properties)
        ]
