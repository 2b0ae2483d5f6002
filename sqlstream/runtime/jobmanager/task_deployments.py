"""From a JobGraph and its slots to what each TaskManager is told to run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlstream.plan.jobgraph import Edge, Forward, JobGraph, Vertex
from sqlstream.runtime.deployment import ChannelId, ExecutionId, InputChannel, OutputEdge, TaskDeployment
from sqlstream.runtime.jobmanager.job_validation import topological_order
from sqlstream.runtime.jobmanager.messages import Slot


def slots_needed(graph: JobGraph) -> int:
    """A slot holds one subtask of every vertex, so the widest vertex decides."""
    return max(vertex.parallelism for vertex in graph.vertices)


def task_deployments(graph: JobGraph, slots: Sequence[Slot], attempt: int) -> Iterator[tuple[Slot, TaskDeployment]]:
    """Every subtask with its slot, consumers before their producers: subtask i of each vertex is in slot i."""
    vertices = {vertex.id: vertex for vertex in graph.vertices}
    for vertex_id in reversed(topological_order(graph)):
        vertex = vertices[vertex_id]
        incoming = [edge for edge in graph.edges if edge.target == vertex_id]
        outgoing = [edge for edge in graph.edges if edge.source == vertex_id]
        schemas = {edge.input: edge.schema for edge in incoming}
        for subtask in range(vertex.parallelism):
            yield (
                slots[subtask],
                TaskDeployment(
                    execution=ExecutionId(graph.job_id, vertex_id, subtask, attempt),
                    job_name=graph.name,
                    mode=graph.mode,
                    vertex=vertex,
                    inputs=tuple(
                        InputChannel(ChannelId(graph.job_id, edge.id, producer, subtask, attempt), edge.input)
                        for edge in incoming
                        for producer in _peers(edge, subtask, vertices[edge.source])
                    ),
                    input_schemas=tuple(schemas[index] for index in sorted(schemas)),
                    outputs=tuple(
                        _output(graph.job_id, edge, subtask, vertices[edge.target], slots, attempt) for edge in outgoing
                    ),
                    configuration=graph.configuration,
                ),
            )


def _output(job_id: str, edge: Edge, subtask: int, target: Vertex, slots: Sequence[Slot], attempt: int) -> OutputEdge:
    consumers = list(_peers(edge, subtask, target))
    return OutputEdge(
        edge_id=edge.id,
        partitioning=edge.partitioning,
        schema=edge.schema,
        addresses=tuple(slots[consumer].address for consumer in consumers),
        channels=tuple(ChannelId(job_id, edge.id, subtask, consumer, attempt) for consumer in consumers),
    )


def _peers(edge: Edge, subtask: int, other: Vertex) -> Sequence[int]:
    """The subtasks at the other end of ``edge`` that ``subtask`` has a channel with."""
    return (subtask,) if isinstance(edge.partitioning, Forward) else range(other.parallelism)
