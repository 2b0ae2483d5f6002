"""Reading a table from its connector."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.concat import concat_batches
from sqlstream.columnar.elements import Output
from sqlstream.config.options import BATCH_SIZE, BUFFER_TIMEOUT
from sqlstream.operators.base import OperatorContext, SourceOperator, implements
from sqlstream.operators.environment import clock_of
from sqlstream.operators.split_assignment import PendingSplit, SplitAssignment, joined, parted
from sqlstream.plan.physical import TableSourceScan
from sqlstream.plan.table_connector import table_source
from sqlstream.spi.connector import SplitReader
from sqlstream.state.snapshot import OperatorSnapshot

_REMAINING = "remaining"


@dataclass
class _OpenSplit:
    pending: PendingSplit
    reader: SplitReader
    skipped: int = 0

    def now_pending(self) -> PendingSplit:
        return replace(self.pending, position=self.reader.position())


@implements(TableSourceScan)
class TableSourceScanOperator(SourceOperator):
    """Reads this subtask's splits.

    Splits that end are read one after the other, in the order the connector gives; never-ending ones in turn. Small
    reads are put together up to ``execution.batch-size`` rows, waiting at most ``execution.buffer-timeout.interval``.
    """

    def __init__(self, node: TableSourceScan) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._waiting: deque[PendingSplit] = deque()
        self._reading: deque[_OpenSplit] = deque()
        self._started = False

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        configuration = context.configuration
        self._source = table_source(self._node.table, self._node.schema, configuration)
        self._interval = None if self._source.bounded else self._source.discovery_interval
        self._assignment = SplitAssignment(context.subtask, context.parallelism, self._interval is not None)
        self._in_turn = not self._source.splits_end
        self._batch_size = configuration.option(BATCH_SIZE)
        self._buffer_timeout = configuration.option(BUFFER_TIMEOUT)
        self._clock = clock_of(context)
        self._remaining = self._node.limit
        self._records_in = context.metrics.counter("numRecordsIn")
        self._records_skipped = context.metrics.counter("numRecordsSkipped")
        self._next_discovery: int | None = None if self._interval is None else self._clock() + self._interval

    def poll(self, timeout: float) -> Iterable[Output] | None:
        self._start()
        if self._remaining == 0 or not (self._waiting or self._reading or self._interval is not None):
            return None
        batches = self._gather(timeout)
        return [concat_batches(batches)] if batches else []

    def next_timer(self) -> int | None:
        return self._next_discovery

    def on_timer(self, now: int) -> Iterable[Output]:
        if self._interval is not None and self._next_discovery is not None and now >= self._next_discovery:
            self._discover()
            self._next_discovery = now + self._interval
        return ()

    def snapshot(self) -> OperatorSnapshot:
        """Unfinished splits are dealt out; a subtask of another parallelism may still read as many rows of a limit as
        the one that had read least, which are never fewer than are missing."""
        self._start()
        unfinished = [*(split.now_pending() for split in self._reading), *self._waiting]
        items = [part.to_json() for pending in unfinished for part in parted(self._source, pending)]
        values = self._assignment.known()
        if self._remaining is not None:
            values[_REMAINING] = self._remaining
        return OperatorSnapshot(values=values, items=tuple(items))

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        if not snapshots:
            return
        self._waiting.extend(joined(self._source, self._assignment.take_restored(snapshots)))
        self._started = self._interval is None
        self._remaining = max(
            (s.values[_REMAINING] for s in snapshots if _REMAINING in s.values), default=self._remaining
        )

    def close(self) -> None:
        while self._reading:
            self._reading.popleft().reader.close()

    def _start(self) -> None:
        if not self._started:
            self._started = True
            self._discover()

    def _discover(self) -> None:
        self._waiting.extend(self._assignment.take_new(self._source.splits(self.context.parallelism)))

    def _gather(self, timeout: float) -> list[Batch]:
        """Reads until the batch is at least half full, nothing more comes in time, or the splits have ended."""
        batches: list[Batch] = []
        rows = 0
        deadline = self._clock() + round(timeout * 1000)
        while rows < max(1, self._batch_size // 2) and self._remaining != 0:
            patience = max(0, deadline - self._clock())
            if batches and not patience:
                break
            if not self._open_next():
                if not batches and self._interval is not None:
                    time.sleep(patience / 1000)
                break
            batch = self._read(self._batch_size - rows, patience / 1000)
            if batch is None:
                continue
            if not batch.num_rows:
                break
            if not batches:
                deadline = min(deadline, self._clock() + self._buffer_timeout)
            batches.append(batch)
            rows += batch.num_rows
        return batches

    def _open_next(self) -> bool:
        """Opens what should be read now; False when nothing is left."""
        while self._waiting and (self._in_turn or not self._reading):
            pending = self._waiting.popleft()
            self._reading.append(_OpenSplit(pending, self._source.reader(pending.split, pending.position)))
        return bool(self._reading)

    def _read(self, max_rows: int, timeout: float) -> Batch | None:
        """From the split whose turn it is, else the next that has rows; None when a split has ended."""
        wait = timeout / len(self._reading)
        for _ in range(len(self._reading)):
            split = self._reading[0]
            batch = split.reader.read(max_rows if self._remaining is None else min(max_rows, self._remaining), wait)
            self._records_skipped.inc(split.reader.skipped - split.skipped)
            split.skipped = split.reader.skipped
            if batch is None:
                self._reading.popleft().reader.close()
                return None
            self._reading.rotate(-1)
            if batch.num_rows:
                return self._counted(batch)
        return batch

    def _counted(self, batch: Batch) -> Batch:
        self._records_in.inc(batch.num_rows)
        if self._remaining is not None:
            self._remaining -= batch.num_rows
        return batch
