"""Writing rows to a table's connector."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import under_schema
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.operators.upserts import as_upserts
from sqlstream.plan.physical import TableSink
from sqlstream.plan.sink_options import primary_key
from sqlstream.plan.table_connector import table_sink
from sqlstream.spi.connector import ChangelogMode, SinkWriter, WriterContext
from sqlstream.state.snapshot import OperatorSnapshot

_WRITER = "writer"


@implements(TableSink)
class SinkOperator(Operator):
    """Hands every row, with its kind, to this subtask's writer, and flushes it at each checkpoint and at the end.

    Where the connector has a committer, what the writer prepared for a checkpoint is part of the snapshot, and is
    committed once the checkpoint has completed; so is, at once, what a restored snapshot holds, because the process
    that was to commit it may have died before. Without checkpoints everything is committed as soon as it is prepared. A
    connector that upserts by primary key is told of no -U rows: one that its +U does not follow is a deletion.
    """

    def __init__(self, node: TableSink) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._opened_writer: SinkWriter | None = None
        self._prepared: dict[int, list[Any]] = {}
        """Committables by the checkpoint that is the first to cover them; ids only rise."""
        self._restored: tuple[Any, ...] = ()

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._sink = table_sink(self._node.table, self._node.schema, context.configuration)
        self._committer = self._sink.committer()
        self._commits_at_once = self._committer is not None and not context.checkpointing
        self._upserts = self._sink.changelog_mode is ChangelogMode.UPSERT
        self._records_out = context.metrics.counter("numRecordsOut")

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        if self._upserts:
            batch = as_upserts(batch, primary_key(self._node.table))
        self._writer.write(under_schema(batch, self._schema))
        self._records_out.inc(batch.num_rows)
        self._commit_what_is_complete()
        return ()

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        return ()

    def next_timer(self) -> int | None:
        return self._writer.next_timer()

    def on_timer(self, now: int) -> Iterable[Output]:
        self._writer.on_timer(now)
        self._commit_what_is_complete()
        return ()

    def finish(self) -> Iterable[Output]:
        self._writer.flush()
        if self._commits_at_once:
            self._commit_prepared(self._prepared)
        self._commit_what_is_complete()
        return ()

    def prepare_snapshot(self, checkpoint_id: int) -> Iterable[Output]:
        self._writer.flush()
        if self._committer is not None:
            self._prepared.setdefault(checkpoint_id, []).extend(self._writer.prepare_commit())
        return ()

    def snapshot(self) -> OperatorSnapshot:
        state = self._writer.state()
        return OperatorSnapshot(
            values={} if state is None else {_WRITER: state},
            items=tuple(committable for prepared in self._prepared.values() for committable in prepared),
        )

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self._restored = tuple(s.values[_WRITER] for s in snapshots if _WRITER in s.values)
        self._commit([committable for snapshot in snapshots for committable in snapshot.items])

    def on_checkpoint_complete(self, checkpoint_id: int) -> None:
        self._commit_prepared(covered for covered in self._prepared if covered <= checkpoint_id)

    def on_checkpoint_aborted(self, checkpoint_id: int) -> None:
        """The next one commits what this one would have; where there is none, it was a savepoint."""
        if self._commits_at_once:
            self._commit_prepared(prepared for prepared in self._prepared if prepared <= checkpoint_id)

    def close(self) -> None:
        if self._opened_writer is not None:
            self._opened_writer.close()
            self._opened_writer = None

    def _commit_what_is_complete(self) -> None:
        if self._commits_at_once:
            self._commit(self._writer.prepare_commit())

    def _commit_prepared(self, checkpoint_ids: Iterable[int]) -> None:
        """Forgets what has been committed."""
        ids = list(checkpoint_ids)
        self._commit([committable for each in ids for committable in self._prepared[each]])
        for each in ids:
            del self._prepared[each]

    def _commit(self, committables: Sequence[Any]) -> None:
        if committables:
            assert self._committer is not None, "the connector has no committer for what it prepared"
            self._committer.commit(committables)

    @property
    def _writer(self) -> SinkWriter:
        """Opened when it is first needed, which is after a restore: it begins where an earlier one left off."""
        if self._opened_writer is None:
            context = self.context
            self._opened_writer = self._sink.writer(
                WriterContext(
                    subtask=context.subtask,
                    parallelism=context.parallelism,
                    job_id=context.job_id,
                    sink_id=context.operator_id,
                    attempt=(context.epoch, context.attempt),
                    restored=self._restored,
                    overwrite=self._node.overwrite,
                )
            )
        return self._opened_writer
