"""Which conditions make an interval join, and what it leaves of event time."""

from __future__ import annotations

import pytest

from sqlstream.errors import PlanError
from tests.plan.planning import Workbench

SHIPMENTS = """
CREATE TABLE shipments (
  id BIGINT, order_id BIGINT, ts TIMESTAMP(3), other TIMESTAMP(3), seen AS PROCTIME(), WATERMARK FOR ts AS ts
) WITH ('connector' = 'datagen');
CREATE TABLE plain (id BIGINT, p AS PROCTIME()) WITH ('connector' = 'datagen');
"""


@pytest.fixture
def bench(streaming: Workbench) -> Workbench:
    return streaming.create(SHIPMENTS)


def join_line(bench: Workbench, on: str, kind: str = "JOIN") -> str:
    plan = bench.plan(f"SELECT o.id, s.id FROM orders AS o {kind} shipments AS s ON o.id = s.order_id AND {on}")
    return next(line.strip(" +-") for line in plan.splitlines() if "Join(" in line)


@pytest.mark.parametrize(
    ("on", "lower", "upper"),
    [
        ("o.ts BETWEEN s.ts - INTERVAL '5' SECOND AND s.ts + INTERVAL '1' SECOND", -5000, 1000),
        ("s.ts BETWEEN o.ts - INTERVAL '5' SECOND AND o.ts + INTERVAL '1' SECOND", -1000, 5000),
        ("o.ts >= s.ts - INTERVAL '1' MINUTE AND o.ts < s.ts", -60000, -1),
        ("s.ts > o.ts AND o.ts + INTERVAL '1' HOUR >= s.ts", -3600000, -1),
        ("o.ts = s.ts", 0, 0),
        ("o.ts + INTERVAL '2' SECOND = s.ts - INTERVAL '1' SECOND", -3000, -3000),
        ("o.ts >= s.ts AND o.ts >= s.ts - INTERVAL '9' DAY AND o.ts <= s.ts + INTERVAL '2' SECOND", 0, 2000),
    ],
)
def test_bounds_of_both_times(bench: Workbench, on: str, lower: int, upper: int) -> None:
    line = join_line(bench, on)
    assert line.startswith("IntervalJoin(joinType=[InnerJoin]")
    assert f"isRowTime=true, leftLowerBound={lower}, leftUpperBound={upper}, " in line
    assert "where=[id = order_id]" in line


def test_what_else_the_condition_says_stays_a_condition(bench: Workbench) -> None:
    line = join_line(bench, "o.ts = s.ts AND o.id > s.id AND s.other >= o.ts", "LEFT JOIN")
    assert line.startswith("IntervalJoin(joinType=[LeftOuterJoin]")
    assert "where=[id = order_id AND id > id0 AND other >= ts]" in line


@pytest.mark.parametrize(
    "on",
    [
        "o.ts >= s.ts - INTERVAL '5' SECOND",
        "o.ts BETWEEN s.other - INTERVAL '5' SECOND AND s.other",
        "o.ts >= s.ts - INTERVAL '1' MONTH AND o.ts <= s.ts",
        "o.ts BETWEEN s.ts AND s.ts + INTERVAL '5' SECOND OR o.id > 3",
    ],
)
def test_other_conditions_make_a_regular_join(bench: Workbench, on: str) -> None:
    assert join_line(bench, on).startswith("Join(")


def test_a_condition_in_where_bounds_the_time_as_well(bench: Workbench) -> None:
    query = "SELECT o.ts AS t, s.ts AS u FROM orders AS o, shipments AS s WHERE o.id = s.order_id AND o.ts = s.ts"
    assert "IntervalJoin(joinType=[InnerJoin]" in bench.plan(query)
    assert bench.columns(query) == ["t TIMESTAMP(3) *ROWTIME*", "u TIMESTAMP(3) *ROWTIME*"]


def test_event_time_goes_on_into_windows_and_further_interval_joins(bench: Workbench) -> None:
    bench.create(
        "CREATE VIEW shipped AS SELECT o.id, o.ts FROM orders AS o JOIN shipments AS s ON o.id = s.id AND o.ts = s.ts"
    )
    assert "WindowAggregate(" in bench.plan(
        "SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE shipped, DESCRIPTOR(ts), INTERVAL '1' HOUR))"
        " GROUP BY window_start, window_end"
    )
    three = bench.plan(
        "SELECT a.id FROM orders AS a JOIN orders AS b ON a.id = b.id AND a.ts = b.ts "
        "JOIN shipments AS c ON c.id = a.id AND c.ts BETWEEN b.ts AND b.ts + INTERVAL '1' DAY"
    )
    assert three.count("IntervalJoin(") == 2


def test_what_follows_a_regular_join_is_no_interval_join(bench: Workbench) -> None:
    plan = bench.plan(
        "SELECT a.id FROM orders AS a JOIN orders AS b ON a.id = b.id JOIN shipments AS c ON c.id = a.id "
        "AND c.ts = b.ts"
    )
    assert "IntervalJoin" not in plan


def test_processing_time_bounds_a_join_too(bench: Workbench) -> None:
    plan = bench.plan("SELECT a.id FROM plain AS a JOIN plain AS b ON a.id = b.id AND a.p BETWEEN b.p AND b.p")
    assert "windowBounds=[isRowTime=false, leftLowerBound=0, leftUpperBound=0" in plan


def test_rows_must_not_be_taken_back(bench: Workbench) -> None:
    bench.create(
        "CREATE TABLE log (id BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) "
        "WITH ('connector' = 'filesystem', 'path' = '/tmp/none', 'format' = 'debezium-json')"
    )
    with pytest.raises(PlanError) as caught:
        bench.explain("SELECT 1 FROM log AS l JOIN orders AS o ON l.id = o.id AND l.ts = o.ts")
    assert "IntervalJoin doesn't support consuming update and delete changes" in caught.value.message


def test_its_state_is_dropped_by_the_watermark(bench: Workbench) -> None:
    state = bench.section(
        "State", "SELECT 1 FROM orders AS o JOIN shipments AS s ON o.ts BETWEEN s.ts - INTERVAL '5' MINUTE AND s.ts"
    )
    assert "dropped  when the watermark is 5 min past a left row, 0 ms past a right row" in state
    assert "WARNING" not in state


def test_a_batch_query_just_compares_the_times(bench: Workbench) -> None:
    bench.options["execution.runtime-mode"] = "batch"
    bench.create(
        "CREATE TABLE finite_times (id BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) "
        "WITH ('connector' = 'datagen', 'number-of-rows' = '9')"
    )
    plan = bench.plan(
        "SELECT 1 FROM finite_times AS a JOIN finite_times AS b ON a.ts BETWEEN b.ts - INTERVAL '5' MINUTE AND b.ts"
    )
    assert "IntervalJoin" not in plan
    assert "ts >= ts0 - INTERVAL '5' MINUTE AND ts <= ts0" in plan
