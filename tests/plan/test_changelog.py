"""Which changes each operator sends, by what key, and which sinks take them."""

from __future__ import annotations

import pytest

from sqlstream.errors import PlanError
from sqlstream.plan.physical import GroupAggregate, Join, Limit, WindowAggregate
from sqlstream.sql.statements import ExplainDetail
from tests.plan.planning import Workbench

TOTALS = "(SELECT k, SUM(v) AS s FROM finite GROUP BY k)"


def operators(workbench: Workbench, sql: str, kind: type) -> list:
    return [o.operator for v in workbench.graph(sql).vertices for o in v.chain if isinstance(o.operator, kind)]


@pytest.mark.parametrize(
    ("query", "node", "modes"),
    [
        ("SELECT k FROM finite", "TableSourceScan", "[I]"),
        ("SELECT k, COUNT(*) FROM finite GROUP BY k", "GroupAggregate", "[I,UB,UA], upsertKeys=[(k)]"),
        ("SELECT COUNT(*) FROM finite", "GroupAggregate", "[I,UB,UA]"),
        ("SELECT DISTINCT k FROM finite", "GroupAggregate", "[I], upsertKeys=[(k)]"),
        (f"SELECT s, COUNT(*) FROM {TOTALS} AS t GROUP BY s", "GroupAggregate", "[I,UB,UA,D], upsertKeys=[(s)]"),
        ("SELECT a.k FROM finite a JOIN finite b ON a.k = b.k", "Join", "[I]"),
        (f"SELECT f.v, t.s FROM finite f JOIN {TOTALS} AS t ON f.k = t.k", "Join", "[I,UB,UA,D]"),
        (f"SELECT a.s, b.s FROM {TOTALS} AS a JOIN {TOTALS} AS b ON a.k = b.k", "Join",
         "[I,UB,UA,D], upsertKeys=[(k), (k, k0), (k0)]"),
        ("SELECT k FROM finite LIMIT 2", "Limit", "[I]"),
        (f"SELECT * FROM {TOTALS} AS t LIMIT 2", "Limit", "[I,UB,UA,D], upsertKeys=[(k)]"),
        ("SELECT window_start, customer, COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' DAY)) "
         "GROUP BY window_start, window_end, customer", "WindowAggregate",
         "[I], upsertKeys=[(customer, window_start)]"),
    ],
)  # fmt: skip
def test_modes_and_keys(streaming: Workbench, query: str, node: str, modes: str) -> None:
    lines = streaming.plan(query, ExplainDetail.CHANGELOG_MODE).splitlines()
    line = next(line for line in lines if f"{node}(" in line)
    assert line.endswith(f"changelogMode={modes})")


def test_batch_plans_send_insertions_only(batch: Workbench) -> None:
    plan = batch.plan(f"SELECT f.v, t.s FROM finite f JOIN {TOTALS} AS t ON f.k = t.k", ExplainDetail.CHANGELOG_MODE)
    assert "changelogMode=[I]" in plan
    assert "UA" not in plan


def test_stateful_operators_know_whether_their_input_retracts(streaming: Workbench) -> None:
    query = f"SELECT s, COUNT(*) FROM {TOTALS} AS t GROUP BY s"
    assert sorted(o.retracting for o in operators(streaming, query, GroupAggregate)) == [False, True]
    assert [o.retracting for o in operators(streaming, f"SELECT * FROM {TOTALS} AS t LIMIT 1", Limit)] == [True]


def test_a_select_sees_what_each_update_replaces_row_by_row(streaming: Workbench) -> None:
    (aggregate,) = operators(streaming, "SELECT k, COUNT(*) FROM finite GROUP BY k", GroupAggregate)
    assert aggregate.update_before
    assert aggregate.per_record


def test_mini_batch_sends_one_update_a_batch() -> None:
    workbench = Workbench({"table.exec.mini-batch.enabled": "true"})
    (aggregate,) = operators(workbench, "SELECT k, COUNT(*) FROM finite GROUP BY k", GroupAggregate)
    assert not aggregate.per_record


def test_the_compiled_query_says_whether_it_holds_changes(streaming: Workbench) -> None:
    assert operators(streaming, "SELECT 1 FROM finite a JOIN finite b ON a.k = b.k", Join)
    assert not operators(streaming, "SELECT 1", WindowAggregate)


@pytest.mark.parametrize(
    ("query", "changes", "node"),
    [
        ("SELECT k, COUNT(*) FROM finite GROUP BY k", "update changes", "GroupAggregate(groupBy=[k]"),
        ("SELECT k, n + 1 FROM (SELECT k, COUNT(*) AS n FROM finite GROUP BY k) AS t WHERE n > 1",
         "update changes", "GroupAggregate(groupBy=[k]"),
        (f"SELECT t.k, CAST(s AS BIGINT) FROM {TOTALS} AS t JOIN finite f ON t.k = f.k",
         "update and delete changes", "Join("),
    ],
)  # fmt: skip
def test_an_append_only_sink_refuses_updates(streaming: Workbench, query: str, changes: str, node: str) -> None:
    with pytest.raises(PlanError) as caught:
        streaming.graph(f"INSERT INTO files {query}")
    assert caught.value.message.startswith(
        "Table sink 'default_catalog.default_database.files' doesn't support consuming "
        f"{changes} which is produced by node {node}"
    )
    assert "batch" in (caught.value.hint or "")


def test_an_append_only_sink_takes_distinct_rows_windows_and_batch_results(
    streaming: Workbench, batch: Workbench
) -> None:
    streaming.graph("INSERT INTO files SELECT DISTINCT k, CAST(v AS BIGINT) FROM finite")
    streaming.graph(
        "INSERT INTO files SELECT customer, COUNT(*) "
        "FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' DAY)) GROUP BY window_start, window_end, customer"
    )
    batch.graph("INSERT INTO files SELECT k, COUNT(*) FROM finite GROUP BY k")


def test_a_sink_of_any_changes_takes_updates(streaming: Workbench) -> None:
    streaming.create("CREATE TABLE shown (k STRING, n BIGINT) WITH ('connector' = 'print')")
    for sink, kinds in (("shown", "I,UB,UA"), ("anything", "I,UA")):
        plan = streaming.plan(
            f"INSERT INTO {sink} SELECT k, COUNT(*) FROM finite GROUP BY k", ExplainDetail.CHANGELOG_MODE
        )
        assert plan.splitlines()[0].endswith(f"changelogMode=[{kinds}], upsertKeys=[(k)])")
