"""INSERT: which query column goes where, and what does not fit."""

from __future__ import annotations

import pytest

from sqlstream.errors import SqlError
from sqlstream.plan.physical import TableSink
from tests.plan.planning import Workbench


def test_columns_go_by_position_with_casts_that_lose_nothing(streaming: Workbench) -> None:
    plan = streaming.plan("INSERT INTO anything SELECT name AS whatever, CAST(id AS INT) FROM customers")
    assert "Calc(select=[name AS k, CAST(CAST(id AS INT) AS BIGINT) AS n])" in plan


def test_columns_not_listed_are_null(streaming: Workbench) -> None:
    plan = streaming.plan("INSERT INTO anything (n) SELECT 7")
    assert "Values(values=[k, n], tuples=[[{ NULL, 7 }]])" in plan


def test_columns_may_be_listed_in_any_order(streaming: Workbench) -> None:
    plan = streaming.plan("INSERT INTO anything (n, k) VALUES (1, 'a')")
    assert "{ 'a', 1 }" in plan


def test_computed_columns_are_not_written(streaming: Workbench) -> None:
    streaming.create("CREATE TABLE half (a INT, b AS a * 2, c STRING) WITH ('connector' = 'blackhole')")
    assert "fields=[a, c]" in streaming.plan("INSERT INTO half VALUES (1, 'x')")


def test_a_static_partition_fills_its_column(streaming: Workbench) -> None:
    streaming.create("""CREATE TABLE parts (a INT, day_ STRING) PARTITIONED BY (day_)
                        WITH ('connector' = 'filesystem', 'path' = '/tmp/none', 'format' = 'csv')""")
    graph = streaming.graph("INSERT OVERWRITE parts PARTITION (day_ = '2020-01-01') SELECT v FROM finite")
    sink = graph.vertices[-1].chain[-1].operator
    assert isinstance(sink, TableSink)
    assert sink.partition == {"day_": "2020-01-01"}
    assert sink.overwrite
    assert sink.schema.names == ["a", "day_"]


def test_options_hints_change_the_sink(streaming: Workbench) -> None:
    graph = streaming.graph("INSERT INTO files /*+ OPTIONS('path' = '/tmp/other') */ SELECT k, 1 FROM finite")
    sink = graph.vertices[-1].chain[-1].operator
    assert isinstance(sink, TableSink)
    assert sink.table.options["path"] == "/tmp/other"


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        ("INSERT INTO nowhere SELECT 1", "Table 'nowhere' not found.", None),
        ("INSERT INTO anything SELECT k FROM finite", "Cause: Different number of columns. Query schema: [k: STRING]. "
         "Sink schema: [k: STRING, n: BIGINT]", "INSERT INTO t (a, b)"),
        ("INSERT INTO anything SELECT id, name FROM customers",
         "Cause: Incompatible types for sink column 'k' at position 0.", "CAST(id AS STRING)"),
        ("INSERT INTO anything (kk) SELECT name FROM customers", "Unknown target column 'kk'", "Did you mean 'k'?"),
        ("INSERT INTO anything (k, k) SELECT name, name FROM customers", "Column 'k' is listed twice.", None),
        ("INSERT INTO anything PARTITION (k = 'a') SELECT 1", "PARTITION names column 'k'", "not partitioned"),
    ],
)  # fmt: skip
def test_what_does_not_fit(streaming: Workbench, sql: str, message: str, hint: str | None) -> None:
    with pytest.raises(SqlError) as caught:
        streaming.graph(sql)
    assert message in caught.value.message
    assert (hint or "") in (caught.value.hint or "")
    assert caught.value.position is not None


def test_a_view_cannot_be_written(streaming: Workbench) -> None:
    streaming.create("CREATE VIEW looking AS SELECT k FROM finite")
    with pytest.raises(SqlError, match="'looking' is a view"):
        streaming.graph("INSERT INTO looking SELECT 'a'")
