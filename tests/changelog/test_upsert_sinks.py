"""What reaches sinks that upsert, take everything, or only insert, and what the options make of it."""

from __future__ import annotations

from typing import Any

import pytest

from sqlstream.errors import PlanError, SqlStreamError
from sqlstream.session.session import Session
from tests.changing_tables import Change, ChangingTables

ORDERS: list[Change] = [
    ("+I", ("a", 1)),
    ("+I", ("b", 2)),
    ("-U", ("a", 1)),
    ("+U", ("a", 2)),
    ("-U", ("b", 2)),
    ("+U", ("b", 3)),
    ("-D", ("b", 3)),
    ("+I", ("c", 9)),
    ("-U", ("c", 9)),
    ("+U", ("c", 4)),
]


@pytest.fixture
def orders(session: Session, tables: ChangingTables) -> Session:
    tables.changes = {"orders": ORDERS}
    session.sql(
        "CREATE TABLE orders (k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED) "
        "WITH ('connector' = 'changing', 'mode' = 'all', 'name' = 'orders')"
    )
    return session


def sink(session: Session, columns: str, mode: str = "upsert") -> None:
    session.sql(f"CREATE TABLE s ({columns}) WITH ('connector' = 'changing', 'mode' = '{mode}', 'name' = 's')")


def upserted(changes: list[Change], key: int = 0) -> dict[Any, tuple[Any, ...]]:
    rows: dict[Any, tuple[Any, ...]] = {}
    for kind, row in changes:
        assert kind != "-U"
        if kind == "-D":
            rows.pop(row[key], None)
        else:
            rows[row[key]] = row
    return rows


def physical(session: Session, statement: str) -> str:
    text: str = session.sql(f"EXPLAIN {statement}").fetchall()[0][0]
    return text.split("== Optimized Physical Plan ==\n")[1].split("\n\n==")[0]


def test_the_same_key_needs_no_materialising_and_no_rows_of_before(orders: Session, tables: ChangingTables) -> None:
    sink(orders, "k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED")
    statement = "INSERT INTO s SELECT k, v FROM orders"
    plan = physical(orders, statement)
    assert "upsertMaterialize" not in plan
    assert "DropUpdateBefore" in plan
    orders.sql(statement).wait()
    assert upserted(tables.written["s"]) == {"a": ("a", 2), "c": ("c", 4)}


def test_a_row_that_a_filter_no_longer_lets_pass_is_deleted(orders: Session, tables: ChangingTables) -> None:
    sink(orders, "k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED")
    orders.sql("INSERT INTO s SELECT k, v FROM orders WHERE v <> 2 AND v <> 4").wait()
    assert upserted(tables.written["s"]) == {}


@pytest.mark.parametrize("mode", ["AUTO", "FORCE"])
def test_another_key_is_materialised(orders: Session, tables: ChangingTables, mode: str) -> None:
    sink(orders, "v INT, k STRING, PRIMARY KEY (v) NOT ENFORCED")
    orders.sql(f"SET 'table.exec.sink.upsert-materialize' = '{mode}'")
    statement = "INSERT INTO s SELECT v, k FROM orders"
    plan = physical(orders, statement)
    assert "upsertMaterialize=[true]" in plan.splitlines()[0]
    assert "SinkMaterializer(primaryKey=[v])" in plan
    assert "Exchange(distribution=[hash[v]])" in plan
    orders.sql(statement).wait()
    assert upserted(tables.written["s"]) == {2: (2, "a"), 4: (4, "c")}


def test_materialising_can_be_forced_and_forbidden(orders: Session) -> None:
    sink(orders, "k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED")
    statement = "INSERT INTO s SELECT k, v FROM orders"
    orders.sql("SET 'table.exec.sink.upsert-materialize' = 'FORCE'")
    assert "SinkMaterializer" in physical(orders, statement)
    orders.sql("SET 'table.exec.sink.upsert-materialize' = 'NONE'")
    assert "SinkMaterializer" not in physical(orders, "INSERT INTO s SELECT CAST(v AS STRING), v FROM orders")


