"""Filters on a rank become the Top-N that Flink plans for them, and say what they remember."""

from __future__ import annotations

import pytest
from planning import Workbench

from sqlstream.errors import PlanError
from sqlstream.sql.statements import ExplainDetail

VIEWS = """
CREATE VIEW counts AS
SELECT customer, COUNT(*) AS n, SUM(amount) AS total, MAX(id) AS latest FROM orders GROUP BY customer;
CREATE VIEW windowed AS SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTE));
CREATE TABLE timed (k STRING, v INT, p AS PROCTIME()) WITH ('connector' = 'datagen');
"""


@pytest.fixture
def streaming() -> Workbench:
    return Workbench().create(VIEWS)


@pytest.fixture
def batch() -> Workbench:
    return Workbench({"execution.runtime-mode": "batch"}).create(VIEWS)


def ranked(select: str, over: str, where: str, table: str = "orders", function: str = "ROW_NUMBER()") -> str:
    return f"SELECT {select} FROM (SELECT *, {function} OVER ({over}) AS rn FROM {table}) WHERE {where}"


def operator(plan: str, name: str) -> str:
    """The line of the operator called ``name``."""
    return next(line.strip().removeprefix("+- ") for line in plan.splitlines() if f"{name}(" in line)


BY_AMOUNT = "PARTITION BY customer ORDER BY amount DESC"


@pytest.mark.parametrize(
    ("where", "first", "last"),
    [
        ("rn <= 3", 1, 3),
        ("rn < 3", 1, 2),
        ("3 >= rn", 1, 3),
        ("rn BETWEEN 2 AND 4", 2, 4),
        ("rn > 1 AND rn <= 2 + 3", 2, 5),
        ("1 < rn AND 5 > rn", 2, 4),
        ("rn <= 5 AND rn <= 3", 1, 3),
    ],
)
def test_bounds_on_the_rank_are_its_range(streaming: Workbench, where: str, first: int, last: int) -> None:
    assert operator(streaming.plan(ranked("id, rn", BY_AMOUNT, where)), "Rank") == (
        f"Rank(strategy=[AppendFastStrategy], rankType=[ROW_NUMBER], rankRange=[rankStart={first}, rankEnd={last}], "
        "partitionBy=[customer], orderBy=[amount DESC], select=[id, customer, amount, w0$o0])"
    )


def test_a_rank_that_nobody_reads_is_not_written(streaming: Workbench) -> None:
    plan = streaming.plan(ranked("id", BY_AMOUNT, "rn <= 3"))
    assert operator(plan, "Rank").endswith("select=[id, customer, amount])")


def test_a_single_rank_is_a_constant(streaming: Workbench) -> None:
    plan = streaming.plan(ranked("id, rn", BY_AMOUNT, "rn = 2"))
    assert "rankRange=[rankStart=2, rankEnd=2]" in operator(plan, "Rank")
    assert operator(plan, "Calc") == "Calc(select=[id, 2 AS rn])"


def test_other_conditions_stay_above_and_those_on_the_partition_go_below(streaming: Workbench) -> None:
    plan = streaming.plan(ranked("id", BY_AMOUNT, "rn <= 3 AND id > 7 AND customer = 'a'"))
    above, below = plan.split("Rank(")
    assert "where=[id > 7]" in above
    assert "customer = 'a'" in below


def test_an_impossible_range_has_no_rows(streaming: Workbench) -> None:
    assert "Values(" in streaming.plan(ranked("id", BY_AMOUNT, "rn > 4 AND rn < 3"))


def test_without_an_upper_bound_there_is_no_top(streaming: Workbench) -> None:
    with pytest.raises(PlanError, match="Rank end is not specified") as error:
        streaming.plan(ranked("id", BY_AMOUNT, "rn > 2"))
    assert error.value.position is not None


