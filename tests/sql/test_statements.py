"""Every statement of the grammar reads into its dataclass."""

import pytest

from sqlstream.spi.catalog import ComputedColumn, MetadataColumn, PhysicalColumn, WatermarkDefinition
from sqlstream.sql import statements as s
from sqlstream.sql import table_changes as c
from sqlstream.sql.dialect import sql_text
from sqlstream.sql.script import parse_script
from sqlstream.types import logical as t

WATERMARK = WatermarkDefinition("ts", "ts - INTERVAL '5' SECOND")


def one(sql: str) -> s.Statement:
    (parsed,) = parse_script(sql)
    return parsed.statement


def test_create_table_with_every_kind_of_column() -> None:
    statement = one("""
        CREATE TABLE IF NOT EXISTS cat.db.flights (
          id BIGINT COMMENT 'the id',
          `at ``it` TIMESTAMP(3),   -- wall clock; not a time zone
          price DECIMAL(10, 2) NOT NULL,
          cents AS price * 100 COMMENT 'derived',
          offs BIGINT METADATA FROM 'offset' VIRTUAL,
          ts TIMESTAMP_LTZ(3) METADATA,
          WATERMARK FOR ts AS ts - INTERVAL '5' SECOND,
          CONSTRAINT pk PRIMARY KEY (id) NOT ENFORCED
        ) COMMENT 'all flights'
        PARTITIONED BY (id, price)
        WITH ('connector' = 'filesystem', 'path' = 'it''s;here')
    """)
    assert statement == s.CreateTable(
        path=("cat", "db", "flights"),
        columns=(
            PhysicalColumn("id", t.BigIntType(nullable=False), "the id"),
            PhysicalColumn("at `it", t.TimestampType(precision=3)),
            PhysicalColumn("price", t.DecimalType(precision=10, scale=2, nullable=False)),
            ComputedColumn("cents", "price * 100", "derived"),
            MetadataColumn("offs", t.BigIntType(), "offset", True),
            MetadataColumn("ts", t.LocalZonedTimestampType(precision=3)),
        ),
        watermark=WATERMARK,
        primary_key=("id",),
        partition_keys=("id", "price"),
        options={"connector": "filesystem", "path": "it's;here"},
        comment="all flights",
        if_not_exists=True,
    )


def test_computed_columns_keep_their_text_and_types_may_hold_comments() -> None:
    statement = one("CREATE TABLE t (r ROW<a INT, -- first\n b STRING>, c AS  UPPER( r.b )||'x' /* why */)")
    assert isinstance(statement, s.CreateTable)
    fields = (t.RowField("a", t.INT), t.RowField("b", t.STRING))
    assert statement.columns == (
        PhysicalColumn("r", t.RowType(fields=fields)),
        ComputedColumn("c", "UPPER( r.b )||'x'"),
    )


