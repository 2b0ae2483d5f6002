"""INTERSECT and EXCEPT become joins and aggregations that say what they cost."""

from __future__ import annotations

import pytest

from sqlstream.errors import SqlError
from sqlstream.sql.statements import ExplainDetail
from tests.plan.planning import Workbench

FINITE, CUSTOMERS = "SELECT k FROM finite", "SELECT name FROM customers"


@pytest.mark.parametrize(("keyword", "kind"), [("INTERSECT", "LeftSemiJoin"), ("EXCEPT", "LeftAntiJoin")])
def test_distinct_rows_are_matched_by_a_join(streaming: Workbench, keyword: str, kind: str) -> None:
    plan = streaming.plan(f"{FINITE} {keyword} {CUSTOMERS}")
    assert f"Join(joinType=[{kind}], where=[k IS NOT DISTINCT FROM name]" in plan
    assert plan.count("GroupAggregate(") == 2


def test_all_counts_rows_in_one_aggregation(streaming: Workbench) -> None:
    assert streaming.plan(f"{FINITE} EXCEPT ALL {CUSTOMERS}").splitlines()[1:3] == [
        "+- Correlate(invocation=[$REPLICATE_ROWS$1($count, k)], select=[k], joinType=[INNER])",
        "   +- GroupAggregate(groupBy=[k], select=[k, $SUM0($count) AS $count])",
    ]
    assert "CASE WHEN $left < $right THEN $left ELSE $right END AS $count" in streaming.plan(
        f"{FINITE} INTERSECT ALL {CUSTOMERS}"
    )


@pytest.mark.parametrize(
    ("query", "operator", "modes"),
    [
        (f"{FINITE} INTERSECT {CUSTOMERS}", "Join", "[I], upsertKeys=[(k)]"),
        (f"{FINITE} EXCEPT {CUSTOMERS}", "Join", "[I,UB,UA,D], upsertKeys=[(k)]"),
        (f"{FINITE} EXCEPT ALL {CUSTOMERS}", "Correlate", "[I,D]"),
        (f"{FINITE} UNION {CUSTOMERS}", "GroupAggregate", "[I], upsertKeys=[(k)]"),
    ],
)
def test_changes_and_keys(streaming: Workbench, query: str, operator: str, modes: str) -> None:
    lines = streaming.plan(query, ExplainDetail.CHANGELOG_MODE).splitlines()
    assert next(line for line in lines if f"{operator}(" in line).endswith(f"changelogMode={modes})")


def test_columns_take_the_left_names_and_a_common_type(streaming: Workbench) -> None:
    query = "SELECT v AS x FROM finite {} SELECT id FROM customers"
    for keyword in ("INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL", "UNION", "UNION ALL"):
        assert streaming.columns(query.format(keyword)) == ["x BIGINT"]


@pytest.mark.parametrize("keyword", ["INTERSECT ALL", "EXCEPT ALL"])
def test_conditions_and_unused_columns_are_left_below(streaming: Workbench, keyword: str) -> None:
    plan = streaming.plan(
        f"SELECT v FROM (SELECT k, v FROM finite {keyword} SELECT name, CAST(id AS INT) FROM customers) AS t "
        "WHERE k = 'a'"
    )
    assert plan.count("where=[") == 2
    assert "GroupAggregate(groupBy=[k, v]" in plan
    assert "select=[v], joinType=[INNER]" in plan


def test_intersect_binds_tighter_than_union_and_except(streaming: Workbench) -> None:
    tree = streaming.section("Abstract Syntax Tree", f"{FINITE} UNION ALL {CUSTOMERS} INTERSECT ALL {CUSTOMERS}")
    assert tree.index("LogicalUnion") < tree.index("LogicalReplicateRows")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT k, v FROM finite EXCEPT SELECT name FROM customers",
         "Column count mismatch in EXCEPT: 2 and 1 columns."),
        ("SELECT k FROM finite INTERSECT ALL SELECT id FROM customers",
         "Type mismatch in column 1 of INTERSECT: STRING, BIGINT have no common type."),
    ],
)  # fmt: skip
def test_sides_that_do_not_fit(streaming: Workbench, query: str, message: str) -> None:
    with pytest.raises(SqlError) as raised:
        streaming.schema(query)
    assert raised.value.message == message
    assert raised.value.position is not None
