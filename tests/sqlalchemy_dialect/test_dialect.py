"""The dialect against a gateway: rows both ways, inspection, pandas, and what is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from sqlstream.gateway.server import SqlGateway
from sqlstream.sqlalchemy.types import INTERVAL, MAP, ROW, TIMESTAMP, TINYINT

COLUMNS: list[tuple[str, Any, Any]] = [
    ("id", sa.Integer(), 1),
    ("odd `name", sa.String(20), "it's ? :x"),
    ("price", sa.Numeric(10, 2), Decimal("1.50")),
    ("at", sa.DateTime(), dt.datetime(2024, 1, 2, 3, 4, 5, 678901)),
    ("day", sa.Date(), dt.date(2024, 1, 2)),
    ("clock", sa.Time(), dt.time(1, 2, 3, 4000)),
    ("ok", sa.Boolean(), True),
    ("ratio", sa.Float(), 0.1),
    ("data", sa.LargeBinary(), b"\x00\xff"),
    ("many", sa.ARRAY(sa.Integer()), [1, 2]),
    ("named", MAP(sa.String(), sa.BigInteger()), {"a": 1}),
    ("nested", ROW(("x", sa.Integer()), ("y", sa.Text())), {"x": 1, "y": "z"}),
]
ROW_OF_VALUES = {name: (1, "z") if name == "nested" else value for name, _, value in COLUMNS}
ROW_OF_NULLS = {name: 2 if name == "id" else None for name, _, _ in COLUMNS}


@pytest.fixture
def orders(connection: sa.Connection, stored: dict[str, str]) -> sa.Table:
    """A table of every kind of column, with its comments, created in the connection's session."""
    table = sa.Table(
        "orders",
        sa.MetaData(),
        *(
            sa.Column(name, type_, primary_key=name == "id", comment="it's: odd" if name == "odd `name" else None)
            for name, type_, _ in COLUMNS
        ),
        comment="all 'orders'",
        sqlstream_with=stored,
    )
    table.create(connection)
    return table


def test_rows_of_every_type_come_back_equal(connection: sa.Connection, orders: sa.Table) -> None:
    connection.execute(orders.insert(), [ROW_OF_VALUES, ROW_OF_NULLS])
    rows = connection.execute(orders.select().order_by(orders.c.id)).all()
    assert rows == [tuple(value for _, _, value in COLUMNS), (2, *[None] * (len(COLUMNS) - 1))]


def test_expressions_mean_the_same_here_and_there(connection: sa.Connection, orders: sa.Table) -> None:
    connection.execute(orders.insert(), [{"id": n, "price": n} for n in range(1, 6)])
    ids = sa.select(orders.c.id).order_by(orders.c.id)
    cases: list[tuple[Any, list[int]]] = [
        (ids.limit(2), [1, 2]),
        (ids.limit(2).offset(3), [4, 5]),
        (ids.offset(4), [5]),
        (ids.where(orders.c.id.in_([2, 9])), [2]),
        (ids.where(orders.c.id.in_([])), []),
        (ids.where(orders.c.id.not_in([])), [1, 2, 3, 4, 5]),
        (ids.where(orders.c.id != 3).where(orders.c.id % 2 == 1), [1, 5]),
        (ids.where(orders.c.price > Decimal("3.5")), [4, 5]),
        (ids.where(sa.cast(orders.c.id, sa.String).regexp_match("[12]")), [1, 2]),
        (ids.where(orders.c["odd `name"].is_(None), orders.c.id.between(2, 3)), [2, 3]),
        (sa.select(sa.func.count()).select_from(orders), [5]),
        (sa.select(sa.func.sum(orders.c.id)).where(sa.true()), [15]),
    ]
    assert [connection.scalars(query).all() for query, _ in cases] == [expected for _, expected in cases]