LIKE = s.LikeClause(
    ("b",),
    ((s.LikeStrategy.EXCLUDING, s.LikeFeature.ALL), (s.LikeStrategy.OVERWRITING, s.LikeFeature.OPTIONS)),
)
SCOPE = s.FunctionScope
TEXT_COLUMN = (PhysicalColumn("a", t.STRING),)
STATEMENTS: list[tuple[str, s.Statement]] = [
    ("CREATE TEMPORARY TABLE t (a STRING)", s.CreateTable(("t",), TEXT_COLUMN, temporary=True)),
    (
        "CREATE TABLE t (a INT PRIMARY KEY NOT ENFORCED)",
        s.CreateTable(("t",), (PhysicalColumn("a", t.IntType(nullable=False)),), primary_key=("a",)),
    ),
    ("CREATE TABLE a WITH ('k' = 'v') LIKE b (EXCLUDING ALL OVERWRITING OPTIONS)",
     s.CreateTable(("a",), options={"k": "v"}, like=LIKE)),
    ("CREATE DATABASE IF NOT EXISTS c.d COMMENT 'x' WITH ('k' = 'v')",
     s.CreateDatabase(("c", "d"), {"k": "v"}, "x", if_not_exists=True)),
    ("CREATE CATALOG c WITH ('type' = 'file')", s.CreateCatalog("c", {"type": "file"})),
    ("CREATE FUNCTION IF NOT EXISTS d.f AS 'm.f' LANGUAGE PYTHON",
     s.CreateFunction(("d", "f"), "m.f", if_not_exists=True)),
    ("CREATE TEMPORARY FUNCTION f AS 'm.f' USING FILE 'a.py', JAR 'b.jar'",
     s.CreateFunction(("f",), "m.f", resources=("a.py", "b.jar"), scope=SCOPE.TEMPORARY)),
    ("CREATE TEMPORARY SYSTEM FUNCTION f AS 'm.f' LANGUAGE JAVA",
     s.CreateFunction(("f",), "m.f", "JAVA", scope=SCOPE.TEMPORARY_SYSTEM)),
    ("CREATE MODEL m INPUT (a STRING) OUTPUT (a STRING) WITH ('provider' = 'p')",
     s.CreateModel(("m",), TEXT_COLUMN, TEXT_COLUMN, {"provider": "p"})),
    ("DROP TABLE IF EXISTS a.b.c", s.DropTable(("a", "b", "c"), if_exists=True)),
    ("DROP TEMPORARY TABLE t", s.DropTable(("t",), temporary=True)),
    ("DROP VIEW v", s.DropView(("v",))),
    ("DROP TEMPORARY VIEW IF EXISTS v", s.DropView(("v",), temporary=True, if_exists=True)),
    ("DROP DATABASE d", s.DropDatabase(("d",))),
    ("DROP DATABASE IF EXISTS d CASCADE", s.DropDatabase(("d",), if_exists=True, cascade=True)),
    ("DROP DATABASE d RESTRICT", s.DropDatabase(("d",))),
    ("DROP CATALOG IF EXISTS c", s.DropCatalog("c", if_exists=True)),
    ("DROP FUNCTION f", s.DropFunction(("f",))),
    ("DROP TEMPORARY FUNCTION f", s.DropFunction(("f",), SCOPE.TEMPORARY)),
    ("DROP TEMPORARY SYSTEM FUNCTION IF EXISTS f", s.DropFunction(("f",), SCOPE.TEMPORARY_SYSTEM, if_exists=True)),
    ("DROP MODEL m", s.DropModel(("m",))),
    ("TRUNCATE TABLE t", s.TruncateTable(("t",))),
    ("ALTER TABLE IF EXISTS t RENAME TO d.u", s.RenameTable(("t",), ("d", "u"), if_exists=True)),
    ("ALTER TABLE t RENAME a TO b", s.AlterTable(("t",), (c.RenameColumn("a", "b"),))),
    ("ALTER TABLE t SET ('k' = 'v')", s.AlterTable(("t",), (c.SetOptions({"k": "v"}),))),
    ("ALTER TABLE t RESET ('k', 'l')", s.AlterTable(("t",), (c.ResetOptions(("k", "l")),))),
    ("ALTER TABLE t ADD a STRING", s.AlterTable(("t",), (c.AddColumn(TEXT_COLUMN[0]),))),
    (
        "ALTER TABLE t ADD (a STRING FIRST, b AS a || 'x' AFTER a, PRIMARY KEY (a) NOT ENFORCED, "
        "WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)",
        s.AlterTable(
            ("t",),
            (
                c.AddColumn(TEXT_COLUMN[0], c.ColumnPlace(None)),
                c.AddColumn(ComputedColumn("b", "a || 'x'"), c.ColumnPlace("a")),
                c.AddPrimaryKey(("a",)),
                c.AddWatermark(WATERMARK),
            ),
        ),
    ),
    ("ALTER TABLE t MODIFY a STRING AFTER b",
     s.AlterTable(("t",), (c.ModifyColumn(TEXT_COLUMN[0], c.ColumnPlace("b")),))),
    ("ALTER TABLE t MODIFY WATERMARK FOR ts AS ts - INTERVAL '5' SECOND",
     s.AlterTable(("t",), (c.ModifyWatermark(WATERMARK),))),
    ("ALTER TABLE t MODIFY PRIMARY KEY (a) NOT ENFORCED", s.AlterTable(("t",), (c.ModifyPrimaryKey(("a",)),))),
    ("ALTER TABLE t DROP a", s.AlterTable(("t",), (c.DropColumns(("a",)),))),
    ("ALTER TABLE t DROP (a, b)", s.AlterTable(("t",), (c.DropColumns(("a", "b")),))),
    ("ALTER TABLE t DROP PRIMARY KEY", s.AlterTable(("t",), (c.DropPrimaryKey(),))),
    ("ALTER TABLE t DROP WATERMARK", s.AlterTable(("t",), (c.DropWatermark(),))),
    ("ALTER VIEW v RENAME TO w", s.RenameView(("v",), ("w",))),
    ("ALTER DATABASE d SET ('k' = 'v')", s.AlterDatabase(("d",), {"k": "v"})),
    ("ALTER CATALOG c SET ('k' = 'v')", s.AlterCatalog("c", {"k": "v"})),
    ("ALTER CATALOG c RESET ('k')", s.AlterCatalog("c", reset_keys=("k",))),
    ("ALTER CATALOG c COMMENT 'x'", s.AlterCatalog("c", comment="x")),
    ("ALTER FUNCTION f AS 'm.g'", s.AlterFunction(("f",), "m.g")),
    ("ALTER TEMPORARY SYSTEM FUNCTION IF EXISTS f AS 'm.g' LANGUAGE PYTHON",
     s.AlterFunction(("f",), "m.g", scope=SCOPE.TEMPORARY_SYSTEM, if_exists=True)),
    ("ALTER MODEL m SET ('k' = 'v')", s.AlterModel(("m",), {"k": "v"})),
    ("ALTER MODEL m RESET ('k')", s.AlterModel(("m",), reset_keys=("k",))),
    ("ALTER MODEL IF EXISTS m RENAME TO n", s.RenameModel(("m",), ("n",), if_exists=True)),
    ("DESCRIBE t", s.Describe(("t",))),
    ("DESC EXTENDED d.t", s.Describe(("d", "t"), extended=True)),
    ("DESCRIBE DATABASE EXTENDED d", s.Describe(("d",), s.DescribeKind.DATABASE, extended=True)),
    ("DESCRIBE CATALOG c", s.Describe(("c",), s.DescribeKind.CATALOG)),
    ("DESCRIBE FUNCTION f", s.Describe(("f",), s.DescribeKind.FUNCTION)),
    ("DESCRIBE MODEL m", s.Describe(("m",), s.DescribeKind.MODEL)),
    ("DESCRIBE JOB 'ab'", s.DescribeJob("ab")),
    ("SHOW CATALOGS", s.Show(s.ShowKind.CATALOGS)),
    ("SHOW CURRENT CATALOG", s.Show(s.ShowKind.CURRENT_CATALOG)),
    ("SHOW DATABASES IN c", s.Show(s.ShowKind.DATABASES, ("c",))),
    ("SHOW CURRENT DATABASE", s.Show(s.ShowKind.CURRENT_DATABASE)),
    ("show tables", s.Show(s.ShowKind.TABLES)),
    ("SHOW TABLES FROM c.d NOT LIKE 'x%'",
     s.Show(s.ShowKind.TABLES, ("c", "d"), s.NamePattern("x%", negated=True))),
    ("SHOW VIEWS ILIKE 'x'", s.Show(s.ShowKind.VIEWS, (), s.NamePattern("x", ignore_case=True))),
    ("SHOW FUNCTIONS LIKE 'x'", s.Show(s.ShowKind.FUNCTIONS, (), s.NamePattern("x"))),
    ("SHOW USER FUNCTIONS", s.Show(s.ShowKind.USER_FUNCTIONS)),
    ("SHOW MODULES", s.Show(s.ShowKind.MODULES)),
    ("SHOW FULL MODULES", s.Show(s.ShowKind.FULL_MODULES)),
    ("SHOW MODELS", s.Show(s.ShowKind.MODELS)),
    ("SHOW JOBS", s.Show(s.ShowKind.JOBS)),
    ("SHOW COLUMNS FROM t LIKE 'x'", s.ShowColumns(("t",), s.NamePattern("x"))),
    ("SHOW PARTITIONS t", s.ShowPartitions(("t",))),
    ("SHOW CREATE TABLE d.t", s.ShowCreate(s.CreateKind.TABLE, ("d", "t"))),
    ("SHOW CREATE VIEW v", s.ShowCreate(s.CreateKind.VIEW, ("v",))),
    ("USE CATALOG c", s.UseCatalog("c")),
    ("USE c.d", s.UseDatabase(("c", "d"))),
    ("USE MODULES a, b", s.UseModules(("a", "b"))),
    ("LOAD MODULE m WITH ('k' = 'v')", s.LoadModule("m", {"k": "v"})),
    ("UNLOAD MODULE m", s.UnloadModule("m")),
    ("SET", s.ShowOptions()),
    ("SET 'parallelism.default' = '2'", s.SetOption("parallelism.default", "2")),
    ("RESET", s.ResetOption()),
    ("RESET 'k'", s.ResetOption("k")),
    ("STOP JOB 'ab'", s.StopJob("ab")),
    ("STOP JOB 'ab' WITH SAVEPOINT WITH DRAIN", s.StopJob("ab", with_savepoint=True, with_drain=True)),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "expected"), STATEMENTS, ids=[sql for sql, _ in STATEMENTS])
