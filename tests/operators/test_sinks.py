"""Rows reach the connector's writer, or the client, with their kinds and in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from operator_driver import Change, changes_batch, opened, rows_batch, schema

from sqlstream.columnar.batch import Batch
from sqlstream.config.option import ConfigOption
from sqlstream.operators.base import Operator
from sqlstream.plan import table_connector
from sqlstream.plan.physical import CollectSink, TableDescriptor, TableSink
from sqlstream.spi.connector import (
    ChangelogMode,
    ConnectorFactory,
    DeliveryGuarantee,
    Sink,
    SinkWriter,
    TableContext,
    WriterContext,
)
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.types.logical import INT

TABLE = schema(("target", INT))
QUERY = schema(("n", INT))
LOG: list[Change] = [("+I", (1,)), ("-U", (1,)), ("+U", (2,))]


class RecordingSink(Sink, SinkWriter, ConnectorFactory):
    """Connector, sink and writer in one; keeps what it was told."""

    identifier = "recording"
    options: Sequence[ConfigOption[Any]] = ()

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def sink(self, context: TableContext) -> Sink:
        self.calls.append(("sink", context.schema))
        return self

    def writer(self, context: WriterContext) -> SinkWriter:
        self.calls.append(("writer", context.subtask, context.parallelism))
        return self

    def write(self, batch: Batch) -> None:
        self.calls.append(("write", batch.data.schema.names, [(kind.short, row) for kind, row in batch.to_rows()]))

    def next_timer(self) -> int | None:
        return 123

    def on_timer(self, now: int) -> None:
        self.calls.append(("timer", now))

    def flush(self) -> None:
        self.calls.append("flush")

    def close(self) -> None:
        self.calls.append("close")


@pytest.fixture
def target() -> RecordingSink:
    return RecordingSink()


@pytest.fixture
def sink(target: RecordingSink, monkeypatch: pytest.MonkeyPatch) -> Operator:
    monkeypatch.setattr(table_connector, "load_plugin", lambda group, name: target)
    operator = opened(
        TableSink(TableDescriptor(("c", "d", "t"), {"connector": "recording"}, TABLE), TABLE), subtask=1, parallelism=2
    )
    assert operator.next_timer() == 123
    assert target.calls == [("sink", TABLE), ("writer", 1, 2)]
    target.calls.clear()
    return operator


def test_rows_are_written_under_the_tables_column_names_with_their_kinds(sink: Operator, target: RecordingSink) -> None:
    assert list(sink.on_batch(changes_batch(QUERY, LOG))) == []
    assert target.calls == [("write", ["target"], LOG)]
    assert sink.context.metrics.counters["numRecordsOut"].value == 3


def test_the_end_of_input_flushes_before_the_writer_is_closed_once(sink: Operator, target: RecordingSink) -> None:
    assert list(sink.on_watermark(5)) == []
    assert list(sink.finish()) == []
    sink.close()
    sink.close()
    assert target.calls == ["flush", "close"]


def test_a_cancelled_sink_is_closed_without_a_flush(sink: Operator, target: RecordingSink) -> None:
    sink.close()
    assert target.calls == ["close"]


def test_a_sink_without_transactions_flushes_at_each_checkpoint(sink: Operator, target: RecordingSink) -> None:
    assert list(sink.prepare_snapshot(1)) == []
    assert sink.snapshot() == OperatorSnapshot()
    sink.on_checkpoint_complete(1)
    assert target.calls == ["flush"]
    assert target.delivery_guarantee is DeliveryGuarantee.AT_LEAST_ONCE


def test_timers_are_the_writers(sink: Operator, target: RecordingSink) -> None:
    assert sink.next_timer() == 123
    list(sink.on_timer(123))
    assert target.calls == [("timer", 123)]


def test_a_sink_that_never_opened_can_be_closed() -> None:
    from sqlstream.operators.base import build_operator

    build_operator(TableSink(TableDescriptor(("t",), {}, TABLE), TABLE)).close()


def test_collect_puts_every_batch_into_the_lent_receiver() -> None:
    class Receiver:
        def __init__(self) -> None:
            self.batches: list[Batch] = []

        def put(self, batch: Batch) -> None:
            self.batches.append(batch)

    receiver = Receiver()
    collect = opened(CollectSink(QUERY), services={"results": receiver})
    batches = [rows_batch(QUERY, [(1,)]), changes_batch(QUERY, LOG)]
    for batch in batches:
        assert list(collect.on_batch(batch)) == []
    assert list(collect.on_watermark(5)) == []
    assert receiver.batches == batches
    assert collect.context.metrics.counters["numRecordsOut"].value == 4


class UpsertingSink(RecordingSink):
    @property
    def changelog_mode(self) -> ChangelogMode:
        return ChangelogMode.UPSERT


def test_a_connector_that_upserts_is_not_told_what_was_before(monkeypatch: pytest.MonkeyPatch) -> None:
    target = UpsertingSink()
    monkeypatch.setattr(table_connector, "load_plugin", lambda group, name: target)
    table = TableDescriptor(("c", "d", "t"), {"connector": "recording"}, TABLE, primary_key=("target",))
    operator = opened(TableSink(table, TABLE))
    operator.on_batch(changes_batch(QUERY, [("-U", (1,)), ("+U", (1,)), ("-U", (2,)), ("-U", (3,)), ("+U", (4,))]))
    assert target.calls[2:] == [("write", ["target"], [("+U", (1,)), ("-D", (2,)), ("-D", (3,)), ("+U", (4,))])]
