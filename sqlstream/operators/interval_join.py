"""Join of two append-only streams whose rows match only within an interval of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream.columnar.batch import Batch, Rows
from sqlstream.columnar.elements import MAX_TIMESTAMP, MIN_TIMESTAMP, Output, Watermark
from sqlstream.columnar.event_time import event_times
from sqlstream.config.options import BATCH_SIZE
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.environment import clock_of, environment_of
from sqlstream.operators.join_rows import JoinRows
from sqlstream.operators.key_presence import rows_with_keys
from sqlstream.operators.timed_rows import TimedRows
from sqlstream.plan.evaluate import compile_expression
from sqlstream.plan.physical import IntervalJoin
from sqlstream.state.snapshot import OperatorSnapshot

LEFT, RIGHT = 0, 1
_NOW = "now"
_ARRIVAL = pa.field("__arrival", pa.timestamp("ms"))


@dataclass(frozen=True)
class _Side:
    """One input. A partner's time is ``lower`` to ``upper`` ms before a row's own; so none can come any more when it is
    ``wait`` ms later than the row. ``padded``: rows without a partner come out."""

    schema: pa.Schema
    keys: tuple[int, ...]
    strict_keys: tuple[int, ...]
    time_column: int
    lower: int
    upper: int
    padded: bool

    @property
    def wait(self) -> int:
        return -self.lower


@implements(IntervalJoin)
class IntervalJoinOperator(Operator):
    """A row is kept while a partner may come that is not late, then dropped. A late row meets whom it finds still kept.

    Where rows without a partner come out, those that have none yet are kept apart, and come out when they are dropped.
    The watermark is held back by as much as a joined row's times may be older than it. With processing time, a row's
    time is when it comes, and rows are dropped by timer.
    """

    def __init__(self, node: IntervalJoin) -> None:
        self._node = node
        interval = node.interval
        self._event_time = interval.event_time
        self._delay = max(-interval.lower, interval.upper, 0)
        inputs = (
            (node.left, node.left_keys, interval.left_time, interval.lower, interval.upper, node.kind.pads_right),
            (node.right, node.right_keys, interval.right_time, -interval.upper, -interval.lower, node.kind.pads_left),
        )
        self._sides = [
            _Side(
                schema.to_arrow() if self._event_time else schema.to_arrow().append(_ARRIVAL),
                keys,
                tuple(key for i, key in enumerate(keys) if i not in node.null_safe),
                time if self._event_time else len(schema),
                lower,
                upper,
                padded,
            )
            for schema, keys, time, lower, upper, padded in inputs
        ]
        self._output = JoinRows(node.left, node.right, node.kind, node.schema)

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        condition = self._node.condition
        self._condition = None if condition is None else compile_expression(condition)
        self._environment = environment_of(context)
        self._clock = clock_of(context)
        self._batch_size = context.configuration.option(BATCH_SIZE)
        self._now = MIN_TIMESTAMP
        slack = (self._node.interval.upper - self._node.interval.lower) // 2
        self._met = [self._rows(side, f"{name}-met", slack) for side, name in self._named_sides()]
        self._waiting = [
            self._rows(side, f"{name}-waiting", 0) if side.padded else None for side, name in self._named_sides()
        ]

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        data = batch.data
        if not self._event_time:
            yield from self._advance(self._clock())
            arrival = pa.array(np.full(batch.num_rows, self._now)).cast(_ARRIVAL.type)
            data = pa.RecordBatch.from_arrays([*data.columns, arrival], schema=self._sides[input].schema)
        side = self._sides[input]
        times = event_times(data.column(side.time_column))
        met: Mask = np.zeros(batch.num_rows, np.bool_)
        for rows in (self._met[1 - input], self._waiting[1 - input]):
            if rows is not None:
                yield from self._joined(batch, input, times, rows, met)
        yield from self._keep(data, input, times, met)

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        if self._event_time:
            yield from self._advance(timestamp)
            if timestamp != MAX_TIMESTAMP:
                timestamp = max(timestamp - self._delay, MIN_TIMESTAMP)
        yield Watermark(timestamp)

    def next_timer(self) -> int | None:
        if self._event_time:
            return None
        times = [
            rows.next_drop + side.wait
            for side, *both in zip(self._sides, self._met, self._waiting, strict=True)
            for rows in both
            if rows is not None and len(rows)
        ]
        return min(times, default=None)

    def on_timer(self, now: int) -> Iterable[Output]:
        return self._advance(now)

    def finish(self) -> Iterable[Output]:
        return self._advance(MAX_TIMESTAMP)

    def snapshot(self) -> OperatorSnapshot:
        chunks = [chunk for rows in self._all_rows() for chunk in rows.snapshot(self.context.max_parallelism)]
        return OperatorSnapshot(tuple(chunks), {_NOW: self._now})

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._now = min((snapshot.values[_NOW] for snapshot in snapshots), default=MIN_TIMESTAMP)
        chunks = [chunk for snapshot in snapshots for chunk in snapshot.keyed]
        for rows in self._all_rows():
            rows.restore(chunks, self.context.key_groups)

    def close(self) -> None:
        for rows in self._all_rows():
            rows.close()

    def _rows(self, side: _Side, table: str, slack: int) -> TimedRows:
        return TimedRows(table, side.schema, side.keys, side.time_column, max(slack, 0), self.context)

    def _named_sides(self) -> Iterator[tuple[_Side, str]]:
        return zip(self._sides, ("left", "right"), strict=True)

    def _all_rows(self) -> Iterator[TimedRows]:
        return (rows for rows in (*self._met, *self._waiting) if rows is not None)

    def _joined(self, batch: Batch, input: int, times: Int64s, others: TimedRows, met: Mask) -> Iterator[Output]:
        """``batch`` with those of ``others`` that match; ``met`` is told which of its rows do."""
        own, other = self._sides[input], self._sides[1 - input]
        keys = [batch.column(key) for key in own.keys]
        found: list[Rows] = []
        for all_probes, all_rows in others.matches(keys, batch.num_rows, self._batch_size) if len(others) else ():
            apart = times[all_probes] - others.times(all_rows)
            near = (apart >= own.lower) & (apart <= own.upper)
            near &= others.times(all_rows) > _minus(self._now, other.wait)
            probes, rows = all_probes[near], all_rows[near]
            joined = self._output.joined(batch, probes, self._plain(others.gather(rows)), input)
            if self._condition is not None:
                mask = pc.fill_null(self._condition(joined, self._environment()), False)
                kept: Mask = np.asarray(mask)
                probes, rows, joined = probes[kept], rows[kept], joined.filter(mask)
            if len(rows):
                met[probes] = True
                found.append(rows)
                yield Batch(joined)
        if others is self._waiting[1 - input] and found:
            self._met[1 - input].append(others.take(np.unique(np.concatenate(found))))
            others.compact()

    def _keep(self, data: pa.RecordBatch, input: int, times: Int64s, met: Mask) -> Iterator[Output]:
        """Rows that a partner may come for; of the others those that have had none come out, where they do."""
        side, waiting = self._sides[input], self._waiting[input]
        kept: Mask = times > _minus(self._now, side.wait)
        present = rows_with_keys(data, side.strict_keys)
        if present is not None:
            kept &= present
        if waiting is None:
            self._met[input].append(_filtered(data, kept))
            return
        self._met[input].append(_filtered(data, kept & met))
        waiting.append(_filtered(data, kept & ~met))
        alone = ~kept & ~met
        if alone.any():
            yield self._output.alone(self._plain(_filtered(data, alone)), input, None)

    def _advance(self, now: int) -> Iterator[Output]:
        """Time has come to ``now``."""
        self._now = max(self._now, now)
        for input, side in enumerate(self._sides):
            until = _minus(self._now, side.wait)
            met, waiting = self._met[input], self._waiting[input]
            if until >= met.next_drop:
                met.drop(until)
                met.compact()
            if waiting is not None and until >= waiting.next_drop:
                rows = waiting.drop(until)
                for first in range(0, len(rows), self._batch_size):
                    data = self._plain(waiting.gather(rows[first : first + self._batch_size]))
                    yield self._output.alone(data, input, None)
                waiting.compact()

    def _plain(self, data: pa.RecordBatch) -> pa.RecordBatch:
        """Without the time of arrival."""
        return data if self._event_time else data.remove_column(data.num_columns - 1)


def _filtered(data: pa.RecordBatch, mask: Mask) -> pa.RecordBatch:
    return data if mask.all() else data.filter(pa.array(mask))


def _minus(time: int, distance: int) -> int:
    return min(max(time - distance, MIN_TIMESTAMP), MAX_TIMESTAMP)
