"""TUMBLE, HOP and CUMULATE as table functions: every row, once for each window it falls in."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.event_time import from_local, to_local
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.time_zone import local_time_zone
from sqlstream.kernels.windows import Int64s, cumulate_windows, hop_windows, tumble_start
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.environment import clock_of
from sqlstream.operators.window_rows import timestamps
from sqlstream.operators.window_times import row_times
from sqlstream.plan.physical import WindowKind, WindowSpec, WindowTableFunction

Windows = tuple[Int64s | None, Int64s, Int64s]
"""Index of the row (None: every row once), window start, window end."""


def _tumble(times: Int64s, window: WindowSpec) -> Windows:
    starts = tumble_start(times, window.size, window.offset)
    return None, starts, starts + window.size


_ASSIGNERS: dict[WindowKind, Callable[[Int64s, WindowSpec], Windows]] = {
    WindowKind.TUMBLE: _tumble,
    WindowKind.HOP: lambda times, window: hop_windows(times, window.size, window.slide, window.offset),
    WindowKind.CUMULATE: lambda times, window: cumulate_windows(times, window.size, window.slide, window.offset),
}


@implements(WindowTableFunction)
class WindowTableFunctionOperator(Operator):
    """Appends window_start, window_end and window_time (the end less 1 ms).

    Windows over TIMESTAMP_LTZ are aligned to the session time zone's days and hours, as in Flink.
    """

    def __init__(self, node: WindowTableFunction) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._assign = _ASSIGNERS[node.window.kind]

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._time_zone = local_time_zone(context.configuration)
        self._clock = clock_of(context)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        time_column = batch.column(self._node.time_column)
        is_instant = time_column.type.tz is not None
        times = row_times(batch, self._node.time_column, self._node.proctime, self._clock)
        if is_instant:
            times = to_local(times, self._time_zone)
        rows, starts, ends = self._assign(times, self._node.window)
        expanded = batch if rows is None else batch.take(rows)
        window_times = from_local(ends - 1, self._time_zone) if is_instant else ends - 1
        width = expanded.data.num_columns
        stamps = [
            timestamps(time, self._schema.field(width + i).type) for i, time in enumerate((starts, ends, window_times))
        ]
        columns = [*expanded.data.columns, *stamps]
        yield expanded.with_data(build_record_batch(columns, self._schema, expanded.num_rows))
