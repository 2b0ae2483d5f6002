"""What must happen to a job's targets before the job starts."""

from __future__ import annotations

from sqlstream.config.configuration import Configuration
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.plan.physical import TableSink
from sqlstream.plan.table_connector import table_sink


def prepare_sinks(graph: JobGraph, configuration: Configuration) -> None:
    """Create or empty every target that ``graph`` writes. Raises ConnectorError."""
    for vertex in graph.vertices:
        for node in vertex.chain:
            if isinstance(node.operator, TableSink):
                sink = table_sink(node.operator.table, node.operator.schema, configuration)
                sink.prepare(node.operator.overwrite, node.operator.partition)
