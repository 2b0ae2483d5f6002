"""Graphs that cannot run are refused with a reason."""

from __future__ import annotations

import msgspec
import pytest
from control_plane_jobs import SCHEMA, edge, passes, select_job, three_step_job, values, vertex

from sqlstream.errors import ClusterError
from sqlstream.plan.jobgraph import Edge, Forward, JobGraph, Rebalance, Vertex
from sqlstream.runtime.jobmanager.job_validation import validate


def changed(graph: JobGraph, **changes: object) -> JobGraph:
    return msgspec.structs.replace(graph, **changes)


JOB = three_step_job()
A, B = vertex("a", 1, values()), vertex("b", 2, passes())


@pytest.mark.parametrize(
    ("graph", "reason"),
    [
        (changed(JOB, job_id="../etc"), "not 32 lower-case hexadecimal digits"),
        (changed(JOB, vertices=(), edges=()), "no vertices"),
        (changed(JOB, vertices=(A, A), edges=()), "vertex 'a' is there 2 times"),
        (changed(JOB, vertices=(Vertex("a", "a", 1, 128, ()),), edges=()), "no operators"),
        (changed(JOB, vertices=(Vertex("a", "a", 0, 128, A.chain),), edges=()), "parallelism 0"),
        (changed(JOB, vertices=(Vertex("a", "a", 9, 8, A.chain),), edges=()), "parallelism 9 with maximum 8"),
        (changed(JOB, vertices=(A,), edges=(edge("a", "b", Rebalance()),)), "a vertex 'b' that does not exist"),
        (changed(JOB, vertices=(A, B), edges=(edge("a", "b", Forward()),)), "joins parallelism 1 to 2"),
        (changed(JOB, vertices=(A, B), edges=(edge("a", "b", Rebalance(), 1),)), "not numbered from 0"),
        (
            changed(
                JOB,
                vertices=(A, B),
                edges=(edge("a", "b", Rebalance()), Edge("x", "b", "a", 0, Rebalance(), SCHEMA)),
            ),
            "cycle",
        ),
    ],
)
def test_a_graph_that_cannot_run_is_refused_with_its_reason(graph: JobGraph, reason: str) -> None:
    with pytest.raises(ClusterError, match=reason):
        validate(graph)


@pytest.mark.parametrize("graph", [select_job(), three_step_job()])
def test_a_sound_graph_passes(graph: JobGraph) -> None:
    validate(graph)


@pytest.mark.parametrize("graph", [select_job(), three_step_job()])
def test_a_graph_survives_its_journey_as_json(graph: JobGraph) -> None:
    assert JobGraph.from_json(graph.to_json()) == graph
