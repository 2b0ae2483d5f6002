"""Which operators windows become, by Flink's names."""

from __future__ import annotations

import pytest

from sqlstream.errors import PlanError, SqlError
from sqlstream.plan.physical import WatermarkAssigner
from tests.plan.planning import Workbench

TUMBLE = "TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTE))"
HOP = "TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTE, INTERVAL '10' MINUTE))"
SESSION = "TABLE(SESSION(TABLE orders PARTITION BY customer, DESCRIPTOR(ts), INTERVAL '10' MINUTE))"
AGGREGATES = [
    (f"SELECT window_start, customer, COUNT(*) FROM {TUMBLE} GROUP BY window_start, window_end, customer",
     "WindowAggregate(groupBy=[customer], window=[TUMBLE(time_col=[ts], size=[10 min])]"),
    (f"SELECT window_end, COUNT(*) FROM {SESSION} GROUP BY window_start, window_end, customer",
     "WindowAggregate(groupBy=[customer], window=[SESSION(time_col=[ts], gap=[10 min], partition keys=[customer])]"),
    (f"SELECT window_start, COUNT(*) FROM {SESSION} GROUP BY window_start, window_end",
     "GroupAggregate(groupBy=[window_start, window_end]"),
    (f"SELECT window_start, COUNT(*) FROM {TUMBLE} GROUP BY window_start",
     "GroupAggregate(groupBy=[window_start]"),
    (f"SELECT e, MAX(n) FROM (SELECT window_start AS s, window_end AS e, customer, COUNT(*) AS n FROM {HOP} "
     "GROUP BY customer, window_start, window_end) GROUP BY s, e",
     "WindowAggregate(window=[HOP(win_start=[s], win_end=[e], size=[10 min], slide=[5 min])]"),
    (f"SELECT window_start, MAX(window_time) FROM {TUMBLE} GROUP BY window_start, window_end",
     "WindowAggregate(window=[TUMBLE(win_start=[window_start], win_end=[window_end], size=[10 min])]"),
    ("SELECT customer, COUNT(*) FROM orders GROUP BY customer, TUMBLE(ts, INTERVAL '1' HOUR)",
     "GroupWindowAggregate(groupBy=[customer], window=[TumblingGroupWindow('w$, ts, 3600000)]"),
    ("SELECT COUNT(*) FROM orders GROUP BY HOP(ts, INTERVAL '1' MINUTE, INTERVAL '1' HOUR)",
     "GroupWindowAggregate(window=[SlidingGroupWindow('w$, ts, 3600000, 60000)]"),
    ("SELECT COUNT(*) FROM orders GROUP BY SESSION(ts, INTERVAL '1' SECOND)",
     "GroupWindowAggregate(window=[SessionGroupWindow('w$, ts, 1000)]"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "operator"), AGGREGATES, ids=[sql for sql, _ in AGGREGATES])
def test_operators_are_called_as_flink_calls_them(streaming: Workbench, sql: str, operator: str) -> None:
    assert operator in streaming.plan(sql)


def test_rows_that_travel_are_grouped_before(streaming: Workbench) -> None:
    sql = f"SELECT window_start, MAX(amount) FROM {HOP} GROUP BY window_start, window_end"
    local = "LocalWindowAggregate(window=[HOP(time_col=[ts], size=[10 min], slide=[5 min])]"
    merging = "GlobalWindowAggregate(window=[HOP(slice_end=[$slice_end], size=[10 min], slide=[5 min])]"
    wide = Workbench({"parallelism.default": "2"})
    assert local in wide.plan(sql)
    assert merging in wide.plan(sql)
    assert "Local" not in streaming.plan(sql)
    assert local in Workbench({"table.optimizer.agg-phase-strategy": "TWO_PHASE"}).plan(sql)
    one = Workbench({"parallelism.default": "2", "table.optimizer.agg-phase-strategy": "ONE_PHASE"})
    assert "Local" not in one.plan(sql)


def test_conditions_on_other_columns_do_not_move_below_a_session(streaming: Workbench) -> None:
    plan = streaming.plan(f"SELECT id FROM {SESSION} WHERE amount > 1 AND customer = 'a'")
    above, below = plan.split("WindowTableFunction")
    assert "amount AS" in above
    assert "customer = 'a'" in below


def test_early_fire_updates(streaming: Workbench) -> None:
    early = Workbench({"table.exec.emit.early-fire.enabled": "true", "table.exec.emit.early-fire.delay": "5 s"})
    plan = early.plan("SELECT COUNT(*) FROM orders GROUP BY TUMBLE(ts, INTERVAL '1' HOUR)")
    assert "emit=[early delay 5000 millisecond]" in plan


LATE = {"table.exec.emit.late-fire.enabled": "true", "table.exec.emit.late-fire.delay": "1 min"}
EARLY = {"table.exec.emit.early-fire.enabled": "true", "table.exec.emit.early-fire.delay": "0 s"}


