"""Join of rows of the same window, emitted once, when the watermark passes the window's end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import MIN_TIMESTAMP, Output, Watermark
from sqlstream.columnar.event_time import event_times, from_local
from sqlstream.config.options import BATCH_SIZE
from sqlstream.config.time_zone import local_time_zone
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.bounded_join import BoundedJoin
from sqlstream.operators.join_matching import RIGHT
from sqlstream.plan.physical import WindowJoin
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.state.time_buffer import TimeBuffer

_WATERMARK = "watermark"
_TABLES = ("left", "right")


@implements(WindowJoin)
class WindowJoinOperator(Operator):
    """State: the rows of both inputs until their window is closed. Rows of closed windows are late: dropped and counted
    in ``numLateRecordsDropped``."""

    def __init__(self, node: WindowJoin) -> None:
        self._node = node
        window = node.window
        self._bounds = (window.left, window.right)
        self._keys = (
            (*node.left_keys, window.left.start, window.left.end),
            (*node.right_keys, window.right.start, window.right.end),
        )

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node = self._node
        inputs = ((node.left, node.left_keys), (node.right, node.right_keys))
        self._buffers = [
            TimeBuffer(schema.to_arrow(), keys, table) for (schema, keys), table in zip(inputs, _TABLES, strict=True)
        ]
        self._time_zone = local_time_zone(context.configuration)
        self._batch_size = context.configuration.option(BATCH_SIZE)
        self._late = context.metrics.counter("numLateRecordsDropped")
        self._watermark = MIN_TIMESTAMP

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        due = self._due_times(batch, input)
        late = due <= self._watermark
        if late.any():
            self._late.inc(int(np.count_nonzero(late)))
            batch, due = batch.filter(~late), due[~late]
        self._buffers[input].append(batch, due)
        return ()

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        self._watermark = max(self._watermark, timestamp)
        if any(buffer.next_time <= timestamp for buffer in self._buffers):
            yield from self._joined(*(buffer.take(timestamp) for buffer in self._buffers))
        yield Watermark(timestamp)

    def snapshot(self) -> OperatorSnapshot:
        chunks = [chunk for buffer in self._buffers for chunk in buffer.snapshot(self.context.max_parallelism)]
        return OperatorSnapshot(tuple(chunks), {_WATERMARK: self._watermark})

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._watermark = min((snapshot.values[_WATERMARK] for snapshot in snapshots), default=MIN_TIMESTAMP)
        chunks = [chunk for snapshot in snapshots for chunk in snapshot.keyed]
        for buffer in self._buffers:
            buffer.restore(chunks, self.context.key_groups)

    def _due_times(self, batch: Batch, input: int) -> Int64s:
        """The watermark at which each row's window is closed."""
        window = self._bounds[input]
        ends = event_times(batch.column(window.end))
        return from_local(ends - 1, self._time_zone) if window.is_instant else ends - 1

    def _joined(self, left: Batch | None, right: Batch | None) -> Iterator[Batch]:
        node = self._node
        inputs = (node.left, node.right)
        join = BoundedJoin(
            inputs, self._keys, node.null_safe, node.condition, node.kind, node.schema, RIGHT, self.context
        )
        if right is not None:
            join.build(right.data)
        if left is not None:
            for first in range(0, left.num_rows, self._batch_size):
                yield from join.probe(left.slice(first, min(self._batch_size, left.num_rows - first)))
        yield from join.rest()
