"""Sub-queries become joins: the one that Flink makes of them where there is one, and a right one where there is not."""

from __future__ import annotations

import pytest

from sqlstream.errors import PlanError, SqlError
from sqlstream.sql.statements import ExplainDetail
from tests.plan.planning import Workbench

TABLES = """
CREATE TABLE a (x INT NOT NULL, y INT, s STRING, tags ARRAY<STRING>) WITH ('connector' = 'datagen');
CREATE TABLE b (x INT NOT NULL, y INT, s STRING) WITH ('connector' = 'datagen');
"""


@pytest.fixture
def planner(streaming: Workbench) -> Workbench:
    return streaming.create(TABLES)


def joins(plan: str) -> list[str]:
    """The joins of a plan: their kind and what they match."""
    lines = (line.strip(" :+-|") for line in plan.splitlines() if "Join(" in line)
    return [line.partition("joinType=[")[2].partition("], select")[0].replace("], where=[", ": ") for line in lines]


@pytest.mark.parametrize(
    ("condition", "join"),
    [
        ("y IN (SELECT y FROM b)", "LeftSemiJoin: y = y0"),
        ("NOT (y NOT IN (SELECT y FROM b))", "LeftSemiJoin: y = y0"),
        ("y = ANY (SELECT y FROM b)", "LeftSemiJoin: y = y0"),
        ("(x, s) IN (SELECT x, s FROM b)", "LeftSemiJoin: x = x0 AND s = s0"),
        ("x NOT IN (SELECT x FROM b)", "LeftAntiJoin: x = x0"),
        ("x <> ALL (SELECT x FROM b)", "LeftAntiJoin: x = x0"),
        ("y NOT IN (SELECT x FROM b)", "LeftAntiJoin: y = x0 OR y IS NULL"),
        ("y NOT IN (SELECT y FROM b)", "LeftAntiJoin: y = y0 OR y IS NULL OR y0 IS NULL"),
        ("EXISTS (SELECT * FROM b WHERE b.y = a.y AND b.x < a.x)", "LeftSemiJoin: y = y0 AND x0 < x"),
        ("NOT EXISTS (SELECT * FROM b WHERE b.y + 1 = a.y)", "LeftAntiJoin: y = $key0"),
        ("x IN (SELECT b.x FROM b WHERE b.s = a.s)", "LeftSemiJoin: s = s0 AND x = x0"),
        ("EXISTS (SELECT 1 FROM b WHERE b.s IS NOT DISTINCT FROM a.s)", "LeftSemiJoin: s IS NOT DISTINCT FROM s0"),
        ("y = (SELECT MAX(y) FROM b)", "InnerJoin: y = EXPR$0"),
        ("y > (SELECT AVG(y) FROM b WHERE b.s = a.s)", "InnerJoin: s = $t0 AND y > EXPR$0"),
        ("EXISTS (SELECT 1 FROM b)", "InnerJoin: TRUE"),
    ],
)
def test_conditions(planner: Workbench, condition: str, join: str) -> None:
    plan = planner.plan(f"SELECT x, y FROM a WHERE {condition}")
    assert [text.split("], leftInput")[0] for text in joins(plan)] == [join]


def test_a_count_of_no_rows_is_zero(planner: Workbench) -> None:
    plan = planner.plan("SELECT x, (SELECT COUNT(*) FROM b WHERE b.x = a.x) AS n FROM a")
    assert "COALESCE(EXPR$0, 0) AS n" in plan
    assert "LeftOuterJoin" in plan
    plan = planner.plan("SELECT x, (SELECT COUNT(*) FROM b) + 1 AS n FROM a")
    assert "COALESCE(EXPR$0, 0) + 1 AS n" in plan


def test_a_sub_query_without_an_aggregate_is_checked_to_be_one_row(planner: Workbench) -> None:
    assert "SINGLE_VALUE(y) AS y" in planner.plan("SELECT (SELECT y FROM b WHERE b.x = a.x) FROM a")
    assert "SINGLE_VALUE" not in planner.plan("SELECT (SELECT y FROM b LIMIT 1) FROM a")


def test_equal_columns_stand_in_for_the_outer_values(planner: Workbench) -> None:
    """So nothing of the outer query is read twice."""
    plan = planner.plan("SELECT x FROM a WHERE y > (SELECT MIN(y) FROM b WHERE b.s = a.s)")
    assert plan.count("default_database, a") == 1
    assert "GroupAggregate(groupBy=[$t0]" in plan


def test_unequal_correlation_below_an_aggregate_takes_the_set_of_outer_values(planner: Workbench) -> None:
    plan = planner.plan("SELECT x FROM a WHERE y > (SELECT COUNT(*) FROM b WHERE b.y < a.y)")
    assert plan.count("default_database, a") == 2
    assert "GroupAggregate(groupBy=[$cor0], select=[$cor0])" in plan
    assert "where=[y IS NOT NULL]" in plan


def test_sub_queries_where_a_value_is_wanted_are_columns(planner: Workbench) -> None:
    plan = planner.plan("SELECT x, x IN (SELECT x FROM b) AS found FROM a")
    assert joins(plan)[0].startswith("LeftOuterJoin: x = $t0")
    assert "$found IS NOT NULL AS found" in plan
    assert "COUNT" not in plan
    assert "COUNT(*)" in planner.plan("SELECT x, y IN (SELECT y FROM b) AS found FROM a")
    assert "COUNT" not in planner.plan("SELECT x FROM a WHERE y IN (SELECT y FROM b) OR x = 1")
    assert "COUNT" in planner.plan("SELECT x FROM a WHERE y NOT IN (SELECT y FROM b) OR x = 1")