def test_values_are_cast_concatenated_and_taken_apart(connection: sa.Connection) -> None:
    query = sa.select(
        sa.cast(sa.literal("5"), sa.Integer),
        sa.literal("a") + "b",
        sa.extract("year", sa.literal(dt.date(2024, 1, 1))),
        sa.literal(dt.timedelta(days=-1, seconds=5)),
        sa.literal(None, sa.Integer),
    )
    assert connection.execute(query).one() == (5, "ab", 2024, dt.timedelta(days=-1, seconds=5), None)


def test_inspection(connection: sa.Connection, orders: sa.Table) -> None:
    connection.execute(sa.text("CREATE VIEW cheap COMMENT 'a view' AS SELECT id FROM orders WHERE price < 2"))
    inspector = sa.inspect(connection)
    assert inspector.default_schema_name == "default_database"
    assert inspector.get_schema_names() == ["default_database"]
    assert inspector.get_table_names() == ["orders"]
    assert inspector.get_view_names() == ["cheap"]
    assert inspector.has_table("cheap", schema="default_catalog.default_database")
    assert not inspector.has_table("orders", schema="elsewhere")
    assert inspector.has_schema("default_catalog.default_database")
    assert inspector.get_pk_constraint("orders")["constrained_columns"] == ["id"]
    assert inspector.get_table_comment("orders") == {"text": "all 'orders'"}
    assert inspector.get_table_comment("cheap") == {"text": "a view"}
    assert inspector.get_view_definition("cheap") == "SELECT id FROM orders WHERE price < 2"
    assert inspector.get_foreign_keys("orders") == inspector.get_indexes("orders") == []
    with pytest.raises(sa.exc.NoSuchTableError):
        inspector.get_columns("nothing")


def test_reflected_columns_have_types_nullability_and_comments(connection: sa.Connection, orders: sa.Table) -> None:
    columns = sa.inspect(connection).get_columns("orders")
    dialect = connection.dialect
    assert [(column["name"], column["type"].compile(dialect)) for column in columns] == [
        (column.name, column.type.compile(dialect)) for column in orders.columns
    ]
    assert [column["nullable"] for column in columns] == [False, *[True] * (len(COLUMNS) - 1)]
    assert {column["comment"] for column in columns} == {None, "it's: odd"}


def test_types_keep_their_parameters(connection: sa.Connection, stored: dict[str, str]) -> None:
    connection.execute(
        sa.text(
            r"CREATE TABLE typed (a TINYINT NOT NULL, b TIMESTAMP_LTZ(3), c CHAR(4), d BYTES, e FLOAT, "
            r"f ARRAY<ROW<`x y` DECIMAL(9, 3), z MAP<STRING, DATE>>>, g AS a + 1) WITH ("
            + ", ".join(f"'{key}' = '{value}'" for key, value in stored.items())
            + ")"
        )
    )
    table = sa.Table("typed", sa.MetaData(), autoload_with=connection)
    assert [column.type.compile(connection.dialect) for column in table.columns] == [
        "TINYINT",
        "TIMESTAMP_LTZ(3)",
        "CHAR(4)",
        "BYTES",
        "FLOAT",
        "ARRAY<ROW<`x y` DECIMAL(9, 3), `z` MAP<STRING, DATE>>>",
        "INTEGER",
    ]
    assert isinstance(table.c.a.type, TINYINT)
    assert isinstance(table.c.b.type, TIMESTAMP) and table.c.b.type.timezone
    assert table.c.g.computed is not None
    connection.execute(table.insert(), {"a": 1, "c": "abcd", "e": 0.5})
    assert connection.execute(sa.select(table.c.a, table.c.c, table.c.e, table.c.g)).one() == (1, "abcd", 0.5, 2)


