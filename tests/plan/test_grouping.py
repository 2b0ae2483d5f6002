"""Grouping sets: how they are planned, and what is wrong with them. Their rows are golden cases."""

from __future__ import annotations

import pytest
from planning import Workbench

from sqlstream.errors import SqlError

WINDOW = "TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR))"


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT GROUPING(k) FROM finite GROUP BY ROLLUP (v)", "Expression 'k' is not being grouped."),
        ("SELECT GROUP_ID(k) FROM finite GROUP BY k", "GROUP_ID takes no arguments."),
        ("SELECT GROUPING_ID() FROM finite GROUP BY k", "GROUPING_ID takes one of the GROUP BY expressions."),
        ("SELECT k FROM finite GROUP BY CUBE (v)", "Expression 'k' is not being grouped."),
        ("SELECT 1 FROM finite GROUP BY CUBE (k, v), CUBE (k, v), CUBE (k, v), CUBE (k, v), CUBE (k, v), CUBE (k, v), "
         "ROLLUP (k)", "GROUP BY makes 8192 grouping sets"),
    ],
)  # fmt: skip
def test_mistakes_are_pointed_at(streaming: Workbench, sql: str, message: str) -> None:
    with pytest.raises(SqlError) as caught:
        streaming.explain(sql)
    assert message in caught.value.message
    assert caught.value.position is not None


def test_rows_are_multiplied_once_for_each_set(streaming: Workbench) -> None:
    plan = streaming.explain("SELECT k, COUNT(v) FROM finite GROUP BY ROLLUP (k)")
    assert "Expand(projects=[{k, 0 AS $e, v}, {NULL AS k, 1 AS $e, v}])" in plan
    assert "GroupAggregate(groupBy=[k, $e]" in plan


def test_one_set_of_all_keys_needs_no_expansion(streaming: Workbench) -> None:
    assert "Expand" not in streaming.explain("SELECT k, COUNT(*) FROM finite GROUP BY GROUPING SETS ((k))")


def test_windows_stay_windows(streaming: Workbench) -> None:
    plan = streaming.explain(
        f"SELECT window_start, id, COUNT(*) FROM {WINDOW} GROUP BY window_start, window_end, ROLLUP (id)"
    )
    assert "WindowAggregate(groupBy=[id, $e]" in plan
    assert "GroupAggregate" not in plan


def test_a_set_without_the_window_is_an_updating_aggregation(streaming: Workbench) -> None:
    plan = streaming.explain(f"SELECT window_start, COUNT(*) FROM {WINDOW} GROUP BY ROLLUP (window_start, window_end)")
    assert "GroupAggregate(groupBy=[window_start, window_end, $e]" in plan