@pytest.mark.parametrize(
    ("options", "sql", "message"),
    [
        (EARLY, f"SELECT COUNT(*) FROM {TUMBLE} GROUP BY window_start, window_end", "not emitted early or late"),
        (EARLY, "SELECT COUNT(*) FROM orders GROUP BY SESSION(ts, INTERVAL '1' HOUR)", "cannot be emitted"),
        ({"table.exec.emit.early-fire.enabled": "true"},
         "SELECT COUNT(*) FROM orders GROUP BY TUMBLE(ts, INTERVAL '1' HOUR)", "needs a delay"),
        (LATE, "SELECT COUNT(*) FROM orders GROUP BY TUMBLE(ts, INTERVAL '1' HOUR)", "needs 'table.exec.emit.al"),
    ],
)  # fmt: skip
def test_what_cannot_be_emitted_early_or_late(options: dict[str, str], sql: str, message: str) -> None:
    with pytest.raises(PlanError, match=message) as caught:
        Workbench(options).plan(sql)
    assert caught.value.hint


MISTAKES = [
    (f"SELECT * FROM {TUMBLE.replace('TABLE orders', 'TABLE orders PARTITION BY id')}",
     "TUMBLE takes no PARTITION BY."),
    ("SELECT * FROM TABLE(SESSION(TABLE orders PARTITION BY id + 1, DESCRIPTOR(ts), INTERVAL '1' HOUR))",
     "PARTITION BY of SESSION takes columns."),
    ("SELECT * FROM TABLE(SESSION(TABLE orders, DESCRIPTOR(ts)))", "Invalid call of SESSION: it lacks GAP."),
    ("SELECT TUMBLE_START(ts, INTERVAL '1' HOUR) FROM orders",
     "Call to auxiliary group function 'TUMBLE_START' must have matching call to group function 'TUMBLE' in GROUP BY"),
    ("SELECT TUMBLE_START(ts, INTERVAL '2' HOUR) FROM orders GROUP BY TUMBLE(ts, INTERVAL '1' HOUR)",
     "Call to auxiliary group function 'TUMBLE_START' must have matching call"),
    ("SELECT TUMBLE(ts, INTERVAL '1' HOUR) FROM orders GROUP BY TUMBLE(ts, INTERVAL '1' HOUR)",
     "Group function 'TUMBLE' can only appear in GROUP BY clause."),
    ("SELECT COUNT(*) FROM orders GROUP BY TUMBLE(ts, INTERVAL '1' HOUR), SESSION(ts, INTERVAL '1' HOUR)",
     "Only a single window group function may be used in GROUP BY."),
    ("SELECT COUNT(*) FROM customers GROUP BY TUMBLE(name, INTERVAL '1' HOUR)",
     "Window aggregate can only be defined over a time attribute column, but STRING encountered."),
    ("SELECT COUNT(*) FROM orders GROUP BY TUMBLE(ts, INTERVAL '1' MONTH)",
     "The size of TUMBLE must be an interval of days, hours, minutes or seconds."),
    ("SELECT COUNT(*) FROM orders GROUP BY HOP(ts, INTERVAL '1' HOUR)",
     "HOP takes a time column and its slide and size, but got 2 arguments."),
    ("SELECT COUNT(*) FROM (SELECT *, PROCTIME() AS p FROM orders) GROUP BY TUMBLE(p, INTERVAL '1' HOUR) "
     "HAVING TUMBLE_ROWTIME(p, INTERVAL '1' HOUR) IS NULL", "A proctime window cannot provide a rowtime attribute."),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "message"), MISTAKES, ids=[sql for sql, _ in MISTAKES])
def test_mistakes(streaming: Workbench, sql: str, message: str) -> None:
    with pytest.raises(SqlError) as caught:
        streaming.plan(sql)
    assert caught.value.message.startswith(message)
    assert caught.value.position is not None
    assert caught.value.hint


@pytest.mark.parametrize(
    ("sql", "step"),
    [
        (f"SELECT COUNT(*) FROM {TUMBLE} GROUP BY window_start, window_end", (600_000, 0)),
        (f"SELECT COUNT(*) FROM {HOP} GROUP BY window_start, window_end", (300_000, 0)),
        ("SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTE, INTERVAL '1' MINUTE)) "
         "GROUP BY window_start, window_end", (600_000, 60_000)),
        (f"SELECT COUNT(*) FROM {TUMBLE} GROUP BY window_start, window_end UNION ALL SELECT COUNT(*) FROM orders "
         "GROUP BY TUMBLE(ts, INTERVAL '25' MINUTE)", (300_000, 0)),
        (f"SELECT COUNT(*) FROM {SESSION} GROUP BY window_start, window_end, customer", (0, 0)),
        (f"SELECT COUNT(*) FROM {TUMBLE} GROUP BY window_start, window_end UNION ALL SELECT id FROM orders", (0, 0)),
    ],
)  # fmt: skip
def test_watermarks_rise_from_window_end_to_window_end(streaming: Workbench, sql: str, step: tuple[int, int]) -> None:
    nodes = [node.operator for vertex in streaming.graph(sql).vertices for node in vertex.chain]
    assigners = [operator for operator in nodes if isinstance(operator, WatermarkAssigner)]
    assert {(assigner.step, assigner.offset) for assigner in assigners} == {step}
