"""GROUP BY keys and window of a fixed length: each window once, when time passes its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import MAX_TIMESTAMP, MIN_TIMESTAMP, Output, Watermark
from sqlstream.columnar.event_time import from_local, to_local
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.config.options import BATCH_SIZE
from sqlstream.config.time_zone import local_time_zone
from sqlstream.operators.aggregate_calls import AggregateCalls
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.environment import clock_of
from sqlstream.operators.group_state import GroupState
from sqlstream.operators.group_table import open_table
from sqlstream.operators.window_rows import window_rows
from sqlstream.operators.window_slices import slices_of
from sqlstream.operators.window_times import row_times
from sqlstream.plan.physical import WindowAggregate, WindowKind, WindowProperty
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.types.arrow import to_arrow
from sqlstream.types.logical import LocalZonedTimestampType

_WATERMARK = "watermark"
_SLICES = "slices"


@dataclass(frozen=True, slots=True)
class _Windows:
    """Windows by key to be emitted: ``slots[i]`` is a slice that the window [``starts[i]``, ``ends[i]``) includes.
    Ordered by end, and within a window by slice, so that slices are merged in the order of time."""

    slots: Int64s
    starts: Int64s
    ends: Int64s

    def portions(self, limit: int) -> Iterator[_Windows]:
        """About ``limit`` rows at a time, never cutting through what ends at the same time."""
        first = 0
        while first < len(self.ends):
            last = int(np.searchsorted(self.ends, self.ends[min(first + limit, len(self.ends)) - 1], "right"))
            yield _Windows(self.slots[first:last], self.starts[first:last], self.ends[first:last])
            first = last


@implements(WindowAggregate)
class WindowAggregateOperator(Operator):
    """State: for each key and slice of time, its number of rows and its accumulators, until the last window that
    includes the slice has been emitted.

    Windows over TIMESTAMP_LTZ are aligned to the session time zone's days and hours: their slices and bounds are
    readings of its clock, and a window is due at the instant that its end stands for.
    """

    def __init__(self, node: WindowAggregate) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._on_close = ExitStack()
        self._slices = slices_of(node.window)
        self._is_instant = isinstance(node.input[node.time_column].type, LocalZonedTimestampType)

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node = self._node
        key_types = [to_arrow(field.type) for field in node.schema.fields[: len(node.keys)]]
        self._calls = AggregateCalls(node.aggregates, node.input, node.retracting)
        self._state = GroupState(self._calls)
        self._table = open_table("slices", [*key_types, pa.int64()], self._state, context, len(node.keys))
        self._on_close.callback(self._table.close)
        self._time_zone = local_time_zone(context.configuration)
        self._portion = context.configuration.option(BATCH_SIZE)
        self._late = context.metrics.counter("numLateRecordsDropped")
        self._clock = clock_of(context)
        self._watermark = MIN_TIMESTAMP
        self._next_due = MAX_TIMESTAMP
        self._open_slices = np.zeros(0, np.int64)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        batch, times = self._in_open_windows(batch, self._times(batch))
        if not batch.num_rows:
            return
        starts = self._slices.slice_starts(times)
        keys = [batch.column(key) for key in self._node.keys]
        slots, new = self._table.upsert_new([*keys, pa.array(starts)], batch.num_rows)
        if self._node.merging:
            rows, *states = batch.data.columns[len(keys) + 1 :]
            self._state.add_partial(slots, rows, states, self._table.index.slots_used)
        else:
            self._state.add(batch, slots)
        self._table.changed(slots)
        self._schedule(np.unique(self._starts(new)))
        self._table.settle()
        yield from ()

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        if not self._node.proctime:
            yield from self._advance(timestamp)
        yield Watermark(timestamp)

    def next_timer(self) -> int | None:
        return self._next_due + 1 if self._node.proctime and self._next_due != MAX_TIMESTAMP else None

    def on_timer(self, now: int) -> Iterable[Output]:
        return self._advance(now - 1)

    def finish(self) -> Iterable[Output]:
        return self._advance(MAX_TIMESTAMP)

    def snapshot(self) -> OperatorSnapshot:
        values = {_WATERMARK: self._watermark, _SLICES: self._open_slices.tolist()}
        return OperatorSnapshot(self._table.snapshot(), values)

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._watermark = min((snapshot.values[_WATERMARK] for snapshot in snapshots), default=MIN_TIMESTAMP)
        self._table.restore(snapshots, self.context.key_groups)
        starts = {start for snapshot in snapshots for start in snapshot.values[_SLICES]}
        self._schedule(np.array(sorted(starts), np.int64))

    def close(self) -> None:
        self._on_close.close()

    def _times(self, batch: Batch) -> Int64s:
        """The time of each row, on the clock by which windows are aligned; of a group of them, the start of the
        slice."""
        node = self._node
        if node.merging:
            ends: Int64s = batch.column(len(node.keys)).to_numpy()
            return ends - self._slices.length
        times = row_times(batch, node.time_column, node.proctime, self._clock)
        return to_local(times, self._time_zone) if self._is_instant else times

    def _advance(self, now: int) -> Iterator[Output]:
        due = now >= self._next_due
        before, self._watermark = self._watermark, max(self._watermark, now)
        if due:
            yield from self._fire(before, now)

    def _in_open_windows(self, batch: Batch, times: Int64s) -> tuple[Batch, Int64s]:
        """Without rows that come too late for every window they fall in, and without those that fall in none."""
        ends = self._slices.last_end(times)
        in_window = ends > times
        late = in_window & (self._due_times(ends) <= self._watermark)
        if late.any():
            rows = batch.column(len(self._node.keys) + 1).to_numpy()[late] if self._node.merging else late[late]
            self._late.inc(int(rows.sum()))
        kept: Mask = in_window & ~late
        return (batch, times) if kept.all() else (batch.filter(kept), times[kept])

    def _due_times(self, ends: Int64s) -> Int64s:
        """The watermark at which windows with these ends are emitted."""
        return from_local(ends - 1, self._time_zone) if self._is_instant else ends - 1

    def _starts(self, slots: Int64s) -> Int64s:
        """The start of the slice of each of ``slots``."""
        return self._table.index.integers(len(self._node.keys), slots)

    def _schedule(self, starts: Int64s) -> None:
        """Have the windows of slices with these distinct ``starts`` emitted once they are due."""
        new = np.setdiff1d(starts, self._open_slices, assume_unique=True)
        if len(new):
            self._open_slices = np.union1d(self._open_slices, new)
            times = self._due_times(self._slices.windows(new)[2])
            self._next_due = min(self._next_due, int(times[times > self._watermark].min(initial=MAX_TIMESTAMP)))

    def _fire(self, before: int, now: int) -> Iterator[Output]:
        """Emit all windows due after ``before`` and by ``now``, and drop the slices nobody needs any more."""
        which, _, ends = self._slices.windows(self._open_slices)
        times = self._due_times(ends)
        due = (times > before) & (times <= now)
        # Where not all state fits into memory, windows go one by one, so that each reads no more than its own slices.
        spans = [now] if self._table.resident else np.unique(times[due]).tolist()
        for upto in spans:
            wanted = self._open_slices[np.unique(which[(times > before) & (times <= upto)])]
            for slots in self._table.portions(wanted):
                yield from self._fire_slots(slots, before, upto)
            before = upto
        done = self._due_times(self._slices.last_end(self._open_slices)) <= now
        self._open_slices = self._open_slices[~done]
        self._next_due = int(times[times > now].min(initial=MAX_TIMESTAMP))

    def _fire_slots(self, slots: Int64s, before: int, now: int) -> Iterator[Output]:
        """As :meth:`_fire`, of ``slots`` only: all slices of their keys that the windows include."""
        starts = self._starts(slots)
        which, window_starts, window_ends = self._slices.windows(starts)
        times = self._due_times(window_ends)
        due = np.flatnonzero((times > before) & (times <= now))
        due = due[np.lexsort((slots[which[due]], starts[which[due]], window_starts[due], window_ends[due]))]
        for windows in _Windows(slots[which[due]], window_starts[due], window_ends[due]).portions(self._portion):
            yield from self._emit(windows)
        self._table.remove(slots[self._due_times(self._slices.last_end(starts)) <= now])

    def _emit(self, windows: _Windows) -> Iterator[Output]:
        keys = self._table.index.keys(windows.slots)[:-1]
        if self._node.window.kind is WindowKind.TUMBLE:
            counts = self._state.counts[windows.slots]
            values = self._calls.values(windows.slots)
            yield from self._rows(keys, values, windows.starts, windows.ends, counts)
            return
        groups = KeyIndex(self._table.index.types, len(windows.slots) // 2)
        group, first_slots = groups.upsert_new([*keys, pa.array(windows.ends)])
        first_spare = self._table.index.slots_used
        spares = first_spare + first_slots
        self._calls.reserve(first_spare + len(spares))
        self._calls.merge(first_spare + group, windows.slots)
        values = self._calls.values(spares)
        self._calls.reset(spares)
        counts = np.bincount(group, self._state.counts[windows.slots], len(spares)).astype(np.int64)
        *group_keys, ends = groups.keys(first_slots)
        starts = np.empty(len(first_slots), np.int64)
        starts[group] = windows.starts
        yield from self._rows(group_keys, values, starts, np.asarray(ends), counts)

    def _rows(
        self, keys: list[pa.Array], values: list[pa.Array], starts: Int64s, ends: Int64s, counts: Int64s
    ) -> Iterator[Output]:
        """One batch of the windows that have rows."""
        times = {WindowProperty.START: starts, WindowProperty.END: ends}
        if WindowProperty.TIME in self._node.properties:
            times[WindowProperty.TIME] = self._due_times(ends)
        batch = Batch(window_rows(self._schema, keys, values, self._node.properties, times, len(counts)))
        present = counts > 0
        if present.all():
            yield batch
        elif present.any():
            yield batch.filter(present)
