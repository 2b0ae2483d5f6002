"""The SQL that is written, and the URLs that are read, without a gateway."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from sqlstream.sqlalchemy.dialect import SqlstreamDialect
from sqlstream.sqlalchemy.types import MULTISET, YearMonthInterval

DIALECT = SqlstreamDialect()


def compiled(element: Any, **options: Any) -> str:
    return " ".join(str(element.compile(dialect=DIALECT, **options)).split())


def test_the_entry_point_is_found() -> None:
    assert isinstance(sa.make_url("sqlstream://").get_dialect()(), SqlstreamDialect)


@pytest.mark.parametrize(
    ("url", "arguments"),
    [
        ("sqlstream://", {"url": "http://localhost:8083", "catalog": None, "database": None, "properties": {}}),
        (
            "sqlstream://gw:1234/cat/db?execution.runtime-mode=streaming&statement_timeout=5&tls=true",
            {
                "url": "https://gw:1234",
                "catalog": "cat",
                "database": "db",
                "statement_timeout": 5.0,
                "properties": {"execution.runtime-mode": "streaming"},
            },
        ),
        (
            "sqlstream://me:se%40cret@gw/cat?init=USE+CATALOG+a&init=SHOW+TABLES",
            {
                "url": "http://gw:8083",
                "catalog": "cat",
                "database": None,
                "init": ("USE CATALOG a", "SHOW TABLES"),
                "headers": {"Authorization": "Basic bWU6c2VAY3JldA=="},
                "properties": {},
            },
        ),
    ],
)
def test_a_url_is_a_gateway_a_catalog_a_database_and_options(url: str, arguments: dict[str, Any]) -> None:
    assert DIALECT.create_connect_args(sa.make_url(url)) == ([], arguments)


def test_a_url_with_a_wrong_number_is_refused() -> None:
    with pytest.raises(sa.exc.ArgumentError, match="'soon' is no value for timeout"):
        DIALECT.create_connect_args(sa.make_url("sqlstream://?timeout=soon"))


def test_names_are_always_quoted() -> None:
    table = sa.table("o`dd", sa.column("select"), schema="cat.db")
    assert compiled(sa.select(table.c.select)) == "SELECT `cat`.`db`.`o``dd`.`select` FROM `cat`.`db`.`o``dd`"


def test_literals_are_written_as_the_driver_writes_them() -> None:
    column = sa.column("c")
    conditions = sa.and_(
        column == "it's", column != dt.date(2024, 1, 1), column < dt.datetime(2024, 1, 1), column == b"\x01"
    )
    assert compiled(conditions, compile_kwargs={"literal_binds": True}) == (
        "`c` = 'it''s' AND `c` <> DATE '2024-01-01' AND `c` < TIMESTAMP '2024-01-01 00:00:00.000000' AND `c` = X'01'"
    )


def test_a_table_with_all_that_flink_has() -> None:
    table = sa.Table(
        "t",
        sa.MetaData(),
        sa.Column("a", sa.Integer, primary_key=True, comment="it's a"),
        sa.Column("b", sa.DateTime(timezone=True), nullable=False),
        sa.Column("c", sa.Integer, sa.Computed("`a` + 1")),
        comment="it's t",
        sqlstream_partitioned_by=["a"],
        sqlstream_with={"connector": "filesystem", "path": "/it's"},
    )
    assert compiled(CreateTable(table)) == (
        "CREATE TABLE `t` ( `a` INTEGER NOT NULL COMMENT 'it''s a', `b` TIMESTAMP_LTZ(6) NOT NULL, `c` AS `a` + 1, "
        "PRIMARY KEY (`a`) NOT ENFORCED ) COMMENT 'it''s t' PARTITIONED BY (`a`) "
        "WITH ('connector' = 'filesystem', 'path' = '/it''s')"
    )


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (sa.Column("b", sa.Integer, server_default="1"), "server default"),
        (sa.Column("b", sa.Integer, unique=True), "unique constraint"),
        (sa.Column("b", sa.ForeignKey("u.a")), "foreign key"),
        (sa.Column("b", sa.Integer, sa.CheckConstraint("b > 0")), "check"),
    ],
)
def test_what_a_stream_has_not_is_refused(column: sa.Column[Any], reason: str) -> None:
    metadata = sa.MetaData()
    sa.Table("u", metadata, sa.Column("a", sa.Integer))
    with pytest.raises(sa.exc.CompileError, match=reason):
        compiled(CreateTable(sa.Table("t", metadata, column)))


def test_an_index_is_refused() -> None:
    table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer))
    with pytest.raises(sa.exc.CompileError, match="index"):
        compiled(CreateIndex(sa.Index("i", table.c.a)))


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (sa.Text(), "STRING"),
        (sa.String(), "STRING"),
        (sa.Unicode(5), "VARCHAR(5)"),
        (sa.CHAR(), "CHAR(1)"),
        (sa.LargeBinary(), "BYTES"),
        (sa.VARBINARY(5), "VARBINARY(5)"),
        (sa.BINARY(5), "BINARY(5)"),
        (sa.Float(), "DOUBLE"),
        (sa.Float(53), "DOUBLE"),
        (sa.REAL(), "FLOAT"),
        (sa.Double(), "DOUBLE"),
        (sa.Numeric(), "DECIMAL(38, 18)"),
        (sa.Numeric(5), "DECIMAL(5, 0)"),
        (sa.DateTime(), "TIMESTAMP(6)"),
        (sa.Time(), "TIME(3)"),
        (sa.Interval(), "INTERVAL DAY TO SECOND(3)"),
        (YearMonthInterval(), "INTERVAL YEAR TO MONTH"),
        (sa.JSON(), "STRING"),
        (sa.Uuid(), "CHAR(32)"),
        (sa.Enum("a", "bcd", name="e", native_enum=False), "VARCHAR(3)"),
        (sa.ARRAY(sa.Integer, dimensions=2), "ARRAY<ARRAY<INTEGER>>"),
        (MULTISET(sa.String()), "MULTISET<STRING>"),
    ],
)
def test_types(type_: sa.types.TypeEngine[Any], text: str) -> None:
    assert type_.compile(dialect=DIALECT) == text