@pytest.mark.parametrize(
    ("table", "over", "strategy"),
    [
        ("orders", "ORDER BY amount DESC", "AppendFastStrategy"),
        ("counts", "ORDER BY n DESC", "UpdateFastStrategy[0]"),
        ("counts", "ORDER BY n DESC, customer", "UpdateFastStrategy[0]"),
        ("counts", "ORDER BY n DESC, latest DESC", "UpdateFastStrategy[0]"),
        ("counts", "PARTITION BY customer ORDER BY n DESC", "UpdateFastStrategy[0]"),
        ("counts", "ORDER BY n", "RetractStrategy"),
        ("counts", "ORDER BY total DESC", "RetractStrategy"),
        ("counts", "ORDER BY latest DESC NULLS FIRST", "RetractStrategy"),
        ("counts", "PARTITION BY n ORDER BY latest DESC", "RetractStrategy"),
        ("(SELECT * FROM counts WHERE n > 1)", "ORDER BY n DESC", "RetractStrategy"),
    ],
)
def test_the_strategy_follows_from_what_the_input_does(
    streaming: Workbench, table: str, over: str, strategy: str
) -> None:
    everything = "id" if table == "orders" else "customer, n, latest"
    plan = streaming.plan(ranked(everything, over, "rn <= 3", table), ExplainDetail.CHANGELOG_MODE)
    assert f"strategy=[{strategy}]" in operator(plan, "Rank")
    if table == "counts":
        asked_for = "changelogMode=[I,UA]" if strategy.startswith("Update") else "changelogMode=[I,UB,UA]"
        assert asked_for in operator(plan, "GroupAggregate")


@pytest.mark.parametrize(
    ("select", "where", "kinds", "keys"),
    [
        ("customer, id, rn", "rn <= 3", "I,UB,UA", "(customer, rn)"),
        ("customer, id", "rn = 1", "I,UB,UA", "(customer)"),
        ("customer, id", "rn <= 3", "I,D", None),
    ],
)
def test_what_changes_and_by_which_keys(
    streaming: Workbench, select: str, where: str, kinds: str, keys: str | None
) -> None:
    plan = streaming.plan(ranked(select, BY_AMOUNT, where), ExplainDetail.CHANGELOG_MODE)
    assert f"changelogMode=[{kinds}]" in plan.splitlines()[0]
    assert ("upsertKeys" in plan.splitlines()[0]) == (keys is not None)
    assert keys is None or f"upsertKeys=[{keys}]" in plan.splitlines()[0]


@pytest.mark.parametrize(
    ("table", "order", "expected"),
    [
        ("orders", "ts", "Deduplicate(keep=[FirstRow], key=[customer], order=[ROWTIME], outputInsertOnly=[true])"),
        ("orders", "ts DESC", "Deduplicate(keep=[LastRow], key=[customer], order=[ROWTIME], outputInsertOnly=[false])"),
    ],
)
def test_the_first_or_last_row_by_time_is_deduplication(
    streaming: Workbench, table: str, order: str, expected: str
) -> None:
    plan = streaming.plan(ranked("id", f"PARTITION BY customer ORDER BY {order}", "rn = 1", table))
    assert operator(plan, "Deduplicate") == expected


def test_with_mini_batches_the_first_row_does_not_wait_and_may_be_replaced() -> None:
    streaming = Workbench({"table.exec.mini-batch.enabled": "true"})
    query = ranked("id", "PARTITION BY customer ORDER BY ts", "rn = 1")
    assert operator(streaming.plan(query, ExplainDetail.CHANGELOG_MODE), "Deduplicate").startswith(
        "Deduplicate(keep=[FirstRow], key=[customer], order=[ROWTIME], outputInsertOnly=[false], "
        "changelogMode=[I,UB,UA]"
    )


def test_deduplication_by_processing_time(streaming: Workbench) -> None:
    plan = streaming.plan(ranked("v", "PARTITION BY k ORDER BY p", "rn = 1", "timed"), ExplainDetail.CHANGELOG_MODE)
    assert operator(plan, "Deduplicate").startswith(
        "Deduplicate(keep=[FirstRow], key=[k], order=[PROCTIME], outputInsertOnly=[true], changelogMode=[I]"
    )


def test_a_top_n_of_windows_is_emitted_once(streaming: Workbench) -> None:
    over = "PARTITION BY window_start, window_end, customer ORDER BY amount DESC"
    plan = streaming.plan(ranked("id, rn", over, "rn <= 2", "windowed"), ExplainDetail.CHANGELOG_MODE)
    assert operator(plan, "WindowRank").startswith(
        "WindowRank(window=[TUMBLE(win_start=[window_start], win_end=[window_end], size=[10 min])], "
        "rankType=[ROW_NUMBER], rankRange=[rankStart=1, rankEnd=2], partitionBy=[customer], orderBy=[amount DESC], "
    )
    assert "changelogMode=[I]" in plan.splitlines()[0]
    assert "Exchange(distribution=[hash[customer]]" in plan


