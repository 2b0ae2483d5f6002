"""Which joins are joins of windows, and what they leave of event time."""

from __future__ import annotations

import pytest

from tests.plan.planning import Workbench

ORDERS = "TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTE))"
SAME = "a.window_start = b.window_start AND a.window_end = b.window_end"


def window_join(bench: Workbench, query: str) -> str:
    return next(line.strip(" +-") for line in bench.plan(query).splitlines() if "Join(" in line)


@pytest.mark.parametrize("kind", ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
def test_equal_windows_make_a_window_join(streaming: Workbench, kind: str) -> None:
    line = window_join(
        streaming,
        f"SELECT a.id FROM {ORDERS} AS a {kind} {ORDERS} AS b ON a.id = b.id AND {SAME} AND a.amount > b.amount",
    )
    window = "TUMBLE(win_start=[window_start], win_end=[window_end], size=[10 min])"
    assert line.startswith(f"WindowJoin(leftWindow=[{window}], rightWindow=[{window}], joinType=[")
    assert "where=[id = id0 AND amount > amount0]" in line


def test_they_are_found_in_where_and_through_sub_queries(streaming: Workbench) -> None:
    inner = f"(SELECT id + 1 AS i, window_end AS e, window_start AS s FROM {ORDERS} WHERE amount > 3)"
    query = (
        f"SELECT 1 FROM {ORDERS} AS a, {inner} AS b WHERE a.window_start = b.s AND b.e = a.window_end AND a.id = b.i"
    )
    assert window_join(streaming, query).startswith("WindowJoin(")


def test_aggregations_of_windows_can_be_joined(streaming: Workbench) -> None:
    counts = f"(SELECT id, COUNT(*) AS n, window_start, window_end FROM {ORDERS} GROUP BY id, window_start, window_end)"
    line = window_join(streaming, f"SELECT a.n FROM {counts} AS a LEFT JOIN {counts} AS b ON a.id = b.id AND {SAME}")
    assert line.startswith("WindowJoin(")


@pytest.mark.parametrize(
    ("right", "on"),
    [
        (ORDERS, "a.id = b.id AND a.window_start = b.window_start"),
        (ORDERS, "a.window_start = b.window_end AND a.window_end = b.window_start"),
        (ORDERS.replace("10", "20"), SAME),
        ("(SELECT ts AS window_start, ts AS window_end FROM orders)", SAME),
    ],
)
def test_other_joins_of_windows_are_regular(streaming: Workbench, right: str, on: str) -> None:
    assert window_join(streaming, f"SELECT a.id FROM {ORDERS} AS a JOIN {right} AS b ON {on}").startswith("Join(")


def test_the_windows_time_goes_on(streaming: Workbench) -> None:
    query = f"SELECT a.window_time AS t, a.ts, b.id FROM {ORDERS} AS a JOIN {ORDERS} AS b ON a.id = b.id AND {SAME}"
    assert streaming.columns(query) == ["t TIMESTAMP(3) NOT NULL *ROWTIME*", "ts TIMESTAMP(3)", "id BIGINT"]
    streaming.create(f"CREATE VIEW joined AS {query}")
    assert "WindowAggregate(" in streaming.plan(
        "SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE joined, DESCRIPTOR(t), INTERVAL '1' HOUR))"
        " GROUP BY window_start, window_end"
    )


def test_its_state_is_dropped_with_the_window(streaming: Workbench) -> None:
    state = streaming.section("State", f"SELECT 1 FROM {ORDERS} AS a JOIN {ORDERS} AS b ON {SAME}")
    assert "dropped  when the watermark passes the window's end" in state
    assert "WARNING" not in state