@pytest.mark.parametrize("option", ["AUTO", "FORCE"])
def test_a_sink_of_any_changes_gets_them_as_they_are(orders: Session, tables: ChangingTables, option: str) -> None:
    sink(orders, "k STRING, v INT, PRIMARY KEY (v) NOT ENFORCED", "all")
    orders.sql(f"SET 'table.exec.sink.upsert-materialize' = '{option}'")
    statement = "INSERT INTO s SELECT k, v FROM orders"
    assert "SinkMaterializer" not in physical(orders, statement)
    orders.sql(statement).wait()
    assert tables.written["s"] == ORDERS


def test_an_append_only_query_is_never_materialised(orders: Session, tables: ChangingTables) -> None:
    sink(orders, "k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED")
    orders.sql("SET 'table.exec.sink.upsert-materialize' = 'FORCE'")
    statement = "INSERT INTO s VALUES ('x', 1), ('x', 2)"
    assert "SinkMaterializer" not in physical(orders, statement)
    orders.sql(statement).wait()
    assert tables.written["s"] == [("+I", ("x", 1)), ("+I", ("x", 2))]


def test_a_conflict_can_be_refused(orders: Session) -> None:
    sink(orders, "v INT, k STRING, PRIMARY KEY (v) NOT ENFORCED")
    orders.sql("SET 'table.exec.sink.require-on-conflict' = 'true'")
    with pytest.raises(PlanError, match=r"upsert key that differs.*Primary key: \[v\]\. Upsert keys: \[k\]"):
        orders.sql("INSERT INTO s SELECT v, k FROM orders")


def test_a_sink_that_upserts_needs_a_primary_key(orders: Session) -> None:
    sink(orders, "k STRING, v INT")
    with pytest.raises(PlanError, match="takes updates by primary key, but declares none") as raised:
        orders.sql("INSERT INTO s SELECT * FROM orders")
    assert "PRIMARY KEY (...) NOT ENFORCED" in str(raised.value.hint)


@pytest.mark.parametrize(("option", "shuffled"), [("NONE", False), ("AUTO", False), ("FORCE", True)])
def test_rows_can_be_distributed_by_the_sinks_key(orders: Session, option: str, shuffled: bool) -> None:
    sink(orders, "k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED")
    orders.sql(f"SET 'table.exec.sink.keyed-shuffle' = '{option}'")
    plan = physical(orders, "INSERT INTO s SELECT k, v FROM orders")
    assert ("Exchange(distribution=[hash[k]])" in plan) is shuffled


def test_a_null_in_a_key_or_a_not_null_column_fails_or_is_dropped(orders: Session, tables: ChangingTables) -> None:
    sink(orders, "k STRING, v INT NOT NULL, PRIMARY KEY (k) NOT ENFORCED")
    statement = "INSERT INTO s SELECT NULLIF(k, 'a'), NULLIF(v, 4) FROM orders"
    with pytest.raises(SqlStreamError, match=r"Column '.' is NOT NULL, however, a null value"):
        orders.sql(statement).wait()
    tables.written["s"].clear()
    orders.sql("SET 'table.exec.sink.not-null-enforcer' = 'DROP'")
    orders.sql(statement).wait()
    assert set(upserted(tables.written["s"])) <= {"b", "c"}


def test_values_longer_than_declared_are_cut_and_short_ones_padded(orders: Session, tables: ChangingTables) -> None:
    tables.changes = {"texts": [("+I", ("a", "xyz")), ("+I", (None, "b"))]}
    columns = "k CHAR(2), v VARCHAR(1)"
    orders.sql(
        f"CREATE TABLE texts ({columns}) WITH ('connector' = 'changing', 'mode' = 'insert-only', 'name' = 'texts')"
    )
    sink(orders, columns, "insert-only")
    for mode, written in (("IGNORE", ("a", "xyz")), ("TRIM_PAD", ("a ", "x"))):
        tables.written["s"] = []
        orders.sql(f"SET 'table.exec.sink.type-length-enforcer' = '{mode}'")
        orders.sql("INSERT INTO s SELECT * FROM texts").wait()
        assert tables.written["s"] == [("+I", written), ("+I", (None, "b"))]
    orders.sql("SET 'table.exec.sink.type-length-enforcer' = 'ERROR'")
    with pytest.raises(SqlStreamError, match=r"Column 'k' is CHAR\(2\), however, a string of length 1"):
        orders.sql("INSERT INTO s SELECT * FROM texts").wait()