def test_the_last_row_of_a_window(streaming: Workbench) -> None:
    over = "PARTITION BY window_start, window_end, customer ORDER BY ts DESC"
    assert operator(streaming.plan(ranked("id", over, "rn = 1", "windowed")), "WindowDeduplicate") == (
        "WindowDeduplicate(window=[TUMBLE(win_start=[window_start], win_end=[window_end], size=[10 min])], "
        "keep=[LastRow], partitionKeys=[customer], orderKey=[ts], order=[ROWTIME])"
    )


def test_one_bound_of_a_window_is_a_column_like_any_other(streaming: Workbench) -> None:
    plan = streaming.plan(ranked("id", "PARTITION BY window_start ORDER BY id", "rn <= 2", "windowed"))
    assert "WindowRank" not in plan and "partitionBy=[window_start]" in operator(plan, "Rank")


def test_windows_of_processing_time_cannot_be_ranked(streaming: Workbench) -> None:
    table = "TABLE(TUMBLE(TABLE timed, DESCRIPTOR(p), INTERVAL '1' MINUTE))"
    with pytest.raises(PlanError, match="Processing time Window TopN is not supported"):
        streaming.plan(ranked("v", "PARTITION BY window_start, window_end ORDER BY v", "rn <= 2", table))


def test_sort_and_limit_is_a_top_n_of_a_stream(streaming: Workbench) -> None:
    plan = streaming.plan("SELECT id, amount FROM orders ORDER BY amount DESC LIMIT 3 OFFSET 1")
    assert operator(plan, "SortLimit") == (
        "SortLimit(orderBy=[amount DESC], offset=[1], fetch=[3], strategy=[AppendFastStrategy])"
    )
    plan = streaming.plan("SELECT customer, n FROM counts ORDER BY n DESC LIMIT 3")
    assert operator(plan, "SortLimit") == (
        "SortLimit(orderBy=[n DESC], offset=[0], fetch=[3], strategy=[UpdateFastStrategy[0]])"
    )


def test_bounded_input_is_ranked_once(batch: Workbench) -> None:
    table = "(SELECT k, v FROM finite)"
    plan = batch.plan(ranked("k, v, rn", "PARTITION BY k ORDER BY v", "rn <= 2", table, "DENSE_RANK()"))
    assert operator(plan, "Rank") == (
        "Rank(rankType=[DENSE_RANK], rankRange=[rankStart=1, rankEnd=2], partitionBy=[k], orderBy=[v ASC], "
        "global=[true], select=[k, v, w0$o0])"
    )


def test_each_subtask_sorts_its_own_rows_first() -> None:
    batch = Workbench({"execution.runtime-mode": "batch", "parallelism.default": "2"})
    plan = batch.plan("SELECT k, v FROM finite ORDER BY v LIMIT 2 OFFSET 1")
    local, global_ = (
        f"SortLimit(orderBy=[v ASC], offset=[{offset}], fetch=[{fetch}], global=[{name}])"
        for offset, fetch, name in ((0, 3, "false"), (1, 2, "true"))
    )
    assert local in plan and plan.index(global_) < plan.index(local)


@pytest.mark.parametrize(
    ("query", "keeps", "warns"),
    [
        (ranked("id, rn", BY_AMOUNT, "rn <= 3"), "the first 3 rows of each partition; keyed by customer", True),
        (ranked("customer", "ORDER BY total", "rn <= 3", "counts"), "every row of its input; not keyed", True),
        (
            ranked("id", "PARTITION BY customer ORDER BY ts", "rn = 1"),
            "the keys whose first row was emitted; the first row of each key until the watermark has reached it",
            True,
        ),
        (
            ranked("id", "PARTITION BY window_start, window_end ORDER BY id", "rn = 1", "windowed"),
            "the rows up to rank 1 of each open window",
            False,
        ),
        ("SELECT id FROM orders ORDER BY amount LIMIT 5", "the first 5 rows; not keyed", False),
    ],
)
def test_the_state_is_told(streaming: Workbench, query: str, keeps: str, warns: bool) -> None:
    state = streaming.section("State", query)
    paragraph = state[state.rindex("\n", 0, state.index(keeps)) if keeps in state else 0 :]
    assert f"keeps    {keeps}" in state
    assert ("WARNING" in paragraph.split(keeps)[1]) == warns
