"""SESSION as a table function: every row with its session, once that is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.event_time import to_local
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.operators.base import OperatorContext, implements
from sqlstream.operators.session_operator import WATERMARK, SessionOperator
from sqlstream.operators.window_rows import timestamps
from sqlstream.operators.window_times import row_times
from sqlstream.plan.physical import SessionWindowTableFunction
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.state.time_buffer import TimeBuffer


@implements(SessionWindowTableFunction)
class SessionWindowTableFunctionOperator(SessionOperator):
    """State: the open sessions of each key and their rows, with the time at which each was seen.

    A row waits until its session would have ended when the row came; should the session go on, the row waits on.
    """

    def __init__(self, node: SessionWindowTableFunction) -> None:
        super().__init__(node)
        self._node = node

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node = self._node
        held = node.input.to_arrow().append(pa.field("__seen", pa.int64()))
        self._rows = TimeBuffer(held, node.keys, "rows")

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        node = self._node
        times = row_times(batch, node.time_column, node.proctime, self._clock)
        assigned = self._sessions.assign([batch.column(key) for key in node.keys], times, self._watermark)
        in_session = assigned.segments >= 0
        self._late.inc(int(np.count_nonzero(~in_session)))
        self._sessions.release(assigned.dead)
        if in_session.any():
            kept = times[in_session]
            data = batch.filter(in_session)
            held = pa.RecordBatch.from_arrays(
                [*data.data.columns, pa.array(kept)], names=[*self._node.input.names, "__seen"]
            )
            self._rows.append(data.with_data(held), kept + node.window.size - 1)
        return ()

    def snapshot(self) -> OperatorSnapshot:
        sessions = self._sessions.snapshot(self.context.max_parallelism)
        rows = self._rows.snapshot(self.context.max_parallelism)
        return OperatorSnapshot((*rows, *sessions), {WATERMARK: self._watermark})

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        super().restore(snapshots)
        for snapshot in snapshots:
            self._rows.restore(snapshot.keyed, self.context.key_groups)

    def _fire(self, until: int) -> Iterator[Output]:
        due = self._sessions.due(until)
        if not len(due):
            return
        self._rows.postpone(until, lambda data: self._sessions.ends[self._sessions_of(data)] - 1)
        batch = self._rows.take(until)
        if batch is not None:
            yield self._with_windows(batch)
        self._sessions.retire(due)

    def _sessions_of(self, data: pa.RecordBatch) -> Int64s:
        keys = [data.column(key) for key in self._node.keys]
        return self._sessions.find(keys, data.column(data.num_columns - 1).to_numpy())

    def _with_windows(self, batch: Batch) -> Batch:
        sessions = self._sessions_of(batch.data)
        starts, ends = self._sessions.starts[sessions], self._sessions.ends[sessions]
        times = [starts, ends, ends - 1]
        if self._is_instant:
            times[:2] = [to_local(bound, self._time_zone) for bound in times[:2]]
        columns = batch.data.columns[:-1]
        stamps = [timestamps(time, self._schema.field(len(columns) + i).type) for i, time in enumerate(times)]
        return batch.with_data(build_record_batch([*columns, *stamps], self._schema, batch.num_rows))
