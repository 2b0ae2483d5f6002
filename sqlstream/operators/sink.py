"""Writing rows to a table's connector."""

from __future__ import annotations

from collections.abc import Iterable

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import under_schema
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.plan.physical import TableSink
from sqlstream.plan.table_connector import table_sink
from sqlstream.spi.connector import ChangelogMode, SinkWriter


@implements(TableSink)
class SinkOperator(Operator):
    """Hands every row, with its kind, to this subtask's writer; flushes it at the end of input.

    A connector that upserts by primary key is not told of -U rows.
    """

    def __init__(self, node: TableSink) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._writer: SinkWriter | None = None

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        sink = table_sink(self._node.table, self._node.schema, context.configuration)
        self._writer = sink.writer(context.subtask, context.parallelism)
        self._upserts = sink.changelog_mode is ChangelogMode.UPSERT
        self._records_out = context.metrics.counter("numRecordsOut")

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        if self._upserts and batch.kinds is not None:
            batch = batch.filter(batch.kinds != RowKind.UPDATE_BEFORE)
            if not batch.num_rows:
                return ()
        self._open_writer.write(under_schema(batch, self._schema))
        self._records_out.inc(batch.num_rows)
        return ()

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        return ()

    def next_timer(self) -> int | None:
        return self._open_writer.next_timer()

    def on_timer(self, now: int) -> Iterable[Output]:
        self._open_writer.on_timer(now)
        return ()

    def finish(self) -> Iterable[Output]:
        self._open_writer.flush()
        return ()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    @property
    def _open_writer(self) -> SinkWriter:
        assert self._writer is not None, "the sink is not open"
        return self._writer