def test_statement(sql: str, expected: s.Statement) -> None:
    assert one(sql) == expected


def test_a_view_keeps_the_text_of_its_query() -> None:
    statement = one("CREATE TEMPORARY VIEW IF NOT EXISTS v (a, b) COMMENT 'c' AS SELECT  1 /* one */, x FROM t ")
    assert isinstance(statement, s.CreateView)
    assert statement.query_text == "SELECT  1 /* one */, x FROM t"
    assert (statement.column_names, statement.comment) == (("a", "b"), "c")
    assert statement.temporary and statement.if_not_exists
    altered = one("ALTER VIEW v AS SELECT 2")
    assert isinstance(altered, s.AlterView) and altered.query_text == "SELECT 2"


def test_create_table_as_may_name_its_columns() -> None:
    statement = one("CREATE OR REPLACE TABLE t (b, a) WITH ('k' = 'v') AS SELECT a, b FROM u")
    assert isinstance(statement, s.CreateTable) and statement.query is not None
    assert statement.or_replace and statement.column_order == ("b", "a")
    assert sql_text(statement.query) == "SELECT a, b FROM u"


def test_insert_reads_target_hint_partition_and_columns() -> None:
    statement = one("INSERT INTO c.d.t /*+ OPTIONS('a' = 'b') */ PARTITION (day = '1', n = 2) (x, `y`) SELECT 1, 2")
    assert isinstance(statement, s.Insert)
    assert statement.path == ("c", "d", "t")
    assert statement.options == {"a": "b"}
    assert [(name, value.name) for name, value in statement.partition] == [("day", "1"), ("n", "2")]
    assert [column.name for column in statement.columns] == ["x", "y"]
    assert not statement.overwrite


