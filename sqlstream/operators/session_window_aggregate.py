"""GROUP BY keys and session: each session once, when time passes its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.event_time import to_local
from sqlstream.config.options import BATCH_SIZE
from sqlstream.operators.aggregate_calls import AggregateCalls
from sqlstream.operators.base import OperatorContext, implements
from sqlstream.operators.group_state import GroupState
from sqlstream.operators.group_table import open_table
from sqlstream.operators.session_index import Assignment
from sqlstream.operators.session_operator import WATERMARK, SessionOperator
from sqlstream.operators.window_rows import window_rows
from sqlstream.operators.window_times import row_times
from sqlstream.plan.physical import SessionWindowAggregate, WindowProperty
from sqlstream.state.snapshot import OperatorSnapshot


@implements(SessionWindowAggregate)
class SessionWindowAggregateOperator(SessionOperator):
    """State: for each key and open session, its bounds, its number of rows and its accumulators, until it is over.

    A row that is late by itself still counts where it touches a session that is open, as in Flink; a row that is taken
    back makes no session shorter. Gaps are measured between instants, whatever the time zone's clock does meanwhile.
    """

    def __init__(self, node: SessionWindowAggregate) -> None:
        super().__init__(node)
        self._node = node
        self._on_close = ExitStack()

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node = self._node
        self._calls = AggregateCalls(node.aggregates, node.input, node.retracting)
        self._state = GroupState(self._calls)
        self._table = open_table("groups", [*self._key_types, pa.int64()], self._state, context, len(node.keys))
        self._on_close.callback(self._table.close)
        self._portion = context.configuration.option(BATCH_SIZE)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        node = self._node
        times = row_times(batch, node.time_column, node.proctime, self._clock)
        assigned = self._sessions.assign([batch.column(key) for key in node.keys], times, self._watermark)
        segments = assigned.segments
        in_session = segments >= 0
        if not in_session.all():
            self._late.inc(int(np.count_nonzero(~in_session)))
            batch, segments = batch.filter(in_session), segments[in_session]
        if batch.num_rows:
            self._aggregate(batch, segments, assigned)
        self._sessions.release(assigned.dead)
        return ()

    def snapshot(self) -> OperatorSnapshot:
        sessions = self._sessions.snapshot(self.context.max_parallelism)
        return OperatorSnapshot((*self._table.snapshot(), *sessions), {WATERMARK: self._watermark})

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        super().restore(snapshots)
        self._table.restore(snapshots, self.context.key_groups)

    def close(self) -> None:
        self._on_close.close()

    def _aggregate(self, batch: Batch, segments: Int64s, assigned: Assignment) -> None:
        """Each segment has a slot, that of its session or a spare one, until it is merged into the first of them."""
        continued = np.flatnonzero(assigned.owners >= 0)
        sessions = assigned.owners[continued]
        own = self._slots(sessions)
        spare = np.flatnonzero(assigned.owners < 0)
        first_spare = self._table.index.slots_used
        self._state.reserve(first_spare + len(spare))
        slots = np.empty(len(assigned.owners), np.int64)
        slots[continued] = own
        slots[spare] = first_spare + np.arange(len(spare))
        rows = slots[segments]
        self._state.add(batch, rows)
        if len(assigned.merged):
            self._state.merge(slots[assigned.into], slots[assigned.merged])
            self._state.reset(slots[spare])
        self._table.changed(own)
        if len(assigned.dead):
            self._table.remove(own[np.isin(sessions, assigned.dead)])
        self._table.settle()

    def _slots(self, sessions: Int64s) -> Int64s:
        keys = [*self._sessions.keys(sessions), pa.array(self._sessions.born[sessions])]
        return self._table.upsert(keys, len(sessions))

    def _fire(self, until: int) -> Iterator[Output]:
        due = self._sessions.due(until)
        if not len(due):
            return
        for first in range(0, len(due), self._portion):
            sessions = due[first : first + self._portion]
            slots = self._slots(sessions)
            data = window_rows(
                self._schema,
                self._sessions.keys(sessions),
                self._calls.values(slots),
                self._node.properties,
                self._times(sessions),
                len(sessions),
            )
            present = self._state.counts[slots] > 0
            self._table.remove(slots)
            self._table.settle()
            if present.any():
                yield Batch(data) if present.all() else Batch(data).filter(present)
        self._sessions.retire(due)

    def _times(self, sessions: Int64s) -> dict[WindowProperty, Int64s]:
        starts, ends = self._sessions.starts[sessions], self._sessions.ends[sessions]
        times = {WindowProperty.START: starts, WindowProperty.END: ends, WindowProperty.TIME: ends - 1}
        if self._is_instant:
            times[WindowProperty.START] = to_local(starts, self._time_zone)
            times[WindowProperty.END] = to_local(ends, self._time_zone)
        return times
