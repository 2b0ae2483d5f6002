"""MATCH_RECOGNIZE: rows of a partition, in the order of time, that fit a pattern make one row."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch, Mask
from sqlstream.columnar.elements import MAX_TIMESTAMP, MIN_TIMESTAMP, Output, Watermark
from sqlstream.columnar.event_time import event_times
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.columnar.keys import key_groups_of
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.columnar.sort_order import SortColumn, sorted_rows
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.environment import clock_of, environment_of
from sqlstream.operators.pattern_matcher import PartialMatches, PatternMatcher, concat_matches
from sqlstream.operators.pattern_references import Matches, PatternValues
from sqlstream.plan.evaluation_environment import EvaluationEnvironment
from sqlstream.plan.physical import MatchRecognize
from sqlstream.state.snapshot import KEY_GROUP_COLUMN, KeyGroupRange, OperatorSnapshot, StateChunk
from sqlstream.state.time_buffer import TimeBuffer

_ROWS, _PARTIAL = "rows", "partial"


@dataclass(frozen=True, slots=True, eq=False)
class _Round:
    """What is matched in one go: kept rows and new ones, those of a partition together and in order.

    ``partitions`` numbers the partition of each row; ``is_new`` says which rows no partial match has seen.
    """

    rows: pa.RecordBatch
    times: Int64s
    partitions: Int64s
    is_new: Mask


@implements(MatchRecognize)
class MatchRecognizeOperator(Operator):
    """State: rows that wait for the watermark, partial matches, and the rows they are made of.

    Conditions that a row alone decides are evaluated for all rows beforehand.
    """

    def __init__(self, node: MatchRecognize) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._input = node.input.to_arrow()
        self._matcher = PatternMatcher(node.pattern, node.skip, node.within)
        self._is_rowtime = node.is_rowtime

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node = self._node
        self._waiting = TimeBuffer(self._input, node.partition, "waiting")
        self._rows = _no_rows(self._input)
        self._times = np.zeros(0, np.int64)
        self._partial = PartialMatches.none(self._matcher.variables)
        self._conditions = [
            None if condition is None else PatternValues(condition, node.input) for condition in node.define
        ]
        self._measures = [PatternValues(measure, node.input) for measure in node.measures]
        self._environment, self._clock = environment_of(context), clock_of(context)
        self._late = context.metrics.counter("numLateRecordsDropped")
        self._watermark = MIN_TIMESTAMP

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        if not self._is_rowtime:
            yield from self._match(batch.data, np.full(batch.num_rows, self._clock(), np.int64))
            return
        times = event_times(batch.column(self._node.time_column))
        late = times <= self._watermark
        self._late.inc(int(late.sum()))
        self._waiting.append(batch.filter(~late) if late.any() else batch, times[~late])

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        self._watermark = max(self._watermark, timestamp)
        yield from self._match_until(timestamp)
        yield Watermark(timestamp)

    def finish(self) -> Iterable[Output]:
        """In batch mode no watermark has come."""
        yield from self._match_until(MAX_TIMESTAMP)

    def _match_until(self, timestamp: int) -> Iterator[Output]:
        due = self._waiting.take(timestamp)
        if due is not None:
            yield from self._match(due.data, event_times(due.column(self._node.time_column)))
        elif self._node.within is not None and len(self._partial):
            yield from self._match(_no_rows(self._input), np.zeros(0, np.int64))

    # --- one round ---

    def _match(self, rows: pa.RecordBatch, times: Int64s) -> Iterator[Output]:
        round_ = self._arranged(rows, times)
        matches = concat_matches([self._run(round_), self._without_expired(round_)])
        self._keep_rows(round_)
        if len(matches):
            yield Batch(self._result(matches, round_.rows))

    def _arranged(self, rows: pa.RecordBatch, times: Int64s) -> _Round:
        """The kept rows and new ``rows``; partial matches are made to refer to them."""
        if self._node.order and rows.num_rows:
            keys = [SortColumn(pa.array(times), False, False)]
            keys += [SortColumn(rows.column(key.column), key.descending, key.nulls_last) for key in self._node.order]
            order = sorted_rows(keys, rows.num_rows)
            rows, times = rows.take(pa.array(order)), times[order]
        kept = self._rows.num_rows
        rows, times = pa.concat_batches([self._rows, rows]), np.concatenate((self._times, times))
        index = KeyIndex([self._input.field(key).type for key in self._node.partition])
        partitions = index.upsert([rows.column(key) for key in self._node.partition], rows.num_rows)
        order = np.argsort(partitions, kind="stable")
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        self._partial = self._partial.renumbered(place)
        return _Round(rows.take(pa.array(order)), times[order], partitions[order], order >= kept)

    def _run(self, round_: _Round) -> Matches:
        """Let all partial matches, and those that start at new rows, take the new rows. Returns what matched."""
        holds = self._conditions_of(round_)
        starts = np.flatnonzero(round_.is_new & self._may_start(round_, holds))
        started = PartialMatches.started_at(starts, self._matcher.variables)
        partial = PartialMatches.concat([self._partial, started]).in_order_of_start()
        ends = np.searchsorted(round_.partitions, round_.partitions[partial.matches.starts], "right")
        self._partial = self._matcher.run(partial, ends, round_.times, holds)
        return self._resolved(round_)

    def _resolved(self, round_: _Round) -> Matches:
        partitions = round_.partitions[self._partial.matches.starts]
        self._partial, matches = self._matcher.resolve(self._partial, partitions)
        return matches

    def _conditions_of(self, round_: _Round) -> _Conditions:
        environment = self._environment()
        alone: list[Mask | None] = []
        every = np.arange(round_.rows.num_rows)
        for variable, (values, condition) in enumerate(zip(self._conditions, self._node.define, strict=True)):
            if values is None or condition is None:
                alone.append(np.ones(len(every), np.bool_))
            elif condition.depends_on_row_alone(variable):
                table = np.full((len(every), self._matcher.variables), -1, np.int64)
                table[:, variable] = every
                alone.append(_true(values.of(Matches(every, every, table, table), round_.rows, environment)))
            else:
                alone.append(None)
        return _Conditions(self._conditions, alone, round_.rows, environment)

    def _may_start(self, round_: _Round, holds: _Conditions) -> Mask:
        """The rows that the first row of a match can be."""
        masks = [holds.alone[element] for element in self._matcher.first_elements]
        known = [mask for mask in masks if mask is not None]
        if len(known) < len(masks):
            return np.ones(round_.rows.num_rows, np.bool_)
        return reduce(np.logical_or, known)

    def _without_expired(self, round_: _Round) -> Matches:
        """Give up partial matches that no row in time can make whole. Returns the matches that waited for them."""
        within, partial = self._node.within, self._partial
        if within is not None and self._is_rowtime:
            limit = self._watermark - within
            self._partial = partial = partial.take(partial.done | (round_.times[partial.matches.starts] > limit))
        return self._resolved(round_)

    def _keep_rows(self, round_: _Round) -> None:
        """Keep the rows from the first one of each partition's first partial match on."""
        starts = self._partial.matches.starts
        earliest = np.full(int(round_.partitions.max(initial=-1)) + 1, round_.rows.num_rows, np.int64)
        np.minimum.at(earliest, round_.partitions[starts], starts)
        kept = np.arange(round_.rows.num_rows) >= earliest[round_.partitions]
        self._rows, self._times = round_.rows.filter(pa.array(kept)), round_.times[kept]
        self._partial = self._partial.renumbered(np.cumsum(kept) - 1)

    def _result(self, matches: Matches, rows: pa.RecordBatch) -> pa.RecordBatch:
        environment = self._environment()
        firsts = pa.array(matches.starts)
        columns = [rows.column(key).take(firsts) for key in self._node.partition]
        columns += [measure.of(matches, rows, environment) for measure in self._measures]
        return build_record_batch(columns, self._schema, len(matches))

    # --- state ---

    def snapshot(self) -> OperatorSnapshot:
        chunks = self._waiting.snapshot(self.context.max_parallelism)
        groups = key_groups_of(
            [self._rows.column(key) for key in self._node.partition], self._rows.num_rows, self.context.max_parallelism
        )
        if self._rows.num_rows:
            fields = [pa.field(KEY_GROUP_COLUMN, pa.int32()), pa.field("__time", pa.int64()), *self._input]
            columns = [pa.array(groups), pa.array(self._times), *self._rows.columns]
            rows = pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))
            partial = self._partial.to_record_batch(groups[self._partial.matches.starts])
            chunks += [StateChunk(uuid.uuid4().hex, name, data) for name, data in ((_ROWS, rows), (_PARTIAL, partial))]
        return OperatorSnapshot(tuple(chunks), {"watermark": self._watermark})

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        owned = self.context.key_groups
        self._waiting.restore([chunk for snapshot in snapshots for chunk in snapshot.keyed], owned)
        self._watermark = min((snapshot.values["watermark"] for snapshot in snapshots), default=MIN_TIMESTAMP)
        for snapshot in snapshots:
            chunks = {chunk.table: chunk.data for chunk in snapshot.keyed}
            if _ROWS in chunks:
                self._restore_rows(chunks[_ROWS], chunks[_PARTIAL], owned)
        self._partial = self._partial.in_order_of_start()

    def _restore_rows(self, rows: pa.RecordBatch, partial: pa.RecordBatch, owned: KeyGroupRange) -> None:
        kept = _owned(rows, owned)
        number = self._rows.num_rows + np.cumsum(kept) - 1
        rows = rows.filter(pa.array(kept))
        restored = PartialMatches.from_record_batch(partial.filter(pa.array(_owned(partial, owned))))
        self._partial = PartialMatches.concat([self._partial, restored.renumbered(number)])
        data = pa.RecordBatch.from_arrays(rows.columns[2:], schema=self._input)
        self._rows = pa.concat_batches([self._rows, data])
        self._times = np.concatenate((self._times, rows.column(1).to_numpy()))


@dataclass(frozen=True, slots=True, eq=False)
class _Conditions:
    """Which rows fit which variable. ``alone`` has the answer for every row, where a row alone decides."""

    values: Sequence[PatternValues | None]
    alone: Sequence[Mask | None]
    rows: pa.RecordBatch
    environment: EvaluationEnvironment

    def __call__(self, matches: Matches, variable: int) -> Mask:
        known = self.alone[variable]
        if known is not None:
            return known[matches.lasts]
        values = self.values[variable]
        assert values is not None
        return _true(values.of(matches, self.rows, self.environment))


def _true(values: pa.Array) -> Mask:
    mask: Mask = np.asarray(pc.fill_null(values, False))
    return mask


def _owned(data: pa.RecordBatch, key_groups: KeyGroupRange) -> Mask:
    groups = data.column(0).to_numpy()
    mask: Mask = (groups >= key_groups.first) & (groups <= key_groups.last)
    return mask


def _no_rows(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)
