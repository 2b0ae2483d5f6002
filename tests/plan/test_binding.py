"""Names and types: what the columns of a query are."""

from __future__ import annotations

import pytest

from tests.plan.planning import Workbench


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("SELECT 1", ["EXPR$0 INT NOT NULL"]),
        ("SELECT 3000000000, 1.50, 1e3, 'abc', TRUE, NULL", [
            "EXPR$0 BIGINT NOT NULL", "EXPR$1 DECIMAL(3, 2) NOT NULL", "EXPR$2 DOUBLE NOT NULL",
            "EXPR$3 CHAR(3) NOT NULL", "EXPR$4 BOOLEAN NOT NULL", "EXPR$5 NULL",
        ]),
        ("SELECT -5 AS a, -(-5) AS b", ["a INT NOT NULL", "b INT NOT NULL"]),
        ("SELECT id, customer AS c FROM orders", ["id BIGINT", "c STRING"]),
        ("SELECT o.* FROM orders AS o JOIN customers AS c ON o.id = c.id", [
            "id BIGINT", "customer STRING", "amount DECIMAL(10, 2)", "address ROW<`city` STRING, `zip` INT>",
            "ts TIMESTAMP(3)", "doubled DECIMAL(21, 2)",
        ]),
        ("SELECT * FROM finite AS f(a, b)", ["a STRING", "b INT"]),
        ("SELECT * FROM finite a JOIN finite b ON a.k = b.k", ["k STRING", "v INT", "k0 STRING", "v0 INT"]),
        ("SELECT * FROM finite a JOIN finite b USING (k)", ["k STRING", "v INT", "v0 INT"]),
        ("SELECT * FROM customers NATURAL JOIN (SELECT id, 1 AS one FROM orders) AS o", [
            "id BIGINT", "name STRING", "city STRING", "one INT NOT NULL",
        ]),
        ("SELECT f.k FROM default_database.finite AS f, finite", ["k STRING"]),
        ("SELECT default_database.finite.v FROM finite", ["v INT"]),
        ("SELECT address.city, o.address.zip AS z FROM orders AS o", ["city STRING", "z INT"]),
        ("SELECT x.k, z.v FROM (finite x JOIN finite y ON x.k = y.k) JOIN finite z ON z.k = y.k", [
            "k STRING", "v INT",
        ]),
        ("SELECT PI, (1, 'x') AS r", [
            "PI DOUBLE NOT NULL", "r ROW<`EXPR$0` INT NOT NULL, `EXPR$1` CHAR(1) NOT NULL> NOT NULL",
        ]),
        ("VALUES (1, 'a'), (2.5, 'bcd')", ["EXPR$0 DECIMAL(11, 1) NOT NULL", "EXPR$1 VARCHAR(3) NOT NULL"]),
        ("SELECT a FROM (VALUES (1), (NULL)) AS t(a)", ["a INT"]),
        ("WITH t(x) AS (SELECT v FROM finite), u AS (SELECT x + 1 AS y FROM t) SELECT y FROM u", ["y INT"]),
        ("SELECT k FROM finite UNION ALL SELECT 'x'", ["k STRING"]),
        ("SELECT ts FROM orders", ["ts TIMESTAMP(3) *ROWTIME*"]),
        ("SELECT ts + INTERVAL '1' DAY AS later FROM orders", ["later TIMESTAMP(3)"]),
        ("SELECT COUNT(*), MAX(v) AS m, k FROM finite GROUP BY k", ["EXPR$0 BIGINT NOT NULL", "m INT", "k STRING"]),
        ("SELECT v + 1 AS w, SUM(v) / 2 AS h FROM finite GROUP BY v + 1", ["w INT", "h INT"]),
        ("SELECT window_start, window_time FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR))", [
            "window_start TIMESTAMP(3) NOT NULL", "window_time TIMESTAMP(3) NOT NULL *ROWTIME*",
        ]),
    ],
)  # fmt: skip
def test_columns_of_a_query(streaming: Workbench, query: str, columns: list[str]) -> None:
    assert streaming.columns(query) == columns


def test_names_are_case_sensitive_and_back_ticks_quote(streaming: Workbench) -> None:
    streaming.create("CREATE TABLE words (`select` INT, K INT, k STRING) WITH ('connector' = 'datagen')")
    assert streaming.columns("SELECT `select`, K, k FROM words") == ["select INT", "K INT", "k STRING"]


def test_a_view_is_read_where_it_was_made(streaming: Workbench) -> None:
    streaming.create("CREATE VIEW totals (who, total) AS SELECT customer, SUM(amount) FROM orders GROUP BY customer")
    assert streaming.columns("SELECT * FROM totals") == ["who STRING", "total DECIMAL(38, 2)"]


def test_table_schema_has_computed_columns_and_time_attributes(streaming: Workbench) -> None:
    resolved = streaming.catalog.relation(("orders",))
    assert resolved is not None
    schema = streaming.planner.table_schema(resolved.relation)
    assert [str(column) for column in schema][-2:] == ["ts TIMESTAMP(3) *ROWTIME*", "doubled DECIMAL(21, 2)"]


def test_a_join_turns_event_time_into_a_plain_timestamp(streaming: Workbench) -> None:
    query = "SELECT o.ts FROM orders o JOIN customers c ON o.id = c.id"
    assert streaming.columns(query) == ["ts TIMESTAMP(3)"]


def test_window_time_stays_event_time_through_its_aggregation(streaming: Workbench) -> None:
    query = """SELECT window_time AS wt, COUNT(*) AS n
               FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
               GROUP BY window_start, window_end, window_time"""
    assert streaming.columns(query)[0] == "wt TIMESTAMP(3) NOT NULL *ROWTIME*"