def test_pandas_reads_and_appends(connection: sa.Connection, orders: sa.Table) -> None:
    frame = pd.DataFrame({"id": [1, 2, 3], "price": [1.5, None, 3.5], "ok": [True, False, True]})
    frame.to_sql("orders", connection, if_exists="append", index=False)
    read = pd.read_sql("SELECT id, CAST(price AS DOUBLE) AS price, ok FROM orders ORDER BY id", connection)
    pd.testing.assert_frame_equal(read, frame, check_dtype=False)
    assert pd.read_sql(sa.select(orders.c.id).where(orders.c.id > 1).order_by("id"), connection)["id"].tolist() == [
        2,
        3,
    ]
    assert pd.read_sql_query("SELECT id FROM orders WHERE id = ?", connection, params=(2,))["id"].tolist() == [2]
    assert sorted(pd.read_sql_table("orders", connection)["id"]) == [1, 2, 3]


def test_a_database_is_a_schema(connection: sa.Connection, stored: dict[str, str]) -> None:
    connection.execute(sa.schema.CreateSchema("sales"))
    table = sa.Table("t", sa.MetaData(), sa.Column("n", sa.Integer), schema="sales", sqlstream_with=stored)
    table.create(connection)
    connection.execute(table.insert(), {"n": 1})
    assert connection.scalars(sa.select(table.c.n)).all() == [1]
    inspector = sa.inspect(connection)
    assert inspector.get_table_names() == []
    assert inspector.get_table_names("sales") == ["t"]
    assert sa.Table("t", sa.MetaData(), autoload_with=connection, schema="default_catalog.sales").c.keys() == ["n"]
    connection.execute(sa.schema.DropSchema("sales", cascade=True))
    assert not sa.inspect(connection).has_schema("sales")


def test_there_are_no_transactions(connection: sa.Connection, orders: sa.Table) -> None:
    connection.execute(orders.insert(), {"id": 1})
    connection.rollback()
    assert connection.scalar(sa.select(sa.func.count()).select_from(orders)) == 1
    assert connection.get_isolation_level() == "AUTOCOMMIT"


def test_wrong_sql_is_a_programming_error_that_points_at_the_place(connection: sa.Connection) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match=r"missing(.|\n)*\^\^\^\^\^\^\^"):
        connection.execute(sa.text("SELECT missing FROM (VALUES (1)) AS t(n)"))


def test_a_session_that_was_dropped_is_replaced_from_the_pool(gateway: SqlGateway) -> None:
    engine = sa.create_engine(f"sqlstream://localhost:{gateway.port}", pool_pre_ping=True, pool_size=1)
    with engine.connect() as connection:
        handle = connection.connection.dbapi_connection.session_handle  # type: ignore[union-attr]
    gateway.sessions.close_session(handle)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
        assert connection.connection.dbapi_connection.session_handle != handle  # type: ignore[union-attr]
    engine.dispose()


def test_every_session_of_a_pool_begins_alike(gateway: SqlGateway, stored: dict[str, str]) -> None:
    init = [f"CREATE CATALOG files WITH ('type' = 'file', 'path' = '{stored['path']}')"]
    url = f"sqlstream://localhost:{gateway.port}/files?table.local-time-zone=Asia/Tokyo&statement_timeout=100"
    engine = sa.create_engine(url, connect_args={"init": init}, pool_size=2)
    with engine.connect() as one, engine.connect() as other:
        for connection in (one, other):
            assert connection.scalar(sa.text("SHOW CURRENT CATALOG")) == "files"
            options = dict(tuple(row) for row in connection.execute(sa.text("SET")))
            assert options["table.local-time-zone"] == "Asia/Tokyo"
    engine.dispose()


def test_streaming_rows_come_one_by_one(gateway: SqlGateway) -> None:
    engine = sa.create_engine(f"sqlstream://localhost:{gateway.port}?execution.runtime-mode=streaming")
    with engine.connect() as connection:
        connection.execute(
            sa.text("CREATE TABLE ticks (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100')")
        )
        with connection.execute(sa.text("SELECT n FROM ticks")) as result:
            assert len(result.fetchmany(10)) == 10
    engine.dispose()


def test_intervals_are_native(connection: sa.Connection) -> None:
    assert isinstance(sa.Interval().dialect_impl(connection.dialect), INTERVAL)
