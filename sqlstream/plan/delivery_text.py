"""What the rows of each sink survive when the job is restarted from a checkpoint, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import CHECKPOINTING_INTERVAL, CHECKPOINTING_MODE, CheckpointingMode
from sqlstream.plan.jobgraph import JobGraph, JobMode
from sqlstream.plan.physical import TableSink, TableSourceScan
from sqlstream.plan.physical_tree import PhysicalNode
from sqlstream.plan.table_connector import table_sink, table_source
from sqlstream.spi.connector import DeliveryGuarantee

_MEANINGS = {
    DeliveryGuarantee.EXACTLY_ONCE: "every row once, whatever fails",
    DeliveryGuarantee.AT_LEAST_ONCE: "after a failure, rows since the last checkpoint may be there twice",
    DeliveryGuarantee.NONE: "after a failure, rows may be missing",
}


def delivery_text(roots: Sequence[PhysicalNode], graph: JobGraph) -> str | None:
    """A line or two for each table written to; None for a job that has no checkpoints to be restarted from, or that
    only answers a client."""
    configuration = Configuration(graph.configuration)
    if graph.mode is not JobMode.STREAMING or configuration.optional(CHECKPOINTING_INTERVAL) is None:
        return None
    aligned = configuration.option(CHECKPOINTING_MODE) is CheckpointingMode.EXACTLY_ONCE
    lines = dict.fromkeys(line for root in roots for line in _lines(root, configuration, aligned))
    return "\n".join(lines) or None


def _lines(root: PhysicalNode, configuration: Configuration, aligned: bool) -> Iterator[str]:
    operator = root.operator
    if not isinstance(operator, TableSink):
        return
    guarantee = table_sink(operator.table, operator.schema, configuration).delivery_guarantee
    if guarantee is DeliveryGuarantee.EXACTLY_ONCE and not aligned:
        guarantee = DeliveryGuarantee.AT_LEAST_ONCE
    lost = list(dict.fromkeys(_not_replayable(root, configuration)))
    if lost:
        guarantee = DeliveryGuarantee.NONE
    yield f"Sink(table=[{operator.table.name}]): {guarantee.value}, {_MEANINGS[guarantee]}"
    yield from (f"   WARNING  {table} cannot be read again from an earlier position" for table in lost)


def _not_replayable(node: PhysicalNode, configuration: Configuration) -> Iterator[str]:
    operator = node.operator
    if (
        isinstance(operator, TableSourceScan)
        and not table_source(operator.table, operator.schema, configuration).replayable
    ):
        yield operator.table.name
    for exchange in node.exchanges:
        yield from _not_replayable(exchange.source, configuration)
