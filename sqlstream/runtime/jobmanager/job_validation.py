"""Is this JobGraph one that can run? It may come from anywhere, so nothing about it is taken for granted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from sqlstream.errors import ClusterError
from sqlstream.plan.jobgraph import Edge, Forward, JobGraph, Vertex

_JOB_ID = re.compile(r"[0-9a-f]{32}")


def validate(graph: JobGraph) -> None:
    """Raises ClusterError saying what is wrong with ``graph``."""
    problem = next(_problems(graph), None)
    if problem is not None:
        raise ClusterError(f"Job '{graph.name}' cannot run: {problem}.", hint="The submitted JobGraph is not valid.")


def topological_order(graph: JobGraph) -> list[str]:
    """Vertex ids, producers before consumers; CycleError if there is no such order."""
    sorter: TopologicalSorter[str] = TopologicalSorter({vertex.id: () for vertex in graph.vertices})
    for edge in graph.edges:
        sorter.add(edge.target, edge.source)
    return list(sorter.static_order())


def _problems(graph: JobGraph) -> Iterator[str]:
    if not _JOB_ID.fullmatch(graph.job_id):
        yield f"the job id '{graph.job_id}' is not 32 lower-case hexadecimal digits"
    if not graph.vertices:
        yield "it has no vertices"
    for kind, ids in (("vertex", [v.id for v in graph.vertices]), ("edge", [e.id for e in graph.edges])):
        for id_, count in Counter(ids).items():
            if count > 1:
                yield f"{kind} '{id_}' is there {count} times"
    for vertex in graph.vertices:
        yield from _vertex_problems(vertex)
    vertices = {vertex.id: vertex for vertex in graph.vertices}
    for edge in graph.edges:
        yield from _edge_problems(edge, vertices)
    for vertex_id in vertices:
        inputs = {edge.input for edge in graph.edges if edge.target == vertex_id}
        if inputs != set(range(len(inputs))):
            yield f"the inputs of vertex '{vertex_id}' are not numbered from 0"
    try:
        topological_order(graph)
    except CycleError:
        yield "its edges form a cycle"


def _vertex_problems(vertex: Vertex) -> Iterator[str]:
    if not vertex.chain:
        yield f"vertex '{vertex.id}' has no operators"
    if not 1 <= vertex.parallelism <= vertex.max_parallelism <= 1 << 15:
        yield (
            f"vertex '{vertex.id}' has parallelism {vertex.parallelism} with maximum {vertex.max_parallelism}; "
            "they must satisfy 1 <= parallelism <= maximum <= 32768"
        )


def _edge_problems(edge: Edge, vertices: dict[str, Vertex]) -> Iterator[str]:
    for end in (edge.source, edge.target):
        if end not in vertices:
            yield f"edge '{edge.id}' refers to a vertex '{end}' that does not exist"
            return
    source, target = vertices[edge.source], vertices[edge.target]
    if isinstance(edge.partitioning, Forward) and source.parallelism != target.parallelism:
        yield f"forward edge '{edge.id}' joins parallelism {source.parallelism} to {target.parallelism}"
