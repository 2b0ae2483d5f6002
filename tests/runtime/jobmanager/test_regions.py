"""What fails together."""

from __future__ import annotations

import pytest
from control_plane_jobs import edge, job_id, passes, three_step_job, values, vertex

from sqlstream.plan.jobgraph import Broadcast, Edge, Forward, Hash, JobGraph, JobMode, Rebalance, Singleton, Vertex
from sqlstream.runtime.jobmanager.regions import pipelined_regions


def job(vertices: tuple[Vertex, ...], edges: tuple[Edge, ...]) -> JobGraph:
    return JobGraph(job_id(), "job", JobMode.STREAMING, vertices, edges)


def test_a_forward_pipeline_has_a_region_for_each_of_its_subtasks() -> None:
    graph = job((vertex("a", 3, values()), vertex("b", 3, passes())), (edge("a", "b", Forward()),))
    assert pipelined_regions(graph) == tuple((("a", i), ("b", i)) for i in range(3))


@pytest.mark.parametrize("partitioning", [Hash((0,)), Rebalance(), Broadcast(), Singleton()])
def test_an_exchange_makes_one_region_of_all(partitioning: Hash | Rebalance | Broadcast | Singleton) -> None:
    graph = job((vertex("a", 2, values()), vertex("b", 3, passes())), (edge("a", "b", partitioning),))
    assert pipelined_regions(graph) == ((("a", 0), ("a", 1), ("b", 0), ("b", 1), ("b", 2)),)


def test_an_exchange_downstream_joins_what_is_forwarded_to_it() -> None:
    assert len(pipelined_regions(three_step_job(parallelism=4))) == 1


def test_parts_of_a_job_that_have_no_channel_between_them_are_regions_of_their_own() -> None:
    graph = job(
        (vertex("a", 1, values()), vertex("b", 2, passes()), vertex("x", 2, values()), vertex("y", 2, passes())),
        (edge("a", "b", Rebalance()), edge("x", "y", Forward())),
    )
    assert pipelined_regions(graph) == (
        (("a", 0), ("b", 0), ("b", 1)),
        (("x", 0), ("y", 0)),
        (("x", 1), ("y", 1)),
    )
