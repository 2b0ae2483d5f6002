"""Join with the rows that another table has now for a row's keys."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import MAX_TIMESTAMP, Output, Watermark
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.options import BATCH_SIZE
from sqlstream.errors import ConnectorError
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.environment import clock_of, environment_of
from sqlstream.operators.lookup_cache import FullCache, PartialCache
from sqlstream.operators.lookup_question import Question, from_text, question, to_text
from sqlstream.plan.evaluate import ExpressionProgram, compile_expression
from sqlstream.plan.frame import Frame
from sqlstream.plan.physical import JoinKind, LookupJoin
from sqlstream.plan.table_connector import table_lookup
from sqlstream.spi.lookup import LookupCache, LookupReader, LookupRows
from sqlstream.state.snapshot import OperatorSnapshot


@implements(LookupJoin)
class LookupJoinOperator(Operator):
    """Asks for the distinct keys of each batch, and holds its rows until they are answered; rows keep their kinds.

    Rows leave in the order they came, or if they may as they are answered, but none passes a watermark. State: the
    rows that wait. They are asked for anew when they are restored.
    """

    def __init__(self, node: LookupJoin) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._fetched = node.fetched.to_arrow()
        self._projected = pa.schema(list(self._schema)[len(node.left) :])
        self._waiting: deque[Question | int] = deque()
        self._reader: LookupReader | None = None
        self._reload_at: int | None = None

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        node, configuration = self._node, context.configuration
        self._clock = clock_of(context)
        self._wake: Callable[[], None] = context.services.get("wake", lambda: None)
        self._environment = environment_of(context)
        self._batch_size = configuration.option(BATCH_SIZE)
        columns = [key.column for key in node.keys]
        source = table_lookup(node.table, node.fetched, [node.fetched[c].name for c in columns], configuration)
        if source is None:
            raise ConnectorError(f"Table '{node.table.name}' cannot be asked for rows by key.")
        self._policy = source.cache
        self._full = self._partial = None
        if self._policy.mode is LookupCache.FULL:
            self._full = FullCache(source.whole(), self._fetched, columns, self._batch_size)
            self._load(self._full)
        else:
            self._reader = source.reader()
        if self._policy.mode is LookupCache.PARTIAL:
            self._partial = PartialCache(self._fetched, columns, self._policy)
        self._keys = ExpressionProgram([key.value for key in node.keys])
        self._projection = ExpressionProgram(node.projection)
        self._filter = None if node.filter is None else compile_expression(node.filter)
        self._condition = None if node.condition is None else compile_expression(node.condition)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        self._hold(batch)
        yield from self._answered_rows()
        while self._open_questions() >= self._capacity:
            self._await()
            yield from self._answered_rows()

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        if self._waiting:
            self._waiting.append(timestamp)
            yield from self._answered_rows()
        else:
            yield Watermark(timestamp)
        if timestamp == MAX_TIMESTAMP:
            yield from self._rest()

    def finish(self) -> Iterable[Output]:
        yield from self._rest()

    def next_timer(self) -> int | None:
        times = [] if self._reload_at is None else [self._reload_at]
        for waiting in self._questions():
            if waiting.answered or (waiting.future is not None and waiting.future.done()):
                return 0
            if waiting.retry_at is not None:
                times.append(waiting.retry_at)
            elif self._node.asynchronous is not None:
                times.append(waiting.asked_at + self._node.asynchronous.timeout)
        return min(times, default=None)

    def on_timer(self, now: int) -> Iterable[Output]:
        if self._full is not None and self._reload_at is not None and now >= self._reload_at:
            self._load(self._full)
        yield from self._answered_rows()

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(items=tuple(to_text(waiting.batch) for waiting in self._questions()))

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        for snapshot in snapshots:
            for item in snapshot.items:
                self._hold(from_text(item))

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()

    @property
    def _capacity(self) -> int:
        return 1 if self._node.asynchronous is None else self._node.asynchronous.capacity

    def _questions(self) -> Iterator[Question]:
        return (waiting for waiting in self._waiting if isinstance(waiting, Question))

    def _open_questions(self) -> int:
        return sum(not waiting.answered for waiting in self._questions())

    def _load(self, cache: FullCache) -> None:
        cache.load()
        interval = self._policy.reload_interval
        self._reload_at = None if interval is None else self._clock() + interval

    # --- asking ---

    def _hold(self, batch: Batch) -> None:
        columns = self._keys.run(Frame.of(batch.data, self._environment()))
        asked = question(batch, columns, self._clock())
        self._waiting.append(asked)
        self._ask(asked)

    def _ask(self, asked: Question) -> None:
        """Have the open keys answered, at once where that can be."""
        asked.retry_at = None
        if asked.answered:
            return
        if self._full is not None:
            self._take(asked, self._full.answer(asked.open_keys()))
            return
        if self._partial is not None:
            rows, known = self._partial.answer(asked.open_keys(), self._clock())
            asked.answers.append(LookupRows(rows.data, asked.open[rows.owners]))
            asked.open = asked.open[~known]
            if asked.answered:
                return
        assert self._reader is not None
        if self._node.asynchronous is None:
            self._take(asked, self._lookup(self._reader, asked.open_keys()))
        else:
            self._submit(asked)

    def _lookup(self, reader: LookupReader, keys: pa.RecordBatch) -> LookupRows:
        for _ in range(self._policy.max_retries):
            try:
                return reader.lookup(keys)
            except ConnectorError:
                continue
        return reader.lookup(keys)

    def _submit(self, asked: Question) -> None:
        assert self._reader is not None
        asked.future = self._reader.submit(asked.open_keys())
        asked.future.add_done_callback(lambda _: self._wake())

    def _take(self, asked: Question, rows: LookupRows) -> None:
        keys = asked.open_keys()
        missing = asked.take(rows)
        asked.attempts += 1
        retry = self._node.retry
        if retry is None or asked.attempts >= retry.attempts:
            asked.open = missing[:0]
        else:
            asked.open = missing
            if len(missing):
                asked.retry_at = self._clock() + retry.delay
        if self._partial is not None:
            self._keep(self._partial, keys, rows, missing_too=asked.answered)

    def _keep(self, cache: PartialCache, keys: pa.RecordBatch, rows: LookupRows, missing_too: bool) -> None:
        if missing_too:
            cache.put(keys, rows, self._clock())
            return
        found, owners = np.unique(rows.owners, return_inverse=True)
        cache.put(keys.take(pa.array(found)), LookupRows(rows.data, owners), self._clock())

    # --- waiting ---

    def _progress(self) -> None:
        """Take the answers that have come, and ask again what is to be asked again."""
        now = self._clock()
        for asked in list(self._questions()):
            if asked.future is not None and asked.future.done():
                self._take_result(asked)
            elif asked.retry_at is not None and asked.retry_at <= now:
                self._ask(asked)
            asynchronous = self._node.asynchronous
            if asynchronous is not None and not asked.answered and now >= asked.asked_at + asynchronous.timeout:
                raise ConnectorError(
                    f"Table '{self._node.table.name}' did not answer within {asynchronous.timeout} ms.",
                    hint="Raise 'table.exec.async-lookup.timeout', or see to the table's server.",
                )

    def _take_result(self, asked: Question) -> None:
        assert asked.future is not None
        future, asked.future = asked.future, None
        try:
            rows = future.result()
        except ConnectorError:
            if asked.failures >= self._policy.max_retries:
                raise
            asked.failures += 1
            self._submit(asked)
            return
        self._take(asked, rows)

    def _await(self) -> None:
        """Until an answer has come, or something is to be asked again."""
        futures = [asked.future for asked in self._questions() if asked.future is not None]
        if any(future.done() for future in futures):
            return
        timer = self.next_timer()
        pause = None if timer is None else max(0, timer - self._clock()) / 1000
        if futures:
            wait(futures, timeout=pause, return_when=FIRST_COMPLETED)
        elif pause:
            threading.Event().wait(pause)

    def _rest(self) -> Iterator[Output]:
        while self._waiting:
            yield from self._answered_rows()
            if self._waiting:
                self._await()

    # --- emitting ---

    def _answered_rows(self) -> Iterator[Output]:
        self._progress()
        ordered = self._node.asynchronous is None or self._node.asynchronous.ordered
        while self._waiting:
            first = self._waiting[0]
            if isinstance(first, int):
                self._waiting.popleft()
                yield Watermark(first)
            elif first.answered:
                self._waiting.popleft()
                yield from self._joined(first)
            elif ordered:
                return
            else:
                yield from self._answered_out_of_order()
                return

    def _answered_out_of_order(self) -> Iterator[Output]:
        """What is answered before the next watermark, though something before it is not."""
        for waiting in list(self._waiting):
            if isinstance(waiting, int):
                return
            if waiting.answered:
                self._waiting.remove(waiting)
                yield from self._joined(waiting)

    def _joined(self, asked: Question) -> Iterator[Output]:
        rows = asked.rows(self._fetched)
        data, owners = self._of_table(rows)
        counts = np.bincount(owners, minlength=asked.keys.num_rows + 1)
        starts = np.cumsum(counts) - counts
        lengths = np.where(asked.owners < 0, 0, counts[asked.owners])
        before = np.cumsum(lengths) - lengths
        left = np.repeat(np.arange(asked.batch.num_rows), lengths)
        right = np.arange(len(left)) - before[left] + starts[asked.owners[left]]
        if self._condition is not None and len(left):
            holds = self._holding(asked.batch, left, data, right)
            left, right = left[holds], right[holds]
        if self._node.kind is JoinKind.LEFT:
            left, right = _with_unmatched(left, right, asked.batch.num_rows)
        for start in range(0, len(left), self._batch_size):
            part = slice(start, start + self._batch_size)
            yield self._pairs(asked.batch, left[part], data, right[part])

    def _of_table(self, rows: LookupRows) -> tuple[pa.RecordBatch, Int64s]:
        """The rows of the table as the query sees them, and the key that each has."""
        data, owners = rows.data, rows.owners
        if self._filter is not None and data.num_rows:
            mask = np.asarray(pc.fill_null(self._filter(data, self._environment()), False))
            data, owners = data.filter(pa.array(mask)), owners[mask]
        columns = self._projection.run(Frame.of(data, self._environment()))
        return build_record_batch(columns, self._projected, data.num_rows), owners

    def _holding(self, batch: Batch, left: Int64s, data: pa.RecordBatch, right: Int64s) -> Int64s:
        assert self._condition is not None
        holds = []
        for start in range(0, len(left), self._batch_size):
            part = slice(start, start + self._batch_size)
            pairs = self._pairs(batch, left[part], data, right[part])
            holds.append(np.asarray(pc.fill_null(self._condition(pairs.data, self._environment()), False)))
        return np.flatnonzero(np.concatenate(holds))

    def _pairs(self, batch: Batch, left: Int64s, data: pa.RecordBatch, right: Int64s) -> Batch:
        own = batch.take(left)
        partners = data.take(pa.array(right, mask=right < 0))
        return own.with_data(build_record_batch([*own.data.columns, *partners.columns], self._schema, len(left)))


def _with_unmatched(left: Int64s, right: Int64s, num_rows: int) -> tuple[Int64s, Int64s]:
    """The pairs, and for each row that is in none one with -1, in the order of the rows."""
    missing = np.flatnonzero(np.bincount(left, minlength=num_rows) == 0)
    if not len(missing):
        return left, right
    every = np.concatenate((left, missing))
    order = np.argsort(every, kind="stable")
    return every[order], np.concatenate((right, np.full(len(missing), -1)))[order]
