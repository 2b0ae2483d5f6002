"""EXPLAIN can be read: plans by name, and state in words."""

from __future__ import annotations

from textwrap import dedent

import pytest

from sqlstream.errors import PlanError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.sql.statements import ExplainDetail
from tests.plan.planning import Workbench


def text(body: str) -> str:
    return dedent(body).strip()


def test_all_sections(streaming: Workbench) -> None:
    assert streaming.explain("SELECT k, COUNT(*) AS n FROM (VALUES (1), (2)) AS t(k) GROUP BY k").strip() == text("""
        == Abstract Syntax Tree ==
        LogicalCollect(fields=[k, n])
        +- LogicalProject(k=[k], n=[n])
           +- LogicalAggregate(group=[k], n=[COUNT(*)])
              +- LogicalProject(k=[k])
                 +- LogicalProject(k=[EXPR$0])
                    +- LogicalValues(tuples=[[{ 1 }, { 2 }]])

        == Optimized Physical Plan ==
        Collect(fields=[k, n])
        +- GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS n])
           +- Exchange(distribution=[hash[k]])
              +- Values(values=[k], tuples=[[{ 1 }, { 2 }]])

        == Optimized Execution Plan ==
        [1] Values(values=[k], tuples=[[{ 1 }, { 2 }]]) (parallelism 1)
        [2] GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS n]) -> Sink: Collect (parallelism 1)
            <- [1] hash[k]

        == State ==
        GroupAggregate(groupBy=[k])
           keeps    for each group COUNT(*); keyed by k
           dropped  never
    """)


def test_expressions_print_as_sql(streaming: Workbench) -> None:
    plan = streaming.plan("""
        SELECT (v + 1) * 2, v - (v - 1), NOT (v > 1 OR v < -1) AND k IS NOT NULL, k LIKE 'a%', v IN (1, 2),
               CASE WHEN v > 0 THEN 'it''s' ELSE k END, CAST(v AS DOUBLE), TRY_CAST(k AS INT)
        FROM finite""")
    assert (
        "select=[(v + 1) * 2 AS EXPR$0, v - (v - 1) AS EXPR$1, "
        "NOT (v > 1 OR v < -1) AND k IS NOT NULL AS EXPR$2, k LIKE 'a%' AS EXPR$3, v IN (1, 2) AS EXPR$4, "
        "CASE WHEN v > 0 THEN 'it''s' ELSE k END AS EXPR$5, CAST(v AS DOUBLE) AS EXPR$6, TRY_CAST(k AS INT) AS EXPR$7]"
    ) in plan


def test_union_and_exchange_are_drawn_where_streams_meet(streaming: Workbench) -> None:
    plan = streaming.plan("SELECT k FROM finite UNION SELECT name FROM customers")
    assert plan == text("""
        Collect(fields=[k])
        +- GroupAggregate(groupBy=[k], select=[k])
           +- Exchange(distribution=[hash[k]])
              +- Union(all=[true], union=[k])
                 :- TableSourceScan(table=[[default_catalog, default_database, finite, project=[k]]], fields=[k])
                 +- Calc(select=[name AS k])
                    +- TableSourceScan(table=[[default_catalog, default_database, customers, project=[name]]], fields=[name])
    """)  # noqa: E501


def test_a_window_names_its_state_and_when_it_goes(streaming: Workbench) -> None:
    state = streaming.section("State", """
        SELECT customer, PERCENTILE(amount, 0.95) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' DAY))
        GROUP BY window_start, window_end, customer""")  # fmt: skip
    assert "for each group and open window PERCENTILE(amount, 0.95); every value with its count" in state
    assert "keyed by customer" in state
    assert "when the watermark passes the window's end" in state
    assert "WARNING" not in state


