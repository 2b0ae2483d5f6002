"""The JobGraph: chains, edges, parallelism, shared sub-plans, and operator identities."""

from __future__ import annotations

import pytest

from sqlstream.errors import ConfigError
from sqlstream.plan.jobgraph import Forward, Hash, JobGraph, JobMode, Singleton
from tests.plan.planning import Workbench

COUNTS = "SELECT k, COUNT(*) FROM finite GROUP BY k"


def chains(graph: JobGraph) -> list[list[str]]:
    return [[type(node.operator).__name__ for node in vertex.chain] for vertex in graph.vertices]


@pytest.fixture
def wide() -> Workbench:
    return Workbench({"parallelism.default": "4"})


def test_operators_on_a_straight_line_are_chained(wide: Workbench) -> None:
    graph = wide.graph("INSERT INTO anything SELECT customer, id + 1 FROM orders WHERE id > 1")
    assert chains(graph) == [["TableSourceScan", "WatermarkAssigner", "Calc", "TableSink"]]
    assert graph.edges == ()
    assert graph.vertices[0].parallelism == 4


def test_keyed_operators_get_hash_edges_and_the_result_is_collected_in_one_place(wide: Workbench) -> None:
    graph = wide.graph(COUNTS)
    assert chains(graph) == [["TableSourceScan"], ["GroupAggregate"], ["CollectSink"]]
    assert [edge.partitioning for edge in graph.edges] == [Hash((0,)), Singleton()]
    assert [vertex.parallelism for vertex in graph.vertices] == [4, 4, 1]


def test_a_global_aggregate_runs_alone(wide: Workbench) -> None:
    graph = wide.graph("SELECT COUNT(*) FROM finite")
    assert chains(graph) == [["TableSourceScan"], ["GroupAggregate", "CollectSink"]]
    assert [vertex.parallelism for vertex in graph.vertices] == [4, 1]


def test_literal_rows_come_from_one_subtask(wide: Workbench) -> None:
    graph = wide.graph("SELECT k, COUNT(*) FROM (VALUES (1), (2), (2)) AS t(k) GROUP BY k")
    assert chains(graph) == [["Values"], ["GroupAggregate"], ["CollectSink"]]
    assert [vertex.parallelism for vertex in graph.vertices] == [1, 4, 1]


def test_union_all_is_several_edges_into_one_input(wide: Workbench) -> None:
    graph = wide.graph("SELECT k, COUNT(*) FROM (SELECT k FROM finite UNION ALL SELECT name FROM customers) GROUP BY k")
    aggregate = next(v for v in graph.vertices if type(v.chain[0].operator).__name__ == "GroupAggregate")
    inputs = [edge for edge in graph.edges if edge.target == aggregate.id]
    assert [(edge.input, edge.partitioning) for edge in inputs] == [(0, Hash((0,))), (0, Hash((0,)))]


def test_a_union_of_updates_and_one_row_is_not_spread_out(wide: Workbench) -> None:
    graph = wide.graph(f"INSERT INTO anything {COUNTS} UNION ALL VALUES ('x', CAST(1 AS BIGINT))")
    sink = next(v for v in graph.vertices if type(v.chain[-1].operator).__name__ == "TableSink")
    assert sink.parallelism == 1


def test_a_statement_set_computes_what_its_inserts_share_once(wide: Workbench) -> None:
    graph = wide.graph("""
        EXECUTE STATEMENT SET BEGIN
        INSERT INTO anything SELECT k, COUNT(*) FROM finite GROUP BY k;
        INSERT INTO anything SELECT k, COUNT(*) FROM finite GROUP BY k;
        END""")
    assert chains(graph) == [["TableSourceScan"], ["GroupAggregate", "Calc"], ["TableSink"], ["TableSink"]]
    sinks = [vertex.id for vertex in graph.vertices[-2:]]
    assert [(edge.target, edge.partitioning) for edge in graph.edges[-2:]] == [(sink, Forward()) for sink in sinks]


def test_operator_ids_follow_what_is_computed_and_not_how_wide() -> None:
    def ids(sql: str, parallelism: int) -> list[str]:
        graph = Workbench({"parallelism.default": str(parallelism)}).graph(sql)
        return [node.id for vertex in graph.vertices for node in vertex.chain]

    assert ids(COUNTS, 2) == ids(COUNTS, 8)
    other = ids("SELECT k, SUM(v) FROM finite GROUP BY k", 2)
    assert not set(ids(COUNTS, 2)) & set(other[1:])


def test_a_graph_survives_json(wide: Workbench) -> None:
    graph = wide.graph("""
        SELECT window_start, o.customer, COUNT(DISTINCT id) FILTER (WHERE amount > 1.5) AS n, MIN(ts)
        FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)) AS o
        GROUP BY window_start, window_end, o.customer""")
    assert JobGraph.from_json(graph.to_json()) == graph


def test_the_mode_and_the_settings_travel_with_the_graph() -> None:
    graph = Workbench({"execution.runtime-mode": "batch", "execution.batch-size": "7"}).graph(COUNTS)
    assert graph.mode is JobMode.BATCH
    assert graph.configuration["execution.batch-size"] == "7"
    assert graph.configuration["table.local-time-zone"] == "UTC"


def test_parallelism_is_bounded_by_the_key_groups() -> None:
    with pytest.raises(ConfigError, match=r"'parallelism\.default'") as caught:
        Workbench({"parallelism.default": "200"}).graph(COUNTS)
    assert "1 to 128" in (caught.value.hint or "")
