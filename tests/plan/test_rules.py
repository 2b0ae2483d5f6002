"""What the optimiser makes of a query: the physical plan."""

from __future__ import annotations

from textwrap import dedent

import pytest

from sqlstream.plan.physical import TableSourceScan
from tests.plan.planning import Workbench

ORDERS = "[default_catalog, default_database, orders"
CUSTOMERS = "[default_catalog, default_database, customers"
SPECS = "leftInputSpec=[NoUniqueKey], rightInputSpec=[NoUniqueKey]"


def shape(text: str) -> str:
    return dedent(text).strip()


def test_only_what_is_used_is_read(streaming: Workbench) -> None:
    streaming.create("CREATE TABLE wide (a INT, b INT, c STRING, d INT) WITH ('connector' = 'datagen')")
    assert streaming.plan("SELECT d, b + 1 AS e FROM wide WHERE b > 0") == shape("""
        Collect(fields=[d, e])
        +- Calc(select=[d, b + 1 AS e], where=[b > 0])
           +- TableSourceScan(table=[[default_catalog, default_database, wide, project=[b, d]]], fields=[b, d])
    """)


def test_count_of_everything_still_reads_a_column(streaming: Workbench) -> None:
    assert "fields=[v]" in streaming.plan("SELECT COUNT(*) FROM finite")


def test_constants_are_computed_once(streaming: Workbench) -> None:
    plan = streaming.plan(
        "SELECT 1 + 2 * 3, 'a' || 'b', DATE '2020-01-31', CAST('2020-01-01 10:00:00' AS TIMESTAMP(3))"
    )
    assert "{ 7, 'ab', DATE '2020-01-31', TIMESTAMP '2020-01-01 10:00:00.000' }" in plan


@pytest.mark.parametrize(
    "constant", ["DATE '9999-12-31' + INTERVAL '1' DAY", "TIMESTAMP '0001-01-01 00:00:00' - INTERVAL '1' DAY"]
)
def test_a_constant_no_literal_can_write_is_computed_when_the_job_runs(streaming: Workbench, constant: str) -> None:
    assert "INTERVAL" in streaming.plan(f"SELECT {constant}")


def test_a_constant_that_fails_waits_for_a_row_to_fail_on(streaming: Workbench) -> None:
    assert "1 / 0" in streaming.plan("SELECT 1 / 0")


def test_a_condition_that_is_always_true_is_dropped(streaming: Workbench) -> None:
    assert "where" not in streaming.plan("SELECT k FROM finite WHERE 1 = 1 AND TRUE")


def test_conditions_go_to_their_side_of_a_join_and_equalities_become_keys(streaming: Workbench) -> None:
    plan = streaming.plan("SELECT c.name FROM orders o, customers c WHERE o.id = c.id AND c.city = 'x' AND o.id > 3")
    assert plan == shape(f"""
        Collect(fields=[name])
        +- Calc(select=[name])
           +- Join(joinType=[InnerJoin], where=[id = id0], select=[id, id0, name], {SPECS})
              :- Exchange(distribution=[hash[id]])
              :  +- Calc(select=[id], where=[id > 3])
              :     +- WatermarkAssigner(rowtime=[ts], watermark=[ts - INTERVAL '5' SECOND])
              :        +- TableSourceScan(table=[{ORDERS}, project=[id, ts]]], fields=[id, ts])
              +- Exchange(distribution=[hash[id]])
                 +- Calc(select=[id, name], where=[city = 'x'])
                    +- TableSourceScan(table=[{CUSTOMERS}]], fields=[id, name, city])
    """)


def test_a_join_key_that_is_no_column_is_computed_before_the_join(streaming: Workbench) -> None:
    plan = streaming.plan("SELECT a.k FROM finite a JOIN finite b ON a.v = b.v + 1 AND a.v > b.v")
    assert "Join(joinType=[InnerJoin], where=[v = $key0 AND v > v0]" in plan
    assert "Calc(select=[v, v + 1 AS $key0])" in plan


def test_conditions_on_group_keys_go_below_the_aggregation(streaming: Workbench) -> None:
    plan = streaming.plan("SELECT * FROM (SELECT k, SUM(v) AS s FROM finite GROUP BY k) WHERE k = 'a' AND s > 1")
    lines = [line.strip(" +-") for line in plan.splitlines()]
    assert lines[1].startswith("Calc(select=[k, s], where=[s > 1])")
    assert lines[4].startswith("Calc(select=[k, v], where=[k = 'a'])")


def test_conditions_stay_above_the_watermark(streaming: Workbench) -> None:
    lines = streaming.plan("SELECT id FROM orders WHERE id > 1").splitlines()
    assert "where=[id > 1]" in lines[1]
    assert "WatermarkAssigner" in lines[2]


def test_an_expression_used_twice_is_computed_once(streaming: Workbench) -> None:
    plan = streaming.plan("SELECT s + 1, s + 2 FROM (SELECT k || 'x' AS t, v * 2 AS s FROM finite) AS f")
    assert "Calc(select=[s + 1 AS EXPR$0, s + 2 AS EXPR$1])" in plan
    assert "Calc(select=[v * 2 AS s])" in plan


