"""From a JobGraph and its slots to what each TaskManager is told to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlstream.plan.jobgraph import Edge, JobGraph, Vertex
from sqlstream.runtime.deployment import ChannelId, ExecutionId, InputChannel, OutputEdge, TaskDeployment, TaskRestore
from sqlstream.runtime.jobmanager.job_validation import topological_order
from sqlstream.runtime.jobmanager.messages import Slot
from sqlstream.runtime.jobmanager.regions import Subtask, peers


def without_state(vertex: Vertex, subtask: int) -> TaskRestore | None:
    """For tasks that begin with nothing."""
    return None


def all_executions(graph: JobGraph, attempt: int = 0, epoch: int = 0) -> dict[Subtask, ExecutionId]:
    """Of every subtask, by vertex and number."""
    return {
        (vertex.id, subtask): ExecutionId(graph.job_id, vertex.id, subtask, attempt, epoch)
        for vertex in graph.vertices
        for subtask in range(vertex.parallelism)
    }


def task_deployments(
    graph: JobGraph,
    slots: Mapping[int, Slot] | Sequence[Slot],
    executions: Mapping[Subtask, ExecutionId],
    restore: Callable[[Vertex, int], TaskRestore | None] = without_state,
) -> Iterator[tuple[Slot, TaskDeployment]]:
    """Every subtask of ``executions``, which are whole regions, with its slot, consumers before their producers:
    subtask i of each vertex is in slot i. ``restore`` says what a subtask begins with."""
    vertices = {vertex.id: vertex for vertex in graph.vertices}
    for vertex_id in reversed(topological_order(graph)):
        vertex = vertices[vertex_id]
        incoming = [edge for edge in graph.edges if edge.target == vertex_id]
        outgoing = [edge for edge in graph.edges if edge.source == vertex_id]
        schemas = {edge.input: edge.schema for edge in incoming}
        for subtask in range(vertex.parallelism):
            execution = executions.get((vertex_id, subtask))
            if execution is None:
                continue
            yield (
                slots[subtask],
                TaskDeployment(
                    execution=execution,
                    job_name=graph.name,
                    mode=graph.mode,
                    vertex=vertex,
                    inputs=tuple(
                        InputChannel(_channel(execution, edge, producer, subtask), edge.input)
                        for edge in incoming
                        for producer in peers(edge, subtask, vertices[edge.source].parallelism)
                    ),
                    input_schemas=tuple(schemas[index] for index in sorted(schemas)),
                    outputs=tuple(_output(execution, edge, vertices[edge.target], slots) for edge in outgoing),
                    configuration=graph.configuration,
                    restore=restore(vertex, subtask),
                ),
            )


def _output(
    producer: ExecutionId, edge: Edge, target: Vertex, slots: Mapping[int, Slot] | Sequence[Slot]
) -> OutputEdge:
    consumers = peers(edge, producer.subtask, target.parallelism)
    return OutputEdge(
        edge_id=edge.id,
        partitioning=edge.partitioning,
        schema=edge.schema,
        addresses=tuple(slots[consumer].address for consumer in consumers),
        channels=tuple(_channel(producer, edge, producer.subtask, consumer) for consumer in consumers),
    )


def _channel(end: ExecutionId, edge: Edge, producer: int, consumer: int) -> ChannelId:
    """Both ends are of the same region, and so of the same attempt."""
    return ChannelId(end.job_id, edge.id, producer, consumer, end.attempt, end.epoch)
