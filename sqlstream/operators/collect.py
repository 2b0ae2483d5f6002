"""Handing the rows of a SELECT to the client that asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import under_schema
from sqlstream.operators.base import Operator, OperatorContext, implements
from sqlstream.plan.physical import CollectSink

RESULTS_SERVICE = "results"
"""The name under which the runtime lends a :class:`ResultReceiver` to the operator."""


class ResultReceiver(Protocol):
    """Where results go: bounded, so that a slow client slows the job."""

    def put(self, batch: Batch) -> None:
        """Waits while full. The runtime may interrupt the wait by raising; the job is then being cancelled."""


@implements(CollectSink)
class CollectOperator(Operator):
    """Passes every batch, with its kinds, to the runtime's result receiver."""

    def __init__(self, node: CollectSink) -> None:
        self._schema = node.schema.to_arrow()

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._results: ResultReceiver = context.services[RESULTS_SERVICE]
        self._records_out = context.metrics.counter("numRecordsOut")

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        self._results.put(under_schema(batch, self._schema))
        self._records_out.inc(batch.num_rows)
        return ()

    def on_watermark(self, timestamp: int) -> Iterable[Output]:
        return ()