@pytest.mark.parametrize(
    "query", ["VALUES (1, 2)", "(SELECT 1)", "WITH x AS (SELECT 1 AS a) SELECT * FROM x", "TABLE u", "SELECT 1"]
)
def test_insert_takes_any_query(query: str) -> None:
    statement = one(f"INSERT OVERWRITE t {query}")
    assert isinstance(statement, s.Insert) and statement.overwrite and statement.columns == ()


@pytest.mark.parametrize(
    "sql",
    [
        "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT CASE WHEN x THEN 1 END FROM t; END",
        "BEGIN STATEMENT SET; INSERT INTO a SELECT 1; INSERT INTO b SELECT 1; END",
    ],
)
def test_statement_sets(sql: str) -> None:
    statement = one(sql)
    assert isinstance(statement, s.StatementSet)
    assert [insert.path for insert in statement.inserts] == [("a",), ("b",)]


def test_execute_runs_one_statement() -> None:
    assert isinstance(one("EXECUTE INSERT INTO a SELECT 1"), s.Insert)
    assert isinstance(one("EXECUTE SELECT 1"), s.Query)


EXPLAINED: list[tuple[str, type, tuple[str, ...]]] = [
    ("EXPLAIN SELECT 1", s.Query, ()),
    ("EXPLAIN PLAN FOR INSERT INTO t SELECT 1", s.Insert, ()),
    ("EXPLAIN ESTIMATED_COST, CHANGELOG_MODE VALUES (1)", s.Query, ("ESTIMATED_COST", "CHANGELOG_MODE")),
    ("EXPLAIN JSON_EXECUTION_PLAN INSERT INTO t SELECT 1", s.Insert, ("JSON_EXECUTION_PLAN",)),
    ("EXPLAIN STATEMENT SET BEGIN INSERT INTO t SELECT 1; END", s.StatementSet, ()),
    ("EXPLAIN CREATE TABLE t AS SELECT 1 AS a", s.CreateTable, ()),
]


@pytest.mark.parametrize(("sql", "kind", "details"), EXPLAINED, ids=[sql for sql, *_ in EXPLAINED])
def test_explain(sql: str, kind: type, details: tuple[str, ...]) -> None:
    statement = one(sql)
    assert isinstance(statement, s.Explain)
    assert isinstance(statement.statement, kind)
    assert tuple(detail.value for detail in statement.details) == details
