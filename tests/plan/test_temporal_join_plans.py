"""JOIN ... FOR SYSTEM_TIME AS OF event time: what it is planned as, and what is wrong with one that cannot be."""

from __future__ import annotations

import pytest

from sqlstream.errors import SqlStreamError
from tests.plan.planning import Workbench

TABLES = """
CREATE TABLE pay (
  id INT, cur STRING, amount INT, ts TIMESTAMP(3), proc AS PROCTIME(), WATERMARK FOR ts AS ts
) WITH ('connector' = 'datagen');
CREATE TABLE rates (
  cur STRING, rate INT, note STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY KEY (cur) NOT ENFORCED
) WITH ('connector' = 'datagen');
CREATE TABLE unkeyed (cur STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen');
CREATE TABLE untimed (cur STRING, rate INT, PRIMARY KEY (cur) NOT ENFORCED) WITH ('connector' = 'datagen');
CREATE TABLE zoned (
  cur STRING, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts, PRIMARY KEY (cur) NOT ENFORCED
) WITH ('connector' = 'datagen');
CREATE VIEW filtered AS SELECT cur, rate, ts FROM rates WHERE rate > 3;
CREATE VIEW timeless AS SELECT cur, rate FROM rates;
"""


@pytest.fixture
def bench(streaming: Workbench) -> Workbench:
    return streaming.create(TABLES)


def test_the_plan_names_keys_and_times(bench: Workbench) -> None:
    lines = bench.plan(
        "SELECT p.id, r.rate FROM pay p LEFT JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r "
        "ON p.cur = r.cur AND r.rate > 3 WHERE p.amount > 5"
    ).splitlines()
    assert lines[2].strip() == (
        "+- TemporalJoin(joinType=[LeftOuterJoin], where=[cur = cur0 AND rate > 3 AND __TEMPORAL_JOIN_CONDITION("
        "ts, ts0, __TEMPORAL_JOIN_LEFT_KEY(cur), __TEMPORAL_JOIN_RIGHT_KEY(cur0))], "
        "select=[id, cur, ts, cur0, rate, ts0])"
    )
    assert lines[3].strip() == ":- Exchange(distribution=[hash[cur]])"
    assert lines[4].strip() == ":  +- Calc(select=[id, cur, ts], where=[amount > 5])"
    assert lines[-3].strip() == "+- Exchange(distribution=[hash[cur]])"
    assert lines[-1].strip().endswith("rates, project=[cur, rate, ts]]], fields=[cur, rate, ts])")


def test_conditions_on_versions_stay_at_the_join(bench: Workbench) -> None:
    plan = bench.plan(
        "SELECT p.id FROM pay p JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.cur = r.cur "
        "AND r.note = 'x' AND p.amount > 1 WHERE r.rate > 3"
    )
    above, below = plan.split("TemporalJoin(")
    assert "where=[rate > 3]" in above
    assert "note = 'x'" in below.splitlines()[0]
    assert "where=[amount > 1]" in below
    assert "where=[" not in below.split("Exchange(")[2]


def test_what_it_keeps(bench: Workbench) -> None:
    state = bench.section("State", "SELECT 1 FROM pay p JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.cur = r.cur")
    assert "rows of both inputs that ts and ts0 put after the watermark, and the last version before it" in state
    assert "left keyed by cur, right keyed by cur0" in state
    assert "a version when the watermark reaches the next one of its key" in state


def test_left_times_stay_attributes_and_versions_are_unique(bench: Workbench) -> None:
    query = "SELECT p.ts, p.proc, r.ts AS since FROM pay p JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.cur = r.cur"
    assert bench.columns(query) == [
        "ts TIMESTAMP(3) *ROWTIME*", "proc TIMESTAMP_LTZ(3) NOT NULL *PROCTIME*", "since TIMESTAMP(3)",
    ]  # fmt: skip


def test_using_and_windows_over_it(bench: Workbench) -> None:
    using = "SELECT * FROM (SELECT cur, ts AS at FROM pay) AS p LEFT JOIN rates FOR SYSTEM_TIME AS OF p.at USING (cur)"
    assert [column.split()[0] for column in bench.columns(using)] == ["cur", "at", "rate", "note", "ts"]
    bench.create(
        "CREATE VIEW paid AS SELECT p.ts, r.rate FROM pay p JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.cur = r.cur"
    )
    assert "WindowAggregate" in bench.plan(
        "SELECT window_end, SUM(rate) FROM TABLE(TUMBLE(TABLE paid, DESCRIPTOR(ts), INTERVAL '1' HOUR)) "
        "GROUP BY window_start, window_end"
    )


@pytest.mark.parametrize(
    ("join", "message", "at", "hint"),
    [
        ("JOIN unkeyed FOR SYSTEM_TIME AS OF p.ts AS r ON p.cur = r.cur",
         "requires primary key in versioned table, but no primary key can be found", "p.ts", "ROW_NUMBER()"),
        ("JOIN untimed FOR SYSTEM_TIME AS OF p.ts AS r ON p.cur = r.cur",
         "no row time attribute can be found", "p.ts", "WATERMARK"),
        ("JOIN timeless FOR SYSTEM_TIME AS OF p.ts AS r ON p.cur = r.cur",
         "no row time attribute can be found", "p.ts", "a view must select it"),
        ("JOIN zoned FOR SYSTEM_TIME AS OF p.ts AS r ON p.cur = r.cur",
         "the rowtime types are TIMESTAMP(3) *ROWTIME* and TIMESTAMP_LTZ(3) *ROWTIME*", "p.ts", "computed column"),
        ("JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.id > r.rate",
         "join key in Temporal Table Join can not be empty", "p.ts", "ON orders.currency = rates.currency"),
        (", rates FOR SYSTEM_TIME AS OF p.ts AS r",
         "join key in Temporal Table Join can not be empty", "p.ts", "JOIN"),
        ("JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.cur = r.note",
         "primary key [cur] must be included in the equivalence condition of temporal join, but current temporal join "
         "condition is on [note]", "p.ts", "ON left.... = right.cur"),
        ("JOIN filtered FOR SYSTEM_TIME AS OF p.ts AS r ON p.cur = r.cur",
         "Filter is not allowed for right changelog input", "p.ts", "ON or WHERE"),
        ("RIGHT JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.cur = r.cur",
         "RIGHT JOIN with FOR SYSTEM_TIME AS OF is not possible", None, "INNER or LEFT"),
        ("JOIN rates FOR SYSTEM_TIME AS OF CAST(p.ts AS TIMESTAMP(3)) AS r ON p.cur = r.cur",
         "only supports 'FOR SYSTEM_TIME AS OF' left table's time attribute", None, "WATERMARK"),
        ("JOIN rates FOR SYSTEM_TIME AS OF p.amount AS r ON p.cur = r.cur",
         "only supports 'FOR SYSTEM_TIME AS OF' left table's time attribute", "p.amount", "PROCTIME()"),
        ("JOIN rates FOR SYSTEM_TIME AS OF p.tss AS r ON p.cur = r.cur", "Column 'tss' not found", "p.tss", "'ts'"),
    ],
)  # fmt: skip
def test_mistakes(bench: Workbench, join: str, message: str, at: str | None, hint: str) -> None:
    sql = f"SELECT * FROM pay AS p {join}"
    with pytest.raises(SqlStreamError) as caught:
        bench.explain(sql)
    error = caught.value
    assert message in error.message
    assert hint in (error.hint or "")
    assert error.position is not None
    if at is not None:
        start = error.position.column - 1
        assert sql[start : start + error.position.length] == at
