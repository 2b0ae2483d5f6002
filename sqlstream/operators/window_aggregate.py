"""GROUP BY keys and event-time window: each window once, when the watermark passes its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import MAX_TIMESTAMP, MIN_TIMESTAMP, Output, Watermark
from sqlstream.columnar.event_time import event_times, from_local, to_local
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.options import BATCH_SIZE
from sqlstream.config.time_zone import local_time_zone
from sqlstream.functions.accumulators.slot_arrays import SlotArrays
from sqlstream.operators.aggregate_calls import AggregateCalls
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.window_slices import slices_of
from sqlstream.plan.physical import WindowAggregate, WindowKind, WindowProperty
from sqlstream.state.keyed_table import KeyedTable
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.types.arrow import to_arrow
from sqlstream.types.logical import LocalZonedTimestampType

_WATERMARK = "watermark"


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
        self._slices = slices_of(node.window)
        self._is_instant = isinstance(node.input[node.time_column].type, LocalZonedTimestampType)

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node = self._node
        key_types = [to_arrow(node.input[key].type) for key in node.keys]
        self._index = KeyIndex([*key_types, pa.int64()])
        self._calls = AggregateCalls(node.aggregates, node.input, node.retracting)
        self._slice_starts, self._counts = SlotArrays(np.int64), SlotArrays(np.int64)
        self._table = KeyedTable("slices", self._index, context.max_parallelism, group_columns=len(node.keys))
        self._time_zone = local_time_zone(context.configuration)
        self._portion = context.configuration.option(BATCH_SIZE)
        self._late = context.metrics.counter("numLateRecordsDropped")
        self._watermark = MIN_TIMESTAMP
        self._next_due = MAX_TIMESTAMP

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        times = event_times(batch.column(self._node.time_column))
        if self._is_instant:
            times = to_local(times, self._time_zone)
        batch, times = self._in_open_windows(batch, times)
        if not batch.num_rows:
            return
        starts = self._slices.slice_starts(times)
        keys = [batch.column(key) for key in self._node.keys]
        slots, new = self._index.upsert_new([*keys, pa.array(starts)])
        self._reserve(self._index.slots_used)
        self._slice_starts[0][slots] = starts
        np.add.at(self._counts[0], slots, batch.signs())
        self._calls.update(batch, slots, batch.signs())
        self._table.changed(slots)
        self._schedule(new)
        yield from ()

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        due = timestamp >= self._next_due
        before, self._watermark = self._watermark, timestamp
        if due:
            yield from self._fire(before, timestamp)
        yield Watermark(timestamp)

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(self._table.snapshot(self._state_columns), {_WATERMARK: self._watermark})

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._watermark = min((snapshot.values[_WATERMARK] for snapshot in snapshots), default=MIN_TIMESTAMP)
        self._table.replay(snapshots, self.context.key_groups, self._forget, self._put)
        live = self._index.live_slots()
        if len(live):
            self._slice_starts[0][live] = np.asarray(self._index.keys(live)[-1])
        self._schedule(live)

    def _in_open_windows(self, batch: Batch, times: Int64s) -> tuple[Batch, Int64s]:
        """Without rows that come too late for every window they fall in, and without those that fall in none."""
        ends = self._slices.last_end(times)
        in_window = ends > times
        late = in_window & (self._due_times(ends) <= self._watermark)
        self._late.inc(int(late.sum()))
        kept: Mask = in_window & ~late
        return (batch, times) if kept.all() else (batch.filter(kept), times[kept])

    def _due_times(self, ends: Int64s) -> Int64s:
        """The watermark at which windows with these ends are emitted."""
        return from_local(ends - 1, self._time_zone) if self._is_instant else ends - 1

    def _schedule(self, slots: Int64s) -> None:
        """Have the windows of ``slots`` emitted once they are due."""
        _, _, ends = self._slices.windows(np.unique(self._slice_starts[0][slots]))
        times = self._due_times(ends)
        self._next_due = min(self._next_due, int(times[times > self._watermark].min(initial=MAX_TIMESTAMP)))

    def _fire(self, before: int, now: int) -> Iterator[Output]:
        """Emit all windows due after ``before`` and by ``now``, and drop the slices nobody needs any more."""
        live = self._index.live_slots()
        starts = self._slice_starts[0][live]
        which, window_starts, window_ends = self._slices.windows(starts)
        times = self._due_times(window_ends)
        due = np.flatnonzero((times > before) & (times <= now))
        due = due[np.lexsort((live[which[due]], starts[which[due]], window_starts[due], window_ends[due]))]
        for windows in _Windows(live[which[due]], window_starts[due], window_ends[due]).portions(self._portion):
            yield from self._emit(windows)
        done = live[self._due_times(self._slices.last_end(starts)) <= now]
        self._forget(done)
        self._table.remove(done)
        self._next_due = MAX_TIMESTAMP
        self._schedule(self._index.live_slots())

    def _emit(self, windows: _Windows) -> Iterator[Output]:
        keys = self._index.keys(windows.slots)[:-1]
        if self._node.window.kind is WindowKind.TUMBLE:
            counts = self._counts[0][windows.slots]
            values = self._calls.values(windows.slots)
            yield from self._rows(keys, values, windows.starts, windows.ends, counts)
            return
        groups = KeyIndex([*self._index.types, pa.int64()])
        bounds = [pa.array(windows.starts), pa.array(windows.ends)]
        group, first_slots = groups.upsert_new([*keys, *bounds])
        first_spare = self._index.slots_used
        spares = first_spare + first_slots
        self._calls.reserve(first_spare + len(spares))
        self._calls.merge(first_spare + group, windows.slots)
        values = self._calls.values(spares)
        self._calls.reset(spares)
        counts = np.bincount(group, self._counts[0][windows.slots], len(spares)).astype(np.int64)
        *group_keys, starts, ends = groups.keys(first_slots)
        yield from self._rows(group_keys, values, np.asarray(starts), np.asarray(ends), counts)

    def _rows(
        self, keys: list[pa.Array], values: list[pa.Array], starts: Int64s, ends: Int64s, counts: Int64s
    ) -> Iterator[Output]:
        """One batch of the windows that have rows."""
        bounds = {WindowProperty.START: starts, WindowProperty.END: ends}
        if WindowProperty.TIME in self._node.properties:
            bounds[WindowProperty.TIME] = self._due_times(ends)
        properties = [pa.array(bounds[name]) for name in self._node.properties]
        first = len(keys) + len(values)
        types = [self._schema.field(first + i).type for i in range(len(properties))]
        stamps = [
            column.cast(pa.timestamp("ms", tz=type_.tz)).cast(type_)
            for column, type_ in zip(properties, types, strict=True)
        ]
        batch = Batch(build_record_batch([*keys, *values, *stamps], self._schema, len(counts)))
        present = counts > 0
        if present.all():
            yield batch
        elif present.any():
            yield batch.filter(present)

    def _reserve(self, slots: int) -> None:
        self._slice_starts.reserve(slots)
        self._counts.reserve(slots)
        self._calls.reserve(slots)

    def _state_columns(self, slots: Int64s) -> list[pa.Array]:
        return [*self._counts.snapshot(slots), *self._calls.snapshot(slots)]

    def _forget(self, slots: Int64s) -> None:
        self._reserve(self._index.slots_used)
        self._counts.reset(slots)
        self._calls.reset(slots)

    def _put(self, slots: Int64s, columns: list[pa.Array]) -> None:
        self._counts.restore(slots, columns[:1])
        self._calls.restore(slots, columns[1:])
