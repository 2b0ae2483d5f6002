"""Top-N of each window, emitted once, when the watermark passes the window's end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import MAX_TIMESTAMP, MIN_TIMESTAMP, Output, Watermark
from sqlstream.columnar.event_time import event_times, from_local
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.options import BATCH_SIZE
from sqlstream.config.time_zone import local_time_zone
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.row_ranking import state_ranking
from sqlstream.plan.physical import WindowRank
from sqlstream.state.ranked_rows import RankedRows, Ranking, Touched
from sqlstream.state.snapshot import OperatorSnapshot

_TABLE = "rows"
_WATERMARK = "watermark"


class WindowRankOperator(Operator):
    """State: the rows that are among the first of their window and partition (all of them where rows may be taken
    back), until the window has been emitted."""

    def __init__(self, node: WindowRank, order: Ranking) -> None:
        self._node = node
        self._order = order
        self._schema = node.schema.to_arrow()
        self._end_key = node.ranking.partition.index(node.window.end)

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node, window = self._node, self._node.window
        self._rows = RankedRows(
            node.input.to_arrow(),
            self._order,
            None if node.retracting else node.ranking.last,
            _TABLE,
            groups=tuple(key for key in node.ranking.partition if key not in (window.start, window.end)),
            identity=tuple(range(len(node.input))) if node.retracting else (),
            space=None if context.managed_state is None else context.managed_state.open(),
        )
        self._time_zone = local_time_zone(context.configuration)
        self._batch_size = context.configuration.option(BATCH_SIZE)
        self._late = context.metrics.counter("numLateRecordsDropped")
        self._watermark = MIN_TIMESTAMP
        self._next_due = MAX_TIMESTAMP

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        due = self._due_times(event_times(batch.column(self._node.window.end)))
        late: Mask = due <= self._watermark
        if late.any():
            self._late.inc(int(np.count_nonzero(late)))
            batch, due = batch.filter(~late), due[~late]
        if batch.num_rows:
            self._next_due = min(self._next_due, int(due.min()))
            self._rows.settle(self._take_in(batch))
        return ()

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        self._watermark = max(self._watermark, timestamp)
        if timestamp >= self._next_due:
            yield from self._fire(timestamp)
        yield Watermark(timestamp)

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(tuple(self._rows.snapshot(self.context.max_parallelism)), {_WATERMARK: self._watermark})

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._watermark = min((snapshot.values[_WATERMARK] for snapshot in snapshots), default=MIN_TIMESTAMP)
        self._rows.restore([chunk for snapshot in snapshots for chunk in snapshot.keyed], self.context.key_groups)
        self._schedule()

    def close(self) -> None:
        self._rows.close()

    def _take_in(self, batch: Batch) -> Touched | None:
        if self._node.retracting:
            return self._rows.change(batch.data, batch.signs() > 0)
        return self._rows.append(batch.data)

    def _due_times(self, ends: Int64s) -> Int64s:
        """The watermark at which windows with these ends are emitted."""
        return from_local(ends - 1, self._time_zone) if self._node.window.is_instant else ends - 1

    def _open_windows(self) -> tuple[Int64s, Int64s]:
        """The partitions there are, and when each is due."""
        slots = self._rows.partitions.live_slots()
        ends = self._rows.partitions.keys(slots)[self._end_key]
        return slots, self._due_times(event_times(ends))

    def _schedule(self) -> None:
        _, due = self._open_windows()
        self._next_due = int(due.min(initial=MAX_TIMESTAMP))

    def _fire(self, now: int) -> Iterator[Batch]:
        slots, due = self._open_windows()
        ready = due <= now
        order = np.argsort(due[ready], kind="stable")
        yield from self._emit(slots[ready][order])
        self._rows.drop(slots[ready])
        self._rows.settle()
        self._next_due = int(due[~ready].min(initial=MAX_TIMESTAMP))

    def _emit(self, slots: Int64s) -> Iterator[Batch]:
        ranking = self._node.ranking
        found = self._rows.ranked(slots, ranking.first, ranking.last)
        for start in range(0, len(found.rows), self._batch_size):
            part = slice(start, start + self._batch_size)
            columns = self._rows.gather(found.rows[part]).columns
            if self._node.with_rank:
                columns = [*columns, pa.array(found.ranks[part])]
            yield Batch(build_record_batch(columns, self._schema, len(found.rows[part])))


@implements(WindowRank)
def build_window_rank(node: WindowRank) -> Operator:
    """Equal rows are in the order they came."""
    return window_rank_operator(node, newest=False)


def window_rank_operator(node: WindowRank, *, newest: bool) -> WindowRankOperator:
    """With ``newest``, the last one to come is first among equal rows."""
    ranking = node.ranking
    order = state_ranking(node.input, ranking.partition, ranking.order, ranking.type, newest=newest)
    return WindowRankOperator(node, order)
