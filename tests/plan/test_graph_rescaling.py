"""The graph of a job at another parallelism."""

from __future__ import annotations

import pytest

from sqlstream.errors import PlanError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.plan.rescaling import at_parallelism, rescaled
from sqlstream.session.session import Session
from sqlstream.session.statements.queries import plan_inserts
from sqlstream.sql.script import iter_statements
from sqlstream.sql.statements import Insert

TABLES = """
CREATE TABLE source (a INT, b INT) WITH ('connector' = 'datagen');
CREATE TABLE target (a INT, n BIGINT) WITH ('connector' = 'blackhole');
"""


def planned(insert: str, parallelism: int) -> JobGraph:
    with Session({"parallelism.default": str(parallelism)}) as session:
        session.sql(TABLES)
        (parsed,) = iter_statements(insert)
        assert isinstance(parsed.statement, Insert)
        return plan_inserts(session, (parsed.statement,))


def widths(graph: JobGraph) -> list[int]:
    return [vertex.parallelism for vertex in graph.vertices]


@pytest.mark.parametrize(
    "insert",
    [
        "INSERT INTO target SELECT a, b FROM source WHERE b > 1",
        "INSERT INTO target SELECT a, COUNT(*) FROM source GROUP BY a",
        "INSERT INTO target SELECT s.a, t.b FROM source AS s JOIN source AS t ON s.a = t.a",
        "INSERT INTO target SELECT a, b FROM source UNION ALL SELECT b, a FROM source",
    ],
)
@pytest.mark.parametrize("parallelism", [1, 2])
def test_what_has_keys_or_needs_none_is_as_wide_as_is_wanted(insert: str, parallelism: int) -> None:
    graph = planned(insert, parallelism)
    assert set(widths(at_parallelism(graph, 3))) == {3}
    assert widths(at_parallelism(at_parallelism(graph, 3), parallelism)) == widths(graph)


@pytest.mark.parametrize("parallelism", [1, 2])
def test_what_must_see_all_rows_stays_in_one_place(parallelism: int) -> None:
    graph = at_parallelism(planned("INSERT INTO target SELECT MAX(a), COUNT(*) FROM source", parallelism), 3)
    counting = next(v for v in graph.vertices if any("Aggregate" in node.name for node in v.chain))
    assert counting.parallelism == 1


def test_rows_that_are_written_in_the_query_come_from_one_place() -> None:
    graph = planned("INSERT INTO target VALUES (1, 2), (3, 4)", 2)
    assert widths(at_parallelism(graph, 4)) == widths(graph)


def test_nothing_but_the_parallelism_changes() -> None:
    graph = planned("INSERT INTO target SELECT a, COUNT(*) FROM source GROUP BY a", 2)
    wider = at_parallelism(graph, 3)
    assert wider.edges == graph.edges
    assert [v.chain for v in wider.vertices] == [v.chain for v in graph.vertices]
    assert (wider.job_id, wider.configuration) == (graph.job_id, graph.configuration)


@pytest.mark.parametrize("wish", [0, 129])
def test_a_width_that_no_vertex_can_have_is_refused(wish: int) -> None:
    graph = planned("INSERT INTO target SELECT a, COUNT(*) FROM source GROUP BY a", 2)
    with pytest.raises(PlanError, match="between 1 and the maximum of 128"):
        rescaled(graph, {graph.vertices[0].id: wish})


def test_other_wishes_that_cannot_be_are_refused() -> None:
    graph = planned("INSERT INTO target SELECT MAX(a), COUNT(*) FROM source", 2)
    with pytest.raises(PlanError, match="has no vertex nope"):
        rescaled(graph, {"nope": 2})
    with pytest.raises(PlanError, match="all rows in one place"):
        rescaled(graph, {graph.vertices[-1].id: 2})
