"""A job's graph at another parallelism: which vertices may have one, and the graph that results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

import msgspec

from sqlstream.errors import PlanError
from sqlstream.plan import physical as p
from sqlstream.plan.jobgraph import Forward, JobGraph, Singleton, Vertex


def at_parallelism(graph: JobGraph, parallelism: int) -> JobGraph:
    """``graph`` with every vertex as wide as that, but for those that must see all rows in one place."""
    single = single_vertices(graph)
    return rescaled(graph, {vertex.id: parallelism for vertex in graph.vertices if vertex.id not in single})


def rescaled(graph: JobGraph, wanted: Mapping[str, int]) -> JobGraph:
    """``graph`` with the parallelism ``wanted`` by vertex id, where others stay as they are. PlanError when there is no
    such vertex, or it cannot be as wide."""
    known = {vertex.id: vertex for vertex in graph.vertices}
    single = single_vertices(graph)
    for vertex_id, parallelism in wanted.items():
        if vertex_id not in known:
            raise PlanError(f"Job '{graph.name}' has no vertex {vertex_id}.")
        problem = _problem(known[vertex_id], parallelism, vertex_id in single)
        if problem is not None:
            raise PlanError(f"Vertex '{known[vertex_id].name}' cannot run with parallelism {parallelism}: {problem}.")
    result = msgspec.structs.replace(
        graph,
        vertices=tuple(
            msgspec.structs.replace(vertex, parallelism=wanted.get(vertex.id, vertex.parallelism))
            for vertex in graph.vertices
        ),
    )
    width = {vertex.id: vertex.parallelism for vertex in result.vertices}
    for edge in graph.edges:
        if isinstance(edge.partitioning, Forward) and width[edge.source] != width[edge.target]:
            raise PlanError(
                f"Vertices '{known[edge.source].name}' and '{known[edge.target].name}' must have the same parallelism."
            )
    return result


def _problem(vertex: Vertex, parallelism: int, is_single: bool) -> str | None:
    if not 1 <= parallelism <= vertex.max_parallelism:
        return f"it must be between 1 and the maximum of {vertex.max_parallelism}"
    if is_single and parallelism != 1:
        return "it must see all rows in one place"
    return None


def single_vertices(graph: JobGraph) -> set[str]:
    """Those that are as wide as 1 for good, and those that are as wide as these because rows go straight on."""
    single = {vertex.id for vertex in graph.vertices if any(_is_single(node.operator) for node in vertex.chain)}
    single |= {edge.target for edge in graph.edges if isinstance(edge.partitioning, Singleton)}
    forward = [edge for edge in graph.edges if isinstance(edge.partitioning, Forward)]
    while True:
        reached = {end for edge in forward for end in (edge.source, edge.target) if {edge.source, edge.target} & single}
        if reached <= single:
            return single
        single |= reached


def _is_single(operator: p.PhysicalOperator) -> bool:
    """Whether it must see all rows: it has no key by which they could be dealt out."""
    match operator:
        case p.Sort():
            return not operator.local
        case p.Values() | p.TemporalSort() | p.SortLimit() | p.Limit() | p.CollectSink():
            return True
        case p.GroupAggregate() | p.HashAggregate() | p.SessionWindowTableFunction():
            return not operator.keys
        case p.WindowAggregate() | p.AttachedWindowAggregate():
            return not operator.keys
        case p.SessionWindowAggregate() | p.UpdatingWindowAggregate():
            return not operator.keys
        case p.MatchRecognize():
            return not operator.partition
        case p.Rank() | p.BatchRank():
            return not operator.ranking.partition
        case p.WindowRank():
            return not set(operator.ranking.partition) - {operator.window.start, operator.window.end}
        case p.Deduplicate() | p.WindowDeduplicate():
            return not operator.keys
        case p.OverAggregate() | p.ChangingOverAggregate() | p.BatchOverAggregate():
            return not operator.partition
        case p.NestedLoopJoin():
            return not operator.broadcast
        case p.HashJoin() | p.SortMergeJoin() | p.Join() | p.IntervalJoin() | p.WindowJoin() | p.TemporalJoin():
            return not operator.left_keys
        case (
            p.TableSourceScan()
            | p.Calc()
            | p.Expand()
            | p.LocalAggregate()
            | p.LocalWindowAggregate()
            | p.WatermarkAssigner()
            | p.WindowTableFunction()
            | p.ReplicateRows()
            | p.Correlate()
            | p.ToChangelog()
            | p.FromChangelog()
            | p.DropUpdateBefore()
            | p.ChangelogNormalize()
            | p.ConstraintEnforcer()
            | p.SinkMaterializer()
            | p.LookupJoin()
            | p.TableSink()
        ):
            return False
        case _:
            assert_never(operator)