def test_the_same_sub_query_is_asked_once(planner: Workbench) -> None:
    query = "SELECT (SELECT MAX(y) FROM b) + 1, (SELECT MAX(y) FROM b) + 2 FROM a"
    assert len(joins(planner.plan(query))) == 1


def test_names_are_those_of_the_nearest_query(planner: Workbench) -> None:
    plan = planner.plan("SELECT x FROM a WHERE EXISTS (SELECT 1 FROM b WHERE y = 1 AND tags[1] = s)")
    assert "where=[y = 1]" in plan
    assert joins(plan)[0].startswith("LeftSemiJoin: $key0 = s")


def test_the_first_rows_of_each_outer_row_are_a_top_n(planner: Workbench) -> None:
    plan = planner.plan("SELECT a.x, t.y FROM a, LATERAL (SELECT y FROM b WHERE b.s = a.s ORDER BY y LIMIT 2) AS t")
    assert "Rank(" in plan
    assert "partitionBy=[$t0]" in plan
    assert joins(plan)[0].startswith("InnerJoin: s = $t0")


def test_a_table_function_may_be_of_an_outer_row(planner: Workbench) -> None:
    plan = planner.plan("SELECT x FROM a WHERE EXISTS (SELECT 1 FROM UNNEST(a.tags) AS t(tag) WHERE tag = a.s)")
    assert joins(plan)[0].startswith("LeftSemiJoin")


@pytest.mark.parametrize(
    ("query", "modes"),
    [
        ("SELECT x FROM a WHERE y IN (SELECT y FROM b)", "I"),
        ("SELECT x FROM a WHERE y NOT IN (SELECT x FROM b)", "I,UB,UA,D"),
        ("SELECT x, (SELECT MAX(y) FROM b WHERE b.x = a.x) FROM a", "I,UB,UA,D"),
        ("SELECT a.x, t.y FROM a, LATERAL (SELECT y FROM b WHERE b.x = a.x) AS t", "I"),
    ],
)
def test_changes(planner: Workbench, query: str, modes: str) -> None:
    line = planner.plan(query, ExplainDetail.CHANGELOG_MODE).splitlines()[0]
    assert f"changelogMode=[{modes}]" in line


def test_a_join_with_one_row_a_key_keeps_the_keys_of_the_outer_query(planner: Workbench) -> None:
    query = (
        "SELECT s, n, (SELECT MAX(y) FROM b WHERE b.s = g.s) AS m FROM (SELECT s, COUNT(*) AS n FROM a GROUP BY s) AS g"
    )
    assert planner.plan(query, ExplainDetail.CHANGELOG_MODE).splitlines()[0].endswith("upsertKeys=[(s)])")


@pytest.mark.parametrize(
    ("query", "message", "hint"),
    [
        ("SELECT x FROM a WHERE EXISTS (SELECT 1 FROM b WHERE q = 1)", "Column 'q' not found in any table.",
         "Columns: x, y, s, tags."),
        ("SELECT x FROM a AS o WHERE EXISTS (SELECT 1 FROM b AS i WHERE c.x = 1)", "Table 'c' not found.",
         "Tables: i, o."),
        ("SELECT x FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.tags IS NULL)", "Column 'tags' not found in table 'b'.",
         "Columns: x, y, s."),
        ("SELECT (SELECT x, y FROM b) FROM a", "A scalar sub-query must have one column, this one has 2.",
         "one column"),
        ("SELECT x FROM a WHERE (x, y) IN (SELECT x FROM b)",
         "2 values cannot be compared with 1 columns of a sub-query.", "as many columns"),
        ("SELECT x FROM a WHERE tags IN (SELECT y FROM b)", "Cannot", None),
        ("SELECT x + ANY (SELECT x FROM b) FROM a", "is no comparison with a sub-query", "ANY, SOME or ALL"),
        ("SELECT s, (SELECT MAX(y) FROM b WHERE b.x = a.x) FROM a GROUP BY s", "Expression 'a.x' is not being grouped.",
         "GROUP BY"),
        ("SELECT * FROM (VALUES ((SELECT 1))) AS t(v)", "A sub-query is not allowed in VALUES.", "select list"),
    ],
)  # fmt: skip
def test_mistakes(planner: Workbench, query: str, message: str, hint: str | None) -> None:
    with pytest.raises(SqlError) as caught:
        planner.explain(query)
    assert message in caught.value.message
    assert caught.value.position is not None
    if hint is not None:
        assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT x FROM a WHERE (x, y) > ANY (SELECT x, y FROM b)", "Rows of several columns cannot be compared by >"),
        ("SELECT a.x FROM a FULL JOIN LATERAL (SELECT y FROM b WHERE b.x = a.x) AS t ON TRUE",
         "FULL JOIN LATERAL is not supported"),
        ("SELECT a.x FROM a LEFT JOIN b ON a.x = b.x AND a.y IN (SELECT y FROM b)", "A sub-query in ON of a LEFT JOIN"),
    ],
)  # fmt: skip
def test_what_is_not_supported(planner: Workbench, query: str, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        planner.explain(query)
    assert message in caught.value.message
    assert caught.value.position is not None
    assert caught.value.hint is not None


def test_a_sub_query_in_on_of_an_outer_join_may_be_about_the_side_that_may_be_missing(planner: Workbench) -> None:
    plan = planner.plan("SELECT a.x, b.y FROM a LEFT JOIN b ON a.x = b.x AND b.y IN (SELECT y FROM a)")
    assert [join.partition(":")[0] for join in joins(plan)] == ["LeftOuterJoin", "LeftSemiJoin"]