def test_a_limit_lets_the_scan_stop(streaming: Workbench) -> None:
    plan = streaming.plan("SELECT name FROM customers LIMIT 3 OFFSET 2")
    assert "Limit(offset=[2], fetch=[3])" in plan
    assert "fields=[name], limit=[5])" in plan
    assert "limit=" not in streaming.plan("SELECT name FROM customers WHERE id = 1 LIMIT 3")


def test_options_hints_reach_the_scan_even_at_the_end_of_a_statement(streaming: Workbench) -> None:
    graph = streaming.graph("SELECT k FROM finite /*+ OPTIONS('number-of-rows' = '3') */;")
    scan = graph.vertices[0].chain[0].operator
    assert isinstance(scan, TableSourceScan)
    assert scan.table.options["number-of-rows"] == "3"


@pytest.mark.parametrize("window", [
    "TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTES))",
    "TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTES)",
    "TABLE(TUMBLE(DATA => TABLE orders, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '10' MINUTES))",
    "(SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTES))) AS w",
])  # fmt: skip
def test_group_by_window_becomes_a_window_aggregation(streaming: Workbench, window: str) -> None:
    plan = streaming.plan(
        f"SELECT window_start, customer, SUM(amount * 2) AS s FROM {window} WHERE id > 1 "
        "GROUP BY window_start, window_end, customer"
    )
    assert plan == shape(f"""
        Collect(fields=[window_start, customer, s])
        +- Calc(select=[window_start, customer, s])
           +- WindowAggregate(groupBy=[customer], window=[TUMBLE(time_col=[ts], size=[10 min])], select=[customer, SUM(amount * 2) AS s, window_start])
              +- Exchange(distribution=[hash[customer]])
                 +- Calc(select=[customer, amount * 2, ts], where=[id > 1])
                    +- WatermarkAssigner(rowtime=[ts], watermark=[ts - INTERVAL '5' SECOND])
                       +- TableSourceScan(table=[{ORDERS}, project=[id, customer, amount, ts]]], fields=[id, customer, amount, ts])
    """)  # noqa: E501


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        ("HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES, INTERVAL '1' HOUR)",
         "HOP(time_col=[ts], size=[1 h], slide=[5 min])"),
        ("CUMULATE(TABLE orders, DESCRIPTOR(ts), INTERVAL '6' HOURS, INTERVAL '1' DAY)",
         "CUMULATE(time_col=[ts], size=[1 d], step=[6 h])"),
        ("TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' DAY, INTERVAL '-8' HOUR)",
         "TUMBLE(time_col=[ts], size=[1 d], offset=[-8 h])"),
    ],
)  # fmt: skip
def test_window_kinds(streaming: Workbench, call: str, shown: str) -> None:
    assert f"window=[{shown}]" in streaming.plan(
        f"SELECT COUNT(*) FROM TABLE({call}) GROUP BY window_start, window_end"
    )


def test_a_condition_on_the_window_is_checked_on_the_result(streaming: Workbench) -> None:
    plan = streaming.plan(
        "SELECT window_end, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' DAY)) "
        "WHERE window_start >= TIMESTAMP '2020-01-01 00:00:00' GROUP BY window_start, window_end"
    )
    assert "Calc(select=[window_end, n], where=[window_start >= TIMESTAMP '2020-01-01 00:00:00.000'])" in plan
    assert "WindowAggregate(" in plan


def test_anything_else_over_a_window_function_gets_its_rows(streaming: Workbench) -> None:
    plan = streaming.plan("SELECT id, window_end FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' DAY))")
    assert "WindowTableFunction(window=[TUMBLE(time_col=[ts], size=[1 d])])" in plan


def test_windows_cascade_over_window_time(streaming: Workbench) -> None:
    plan = streaming.plan("""
        WITH minutes AS (
          SELECT window_time AS wt, customer, COUNT(*) AS n
          FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
          GROUP BY window_start, window_end, window_time, customer)
        SELECT window_start, window_end, SUM(n)
        FROM TABLE(TUMBLE(TABLE minutes, DESCRIPTOR(wt), INTERVAL '1' HOUR)) GROUP BY window_start, window_end
    """)
    assert plan.count("WindowAggregate(") == 2


def test_batch_mode_aggregates_once_and_sorts(batch: Workbench) -> None:
    assert batch.plan("SELECT k, SUM(v) AS s FROM finite GROUP BY k ORDER BY SUM(v) DESC, k LIMIT 2") == shape("""
        Collect(fields=[k, s])
        +- SortLimit(orderBy=[s DESC, k ASC], offset=[0], fetch=[2], global=[true])
           +- HashAggregate(groupBy=[k], select=[k, SUM(v) AS s])
              +- Exchange(distribution=[hash[k]])
                 +- TableSourceScan(table=[[default_catalog, default_database, finite]], fields=[k, v])
    """)


def test_order_by_what_is_not_selected(batch: Workbench) -> None:
    plan = batch.plan("SELECT k FROM finite ORDER BY v + 1 NULLS LAST")
    assert "Sort(orderBy=[$o0 ASC NULLS LAST])" in plan
    assert plan.startswith("Collect(fields=[k])\n+- Calc(select=[k])")
