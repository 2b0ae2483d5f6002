"""UNNEST and LATERAL TABLE: columns, what is pushed through them, and mistakes."""

from __future__ import annotations

import pytest

from sqlstream.errors import SqlStreamError
from tests.plan.planning import Workbench


@pytest.fixture
def bench(streaming: Workbench) -> Workbench:
    return streaming.create(
        """
        CREATE TABLE bags (
          id INT, tags ARRAY<STRING NOT NULL>, scores MAP<STRING, INT>, items ARRAY<ROW<name STRING, n INT>>,
          ts TIMESTAMP(3), proc AS PROCTIME(), WATERMARK FOR ts AS ts
        ) WITH ('connector' = 'filesystem', 'path' = '/tmp/none', 'format' = 'json');
        """
    )


@pytest.mark.parametrize(
    ("from_clause", "columns"),
    [
        ("CROSS JOIN UNNEST(tags) AS u(tag)", ["tag STRING NOT NULL"]),
        ("LEFT JOIN UNNEST(tags) AS u(tag) ON TRUE", ["tag STRING"]),
        (", UNNEST(bags.scores) AS u(k, v)", ["k STRING", "v INT"]),
        ("CROSS JOIN UNNEST(items) AS u", ["name STRING", "n INT"]),
        ("CROSS JOIN UNNEST(items) WITH ORDINALITY AS u(a, b, c)", ["a STRING", "b INT", "c INT NOT NULL"]),
        ("LEFT JOIN UNNEST(tags) WITH ORDINALITY AS u(a, b) ON TRUE", ["a STRING", "b INT"]),
        ("CROSS JOIN LATERAL TABLE(UNNEST(tags)) AS u(tag)", ["tag STRING NOT NULL"]),
        (", LATERAL TABLE(UNNEST(ARRAY[1, id])) AS u(x)", ["x INT"]),
    ],
)
def test_columns(bench: Workbench, from_clause: str, columns: list[str]) -> None:
    assert bench.columns(f"SELECT u.* FROM bags {from_clause}") == columns


def test_time_attributes_are_passed_on(bench: Workbench) -> None:
    assert bench.columns("SELECT ts, proc FROM bags CROSS JOIN UNNEST(tags) AS u(tag)") == [
        "ts TIMESTAMP(3) *ROWTIME*", "proc TIMESTAMP_LTZ(3) NOT NULL *PROCTIME*",
    ]  # fmt: skip


def test_conditions_go_below_and_unused_columns_are_not_made(bench: Workbench) -> None:
    plan = bench.plan("SELECT u.n FROM bags LEFT JOIN UNNEST(items) AS u ON TRUE WHERE id > 3 AND u.n > 0")
    lines = [line.strip() for line in plan.splitlines()]
    assert lines[1] == "+- Calc(select=[n], where=[n > 0])"
    assert lines[2] == (
        "+- Correlate(invocation=[$UNNEST_ROWS$1(items)], correlate=[table($UNNEST_ROWS$1(items))], "
        "select=[items, n], joinType=[INNER])"
    )
    assert lines[3] == "+- Calc(select=[items], where=[id > 3])"


def test_a_condition_of_an_inner_join(bench: Workbench) -> None:
    assert "where=[tag = 'x']" in bench.plan("SELECT id FROM bags JOIN UNNEST(tags) AS u(tag) ON u.tag = 'x'")


def test_its_updates_have_no_key(bench: Workbench) -> None:
    bench.create("CREATE VIEW lists AS SELECT id, ARRAY_AGG(n) AS ns FROM bags, UNNEST(items) AS u GROUP BY id")
    assert "GroupAggregate" in bench.plan("SELECT id, x FROM lists CROSS JOIN UNNEST(ns) AS u(x)")


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        ("SELECT * FROM bags LEFT JOIN UNNEST(tags) AS u(tag) ON tag = 'x'", "takes no condition but TRUE", "WHERE"),
        ("SELECT * FROM bags RIGHT JOIN UNNEST(tags) AS u(tag) ON TRUE", "RIGHT JOIN with a table function", "CROSS"),
        ("SELECT * FROM bags, UNNEST(id) AS u(x)", "Cannot apply 'UNNEST' to arguments of type 'UNNEST(<INT>)'",
         "one ARRAY, MAP or MULTISET"),
        ("SELECT * FROM bags, UNNEST(tags) AS u(a, b)", "the table has 1 columns (EXPR$0), the alias list 2", None),
        ("SELECT * FROM bags AS b, UNNEST(tags) AS b", "Table name 'b' is used twice", "alias"),
        ("SELECT * FROM bags, LATERAL TABLE(SPREAD(tags)) AS u(x)", "Unknown table function 'SPREAD'", "UNNEST"),
        ("SELECT * FROM bags, UNNEST(nothing) AS u(x)", "Column 'nothing' not found", None),
    ],
)  # fmt: skip
def test_mistakes(bench: Workbench, sql: str, message: str, hint: str | None) -> None:
    with pytest.raises(SqlStreamError) as caught:
        bench.explain(sql)
    assert message in caught.value.message
    assert (hint or "") in (caught.value.hint or "")
    assert caught.value.position is not None
