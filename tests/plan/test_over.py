"""OVER calls and ORDER BY: how they are bound, what is refused, and what they become."""

from __future__ import annotations

import re

import pytest

from sqlstream.errors import PlanError, SqlError
from sqlstream.sql.statements import ExplainDetail
from tests.plan.planning import Workbench

WINDOW = "PARTITION BY customer ORDER BY ts"


def operators(plan: str) -> list[str]:
    """The names of the operators of ``plan``, the last one first."""
    return re.findall(r"^[ +-]*(\w+)\(", plan, re.MULTILINE)


@pytest.mark.parametrize(
    ("sql", "message", "place"),
    [
        ("SELECT RANK() OVER (PARTITION BY k) FROM finite", "requires an ORDER BY clause", "RANK"),
        ("SELECT ROW_NUMBER() OVER (ORDER BY 1) FROM finite", "non-constant fields", "ROW_NUMBER"),
        ("SELECT RANK() OVER (ORDER BY v ROWS 2 PRECEDING) FROM finite", "ROW/RANGE not allowed with RANK", "2"),
        ("SELECT ROW_NUMBER() FROM finite", "OVER clause is necessary for window functions", "ROW_NUMBER"),
        ("SELECT UPPER(k) OVER (ORDER BY v) FROM finite", "OVER must be applied to aggregate function", "UPPER"),
        ("SELECT SUM(v) OVER w FROM finite", "Window 'w' not found.", "w"),
        ("SELECT SUM(v) OVER w FROM finite WINDOW w AS (u), u AS (ORDER BY v)", "Window 'u' not found.", "u"),
        ("SELECT SUM(v) OVER (w PARTITION BY k) FROM finite WINDOW w AS (ORDER BY v)", "cannot have PARTITION BY", "w"),
        ("SELECT SUM(v) OVER (w ORDER BY k) FROM finite WINDOW w AS (ORDER BY v)", "cannot have ORDER BY", "w"),
        ("SELECT LAG(v, v) OVER (ORDER BY k) FROM finite", "LAG takes a literal whole number here", "v"),
        ("SELECT LAG(v, 1, 'x') OVER (ORDER BY k) FROM finite", "no common type", "LAG"),
        ("SELECT NTILE(v) OVER (ORDER BY k) FROM finite", "NTILE takes a literal whole number", "v"),
        ("SELECT FIRST_VALUE(v) IGNORE NULLS OVER (ORDER BY k) FROM finite", "Cannot specify IGNORE NULLS", "FIRST_"),
        ("SELECT LAG(v IGNORE NULLS) OVER (ORDER BY k) FROM finite", "between a window function and its OVER", "v"),
        ("SELECT RANK() FILTER (WHERE v > 1) OVER (ORDER BY k) FROM finite", "RANK takes no FILTER", "RANK"),
        ("SELECT k FROM finite QUALIFY v > 1", "must contain a window function", None),
        ("SELECT k, SUM(v) OVER (ORDER BY k) FROM finite GROUP BY k", "'v' is not being grouped", "v"),
    ],
)  # fmt: skip
def test_mistakes(streaming: Workbench, sql: str, message: str, place: str | None) -> None:
    with pytest.raises((SqlError, PlanError)) as caught:
        streaming.explain(sql)
    assert message in caught.value.message
    if place is not None:
        position = caught.value.position
        assert position is not None
        assert sql[position.column - 1 :].startswith(place)


