"""The same driver and dialect against a SQL gateway of Apache Flink itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

import sqlstream.dbapi
from sqlstream.dbapi import Connection, Null, ProgrammingError
from tests.dbapi.test_literals import VALUES
from tests.flink_sql_gateway import flink_sql_gateway

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with flink_sql_gateway(tmp_path_factory.mktemp("flink")) as url:
        yield url


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    with sqlstream.dbapi.connect(url=url) as connection:
        yield connection


@pytest.fixture
def stored(tmp_path: Path) -> str:
    return f"WITH ('connector' = 'filesystem', 'path' = '{tmp_path}', 'format' = 'json')"


def test_ddl_an_insert_and_a_query(connection: Connection, stored: str) -> None:
    cursor = connection.cursor()
    cursor.execute(f"CREATE TABLE written (n INT, s STRING, d DECIMAL(10, 2)) {stored}")
    assert cursor.description is None
    rows = [(1, "it's ?", Decimal("1.50")), (2, Null("STRING"), Decimal("-2.00"))]
    cursor.executemany("INSERT INTO written VALUES (?, ?, ?)", rows)
    assert cursor.job_id is not None
    cursor.execute("SELECT * FROM written ORDER BY n")
    assert cursor.fetchone() == (1, "it's ?", Decimal("1.50"))
    assert cursor.fetch_arrow_table().to_pylist() == [{"n": 2, "s": None, "d": Decimal("-2.00")}]


def test_values_come_back_equal(connection: Connection) -> None:
    cursor = connection.cursor().execute(f"SELECT {', '.join('?' * len(VALUES))}", VALUES)
    assert list(cursor.fetchone() or ()) == VALUES


def test_instants_in_a_session_of_any_zone(url: str) -> None:
    instant = dt.datetime(2024, 7, 1, 12, tzinfo=dt.UTC)
    with sqlstream.dbapi.connect(url=url, properties={"table.local-time-zone": "Asia/Tokyo"}) as connection:
        assert connection.cursor().execute("SELECT ?", [instant]).fetchone() == (instant,)


def test_a_changelog(url: str) -> None:
    properties = {"execution.runtime-mode": "streaming", "parallelism.default": "1"}
    with sqlstream.dbapi.connect(url=url, properties=properties, changelog=True) as connection:
        cursor = connection.cursor().execute("SELECT COUNT(*) FROM (VALUES (1), (2)) AS t(n)")
        assert [repr(row) for row in cursor] == ["+I(1,)", "-U(1,)", "+U(2,)"]


def test_wrong_sql(connection: Connection) -> None:
    with pytest.raises(ProgrammingError, match="Object 'missing' not found"):
        connection.cursor().execute("SELECT * FROM missing")


def test_sqlalchemy_and_pandas(url: str, stored: str) -> None:
    engine = sa.create_engine(f"sqlstream://{url.partition('://')[2]}/default_catalog/default_database")
    with engine.connect() as connection:
        connection.execute(
            sa.text(
                f"CREATE TABLE t (n INT NOT NULL COMMENT 'it''s n', s STRING, PRIMARY KEY (n) NOT ENFORCED) {stored}"
            )
        )
        pd.DataFrame({"n": [1, 2], "s": ["a", None]}).to_sql("t", connection, if_exists="append", index=False)
        read = pd.read_sql("SELECT * FROM t ORDER BY n", connection)
        assert read["n"].tolist() == [1, 2]
        assert read["s"].isna().tolist() == [False, True]
        table = sa.Table("t", sa.MetaData(), autoload_with=connection)
        assert table.c.n.comment == "it's n"
        assert table.primary_key.columns.keys() == ["n"]
        assert connection.scalars(sa.select(table.c.n).where(table.c.n.in_([]))).all() == []
    engine.dispose()