def test_state_that_grows_without_bound_is_warned_of(streaming: Workbench) -> None:
    unbounded = streaming.section("State", "SELECT name, COUNT(*) FROM customers GROUP BY name")
    assert "WARNING  the input is unbounded, so this state grows without bound" in unbounded
    bounded = streaming.section("State", "SELECT k, COUNT(*) FROM finite GROUP BY k")
    assert "WARNING" not in bounded
    join = streaming.section("State", "SELECT 1 FROM customers c JOIN orders o ON c.id = o.id")
    assert "every row of both inputs: left (id) keyed by id; right (id0) keyed by id0" in join
    assert "WARNING" in join


def test_a_stateless_plan_says_so(streaming: Workbench) -> None:
    state = streaming.section("State", "SELECT k FROM finite")
    assert state == "No operator keeps state beyond the position in its source."


CHECKPOINTS = {"execution.checkpointing.interval": "1 s"}
WRITTEN = """
CREATE TABLE shown (k STRING, n BIGINT) WITH ('connector' = 'print');
CREATE TABLE heard (k STRING, n BIGINT) WITH (
  'connector' = 'socket', 'hostname' = 'h', 'port' = '1', 'format' = 'csv');
"""


def _delivery(sql: str, **options: str) -> str:
    return Workbench({**CHECKPOINTS, **options}).create(WRITTEN).section("Delivery", sql)


def test_what_each_sink_guarantees_is_told() -> None:
    assert _delivery("""
        EXECUTE STATEMENT SET BEGIN
          INSERT INTO files SELECT k, v FROM finite;
          INSERT INTO shown SELECT k, v FROM finite;
        END""") == text("""
        Sink(table=[default_catalog.default_database.files]): exactly-once, every row once, whatever fails
        Sink(table=[default_catalog.default_database.shown]): at-least-once, after a failure, rows since the last \
checkpoint may be there twice""")


def test_barriers_that_are_not_aligned_make_the_best_sink_at_least_once() -> None:
    mode = {"execution.checkpointing.mode": "AT_LEAST_ONCE"}
    assert "files]): at-least-once" in _delivery("INSERT INTO files SELECT k, v FROM finite", **mode)


def test_a_source_that_cannot_be_read_again_is_warned_of() -> None:
    assert _delivery("INSERT INTO files SELECT h.k, v FROM heard h JOIN finite f ON h.k = f.k") == text("""
        Sink(table=[default_catalog.default_database.files]): none, after a failure, rows may be missing
           WARNING  default_catalog.default_database.heard cannot be read again from an earlier position""")


def test_nothing_is_said_of_delivery_where_nothing_is_restarted(streaming: Workbench) -> None:
    insert = "INSERT INTO files SELECT k, v FROM finite"
    assert "Delivery" not in streaming.explain(insert)
    assert "Delivery" not in Workbench({**CHECKPOINTS, "execution.runtime-mode": "batch"}).explain(insert)
    assert "Delivery" not in Workbench(CHECKPOINTS).explain("SELECT k FROM finite")


def test_json_execution_plan_is_the_job_graph(streaming: Workbench) -> None:
    graph = JobGraph.from_json(streaming.explain("SELECT 1", ExplainDetail.JSON_EXECUTION_PLAN))
    assert [vertex.name for vertex in graph.vertices] == ["Values(values=[EXPR$0], tuples=[[{ 1 }]]) -> Sink: Collect"]


def test_secrets_are_masked_in_the_json_plan() -> None:
    workbench = Workbench({"some.password": "hunter2"})
    shown = workbench.explain("SELECT 1", ExplainDetail.JSON_EXECUTION_PLAN)
    assert "hunter2" not in shown
    assert JobGraph.from_json(shown).configuration["some.password"] == "******"


def test_details_that_are_not_there_are_refused(streaming: Workbench) -> None:
    with pytest.raises(PlanError, match="EXPLAIN ESTIMATED_COST is not supported"):
        streaming.explain("SELECT 1", ExplainDetail.ESTIMATED_COST)