@pytest.mark.parametrize(
    ("window", "message", "place"),
    [
        ("ORDER BY k RANGE BETWEEN 1 PRECEDING AND CURRENT ROW", "Data Type mismatch between ORDER BY and RANGE", "1"),
        ("ORDER BY v, k RANGE BETWEEN 1 PRECEDING AND CURRENT ROW", "compound ORDER BY", "1"),
        ("RANGE BETWEEN 1 PRECEDING AND CURRENT ROW", "must contain an ORDER BY", "1"),
        ("ORDER BY v ROWS BETWEEN v PRECEDING AND CURRENT ROW", "a whole number of rows", "v PREC"),
        ("ORDER BY v ROWS BETWEEN -1 PRECEDING AND CURRENT ROW", "not negative", "1"),
        ("ORDER BY v ROWS BETWEEN CURRENT ROW AND 1 PRECEDING", "ends before it starts", "1"),
        ("ORDER BY v ROWS BETWEEN UNBOUNDED FOLLOWING AND CURRENT ROW", "for the lower frame boundary", None),
        ("ORDER BY v ROWS BETWEEN 1 PRECEDING AND UNBOUNDED PRECEDING", "for the upper frame boundary", None),
        ("ORDER BY v RANGE BETWEEN INTERVAL '1' MONTH PRECEDING AND CURRENT ROW", "INTERVAL_YEAR_MONTH", "INTERVAL"),
        ("ORDER BY v RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW", "Data Type mismatch", "INTERVAL"),
    ],
)
def test_frames_that_make_no_sense(streaming: Workbench, window: str, message: str, place: str | None) -> None:
    test_mistakes(streaming, f"SELECT SUM(v) OVER ({window}) FROM finite", message, place)


@pytest.mark.parametrize("clause", ["WHERE SUM(v) OVER (ORDER BY k) > 1", "GROUP BY SUM(v) OVER (ORDER BY k)"])
def test_no_over_in_other_clauses(streaming: Workbench, clause: str) -> None:
    with pytest.raises(PlanError, match="Windowed aggregate expression is illegal"):
        streaming.explain(f"SELECT 1 FROM finite {clause}")


@pytest.mark.parametrize(
    ("call", "kinds"),
    [
        (f"SUM(amount) OVER ({WINDOW})", "I"),
        (f"ROW_NUMBER() OVER ({WINDOW})", "I"),
        (f"LAG(amount, 2) OVER ({WINDOW})", "I"),
        (f"SUM(amount) OVER ({WINDOW} ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING)", "I"),
        (f"SUM(amount) OVER ({WINDOW} RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW)", "I"),
        ("COUNT(*) OVER (ORDER BY PROCTIME())", "I"),
        (f"SUM(amount) OVER ({WINDOW} DESC)", "I,UB,UA,D"),
        (f"SUM(amount) OVER ({WINDOW}, id)", "I,UB,UA,D"),
        (f"SUM(amount) OVER ({WINDOW} ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)", "I,UB,UA,D"),
        (f"SUM(amount) OVER ({WINDOW} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)", "I,UB,UA,D"),
        (f"LEAD(amount) OVER ({WINDOW})", "I,UB,UA,D"),
        (f"LAG(amount, -1) OVER ({WINDOW})", "I,UB,UA,D"),
        (f"CUME_DIST() OVER ({WINDOW})", "I,UB,UA,D"),
        ("SUM(amount) OVER (PARTITION BY customer)", "I,UB,UA,D"),
        ("SUM(amount) OVER (ORDER BY id)", "I,UB,UA,D"),
    ],
)
def test_only_what_follows_time_is_final(streaming: Workbench, call: str, kinds: str) -> None:
    plan = streaming.plan(f"SELECT id, {call} AS x FROM orders", ExplainDetail.CHANGELOG_MODE)
    (over,) = (line for line in plan.splitlines() if "OverAggregate(" in line)
    assert over.endswith(f"changelogMode=[{kinds}])")


def test_over_changing_rows(streaming: Workbench) -> None:
    plan = streaming.plan(
        "SELECT k, SUM(n) OVER (ORDER BY n) AS s FROM (SELECT k, COUNT(*) AS n FROM finite GROUP BY k)",
        ExplainDetail.CHANGELOG_MODE,
    )
    assert "orderBy=[n ASC]" in plan
    assert "changelogMode=[I,UB,UA,D]" in plan.splitlines()[1]


def test_windows_that_follow_time_come_before_others(streaming: Workbench) -> None:
    plan = streaming.plan(
        "SELECT COUNT(*) OVER (ORDER BY id) AS a, SUM(amount) OVER (ORDER BY ts) AS b FROM orders",
        ExplainDetail.CHANGELOG_MODE,
    )
    changing, following = (line for line in plan.splitlines() if "OverAggregate(" in line)
    assert "orderBy=[id ASC]" in changing
    assert "orderBy=[ts ASC]" in following
    assert following.endswith("changelogMode=[I])")


