"""Window functions that look back at a few rows, or a while: the rows that later ones will look back at are kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s, Mask, null_mask
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.options import BATCH_SIZE
from sqlstream.operators.base import OperatorContext
from sqlstream.operators.over_frames import Distances, frames_of
from sqlstream.operators.over_rows import OrderedRows, partition_numbers
from sqlstream.operators.over_values import over_value
from sqlstream.plan.expression_tree import remap_call
from sqlstream.plan.over_mode import rows_looked_back
from sqlstream.plan.physical import FrameUnit, OverWindow
from sqlstream.state.row_store import RowStore
from sqlstream.state.snapshot import OperatorSnapshot, StateChunk
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema

_TABLE = "recent"
_TIME = "$time"
_NO_ROWS = np.zeros(0, np.int64)


class RecentRows:
    """State: of each key the last rows, or those of the last while; only the columns that the calls look at.

    A RANGE frame keeps twice its length behind the watermark: a row that is late by less than that length sees all of
    its own frame.
    """

    def __init__(self, partition: Sequence[int], window: OverWindow, input: Schema, context: OperatorContext) -> None:
        used = [column for call in window.calls for column in (*call.args, call.filter) if column is not None]
        self._columns = tuple(dict.fromkeys([*partition, *used]))
        place = {column: index for index, column in enumerate(self._columns)}
        self._partition = tuple(place[column] for column in partition)
        self._calls = tuple(remap_call(call, place) for call in window.calls)
        self._frame = window.frame
        self._range = _range_of(window)
        self._schema = Schema((*(input[column] for column in self._columns), Field(_TIME, t.BIGINT)))
        self._arrow = self._schema.to_arrow()
        space = None if context.managed_state is None else context.managed_state.open()
        self._store = RowStore(self._arrow, self._partition, _TABLE, space)
        self._portion = context.configuration.option(BATCH_SIZE)
        self._context = context
        self._earliest: int | None = None

    def evaluate(self, batch: Batch, times: Int64s) -> dict[str, pa.Array]:
        """The values of the calls by name, for rows that are in the order of ``times`` and, within their key, later
        than any before (or as late, with a processing time)."""
        numbers, kept = self._kept(batch.data)
        new = self._to_store(batch.data, times)
        data = pa.concat_batches([kept, new]) if kept.num_rows else new
        all_times = np.asarray(data.column(len(self._columns)))
        rows = OrderedRows(data, self._partition, [all_times])
        distances = Distances(all_times[rows.order], np.zeros(len(rows), np.bool_))
        frames = frames_of(rows, self._frame, distances)
        place = np.empty(len(rows), np.int64)
        place[rows.order] = np.arange(len(rows))
        wanted = pa.array(place[kept.num_rows :])
        values = {call.name: over_value(call, rows, frames, self._schema).take(wanted) for call in self._calls}
        self._keep(rows, numbers, new)
        return values

    def is_late(self, data: pa.RecordBatch, times: Int64s, watermark: int) -> Mask:
        """Which rows at or behind ``watermark`` come after a row of their key that has been emitted, or too late to
        find all rows of their frame."""
        last = np.full(len(times), np.iinfo(np.int64).min, np.int64)
        keys = [data.column(self._columns[key]) for key in self._partition]
        for probes, rows in self._store.matches(keys, data.num_rows, self._portion):
            np.maximum.at(last, probes, np.asarray(self._store.gather(rows).column(len(self._columns))))
        late: Mask = times <= last
        return late if self._range is None else late | (times <= watermark - self._range)

    def forget(self, now: int) -> None:
        """Drop what no frame can reach any more, once it has become much. ``now``: the watermark or the time."""
        if self._range is None or self._earliest is None or now < self._earliest + 3 * self._range:
            return
        rows = self._store.live_rows()
        times = np.asarray(self._store.gather(rows).column(len(self._columns)))
        gone = times <= now - 2 * self._range
        self._store.discard(rows[gone])
        self._store.compact()
        self._earliest = int(times[~gone].min()) if not gone.all() else None

    def next_to_forget(self) -> int | None:
        """When :meth:`forget` next has something to do."""
        if self._range is None or self._earliest is None:
            return None
        return self._earliest + 3 * self._range

    def snapshot(self) -> list[StateChunk]:
        return self._store.snapshot(self._context.max_parallelism)

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        chunks = [chunk for snapshot in snapshots for chunk in snapshot.keyed]
        self._store.restore(chunks, self._context.key_groups)
        rows = self._store.live_rows()
        if len(rows):
            self._earliest = int(np.asarray(self._store.gather(rows).column(len(self._columns))).min())

    def close(self) -> None:
        self._store.close()

    def _kept(self, data: pa.RecordBatch) -> tuple[Int64s, pa.RecordBatch]:
        """The rows kept of the keys in ``data``, oldest first, and their numbers."""
        columns = [self._columns[key] for key in self._partition]
        _, first = np.unique(partition_numbers(data, columns), return_index=True)
        keys = [data.column(column).take(pa.array(first)) for column in columns]
        found = [rows for _, rows in self._store.matches(keys, len(first), self._portion)]
        numbers = np.concatenate(found) if found else _NO_ROWS
        return numbers, self._store.gather(numbers)

    def _to_store(self, data: pa.RecordBatch, times: Int64s) -> pa.RecordBatch:
        columns = [*(data.column(column) for column in self._columns), pa.array(times)]
        return build_record_batch(columns, self._arrow, data.num_rows)

    def _keep(self, rows: OrderedRows, numbers: Int64s, new: pa.RecordBatch) -> None:
        """Keep what later rows of the same keys will look at; ``numbers`` are those of the first rows, the rest are
        ``new``."""
        if self._range is not None:
            self._store.append(new)
            earliest = int(np.asarray(new.column(len(self._columns))).min())
            self._earliest = earliest if self._earliest is None else min(self._earliest, earliest)
            return
        needed = np.zeros(len(rows), np.bool_)
        needed[rows.order] = self._needed(rows)
        self._store.discard(numbers[~needed[: len(numbers)]])
        mask = needed[len(numbers) :]
        self._store.append(new if mask.all() else new.filter(pa.array(mask)))
        self._store.compact()

    def _needed(self, rows: OrderedRows) -> Mask:
        """By place: the last row of each partition, which tells what is late, and as many as calls look back."""
        from_end = rows.partitions.end - np.arange(len(rows))
        needed = from_end <= 1
        for call in self._calls:
            if call.function != "LAG":
                needed |= from_end <= -int(self._frame.start or 0)
                continue
            offset = rows_looked_back(call)
            nulls = null_mask(rows.column(call.args[0])) if call.ignore_nulls else None
            if nulls is None:
                needed |= from_end <= offset
            else:
                present = np.concatenate(([0], np.cumsum(~nulls)))
                following = present[rows.partitions.end] - present[:-1]
                needed |= ~nulls & (following <= offset)
        return needed


def _range_of(window: OverWindow) -> int | None:
    """How long (ms) a RANGE frame is; None for ROWS, and for a window of LAGs."""
    if window.frame.unit is FrameUnit.ROWS or window.frame.start is None:
        return None
    return -int(window.frame.start)