def test_windows_of_one_order_share_a_sort_in_batch_mode(batch: Workbench) -> None:
    plan = batch.plan(
        "SELECT SUM(v) OVER (PARTITION BY k ORDER BY v) AS a, COUNT(*) OVER () AS c, "
        "ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) AS b FROM finite"
    )
    assert operators(plan).count("OverAggregate") == 2
    assert "window#0=[SUM(v) AS w0$o0 RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW]" in plan
    assert "window#1=[ROW_NUMBER(*) AS w1$o0 ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW]" in plan


def test_conditions_on_partitions_go_below(streaming: Workbench) -> None:
    plan = streaming.plan(
        f"SELECT * FROM (SELECT id, customer, SUM(amount) OVER ({WINDOW}) AS s FROM orders) "
        "WHERE customer = 'x' AND id > 1 AND s > 3"
    )
    above, below = plan.split("OverAggregate(")
    assert "where=[id > 1 AND w0$o0 > 3]" in above
    assert "where=[customer = 'x']" in below


def test_what_nobody_asks_for_is_not_computed(streaming: Workbench) -> None:
    inner = f"SELECT id, SUM(amount) OVER ({WINDOW}) AS s, COUNT(*) OVER ({WINDOW}) AS n FROM orders"
    assert "OverAggregate" not in streaming.plan(f"SELECT id FROM ({inner})")
    plan = streaming.plan(f"SELECT n FROM ({inner})")
    assert "select=[customer, ts, COUNT(*) AS w0$o1]" in plan


@pytest.mark.parametrize(
    ("call", "keeps", "dropped"),
    [
        (f"SUM(amount) OVER ({WINDOW})", "for each partition SUM(amount); keyed by customer", "never"),
        (f"LAG(amount, 3) OVER ({WINDOW})", "and the last 3 rows of it; keyed by customer", "never"),
        (f"COUNT(*) OVER ({WINDOW} ROWS 4 PRECEDING)", "the last 4 rows of each partition, for COUNT(*)", "never"),
        (f"COUNT(*) OVER ({WINDOW} RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW)",
         "the rows of the last 1 h, for COUNT(*)", "when the watermark is three times as far past the row"),
        ("SUM(amount) OVER (ORDER BY id)", "every row; not keyed", "never"),
    ],
)  # fmt: skip
def test_state_in_words(streaming: Workbench, call: str, keeps: str, dropped: str) -> None:
    state = streaming.section("State", f"SELECT {call} AS x FROM orders")
    assert keeps in state
    assert f"dropped  {dropped}" in state
    assert ("WARNING" in state) == (dropped == "never")


def test_order_by_time(streaming: Workbench) -> None:
    assert "TemporalSort(orderBy=[ts ASC, id DESC])" in streaming.plan("SELECT id, ts FROM orders ORDER BY ts, id DESC")
    assert "TemporalSort" in operators(streaming.plan("SELECT id FROM orders ORDER BY PROCTIME()"))


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("id", "Sort on a non-time-attribute field is not supported."),
        ("ts DESC", "Sort on a non-time-attribute field is not supported."),
        ("id, ts", "Sort on a non-time-attribute field is not supported."),
        ("ts OFFSET 2 ROWS", "FETCH is missed"),
    ],
)
def test_other_orders_need_a_limit(streaming: Workbench, order: str, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        streaming.explain(f"SELECT id, ts FROM orders ORDER BY {order}")
    assert message in caught.value.message
    assert caught.value.position is not None
    assert "LIMIT" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT COUNT(*) FROM (SELECT id FROM orders ORDER BY amount)",
        "WITH t AS (SELECT id, amount FROM orders ORDER BY amount DESC) SELECT id FROM t",
        "SELECT id FROM (SELECT id FROM orders ORDER BY amount) UNION ALL SELECT id FROM customers",
    ],
)
def test_order_in_a_sub_query_says_nothing(streaming: Workbench, batch: Workbench, query: str) -> None:
    assert "Sort" not in streaming.plan(query)
