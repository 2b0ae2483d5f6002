"""Queries: what is written is what the tree says, and printing a tree gives the same tree again."""

import pytest
import sqlglot
from sqlglot import exp

from sqlstream.errors import SqlError
from sqlstream.sql.data_types import logical_type
from sqlstream.sql.dialect import sql_text
from sqlstream.sql.hints import table_options
from sqlstream.sql.nodes import TableArgument, TemporalLiteral
from sqlstream.sql.script import parse_expression, parse_query
from sqlstream.sql.units import interval_value
from sqlstream.types import logical as t

UNCHANGED = """
SELECT k, COUNT(*) FROM (VALUES (1), (2), (2)) AS t(k) GROUP BY k
SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' MINUTE)) AS w WHERE w.x > 1
SELECT * FROM TABLE(HOP(DATA => TABLE a.b.t, TIMECOL => DESCRIPTOR(ts), SLIDE => INTERVAL '5' MINUTE, OFFSET => x))
SELECT * FROM TABLE(SESSION(TABLE t PARTITION BY (a, b), DESCRIPTOR(ts), INTERVAL '10' MINUTE))
SELECT * FROM TABLE(TUMBLE((SELECT * FROM x), DESCRIPTOR(ts), INTERVAL '1' DAY))
SELECT INTERVAL '1:10' HOUR TO MINUTE, INTERVAL '1-2' YEAR TO MONTH, DATE '2020-01-02', TIME '10:11:12.123', X'AB'
SELECT ARRAY[1, 2][1], MAP['a', 1]['a'], ROW(1, 'x'), a.b.c, t['key'], ARRAY[ARRAY[1]], MAP[]
SELECT COUNT(*) FILTER(WHERE a > 1), COUNT(DISTINCT x), SUM(DISTINCT x) FILTER(WHERE b) AS s FROM t
SELECT a IS DISTINCT FROM b, a IS NOT DISTINCT FROM b, a IS FALSE, a IS TRUE, a IS NULL
SELECT a SIMILAR TO 'x%', a LIKE 'b!%' ESCAPE '!', a IN (1, 2), a BETWEEN SYMMETRIC 1 AND 2
SELECT CASE WHEN a THEN 1 ELSE 2 END, CASE a WHEN 1 THEN 'x' END, TRY_CAST(b AS ROW<`a` INT, `b` STRING NOT NULL>)
SELECT EXTRACT(DAY FROM ts), TIMESTAMPADD(DAY, 1, ts), TIMESTAMPDIFF(SECOND, a, b), FLOOR(ts TO DAY), FLOOR(1.5)
SELECT SUBSTRING(a, 1, 2), TRIM(BOTH 'x' FROM y), TRIM(y), POSITION('a' IN b), OVERLAY(a PLACING b FROM 1 FOR 2)
SELECT * FROM a LEFT JOIN b /*+ OPTIONS('k' = 'v') */ FOR SYSTEM_TIME AS OF a.ts AS r ON a.id = r.id
SELECT * FROM t, LATERAL TABLE(f(t.x)) AS s(a, b)
SELECT * FROM t LEFT JOIN LATERAL TABLE(f(t.x)) AS s(a, b) ON TRUE
SELECT * FROM t CROSS JOIN UNNEST(t.arr) AS u(x)
SELECT a, SUM(b) OVER (PARTITION BY c ORDER BY d RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW) FROM t
SELECT a, SUM(b) OVER w FROM t WINDOW w AS (PARTITION BY c ORDER BY d ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
SELECT /*+ BROADCAST(t1) */ a FROM t1 EXCEPT (SELECT 1 INTERSECT ALL SELECT 2)
SELECT CURRENT_TIMESTAMP, LOCALTIME, NOW(), IF(a, 1, 2), LEFT(s, 3), LOG2(3), `my f`(1), cat.db.f(1)
SELECT t.*, `weird ``name`, 'it''s', 'a\\nb' FROM `cat`.`db`.`t` AS t
SELECT a FROM t GROUP BY GROUPING SETS ((a), (a, b), ()), CUBE (a, b), ROLLUP (a)
SELECT 1 + 2 * 3 % 4, -a, 'x' || 'y' || 1, NOT a AND b OR c, a <> b
SELECT date, timestamp, `time`, year, value, json, first FROM t AS result
SELECT * FROM t NATURAL JOIN u FULL OUTER JOIN v USING (a) CROSS JOIN w
WITH x AS (SELECT 1 AS a), y(b) AS (SELECT 2) SELECT * FROM x, y
SELECT DISTINCT a FROM t ORDER BY a DESC NULLS FIRST, b LIMIT 10
(SELECT 1) UNION ALL (SELECT 2) ORDER BY 1 LIMIT 3
VALUES (1, 'a'), (2, 'b')
""".strip().splitlines()

REWRITTEN = [
    ("SELECT * FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' MINUTES)",
     "SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' MINUTE))"),
    ("SELECT a IS NOT NULL, a NOT IN (1), a NOT LIKE 'x' ESCAPE 'y'",
     "SELECT NOT a IS NULL, NOT a IN (1), NOT a LIKE 'x' ESCAPE 'y'"),
    ("SELECT SUBSTRING(a FROM 1 FOR 2), TRIM('x' FROM y), TRIM(LEADING FROM y)",
     "SELECT SUBSTRING(a, 1, 2), TRIM(BOTH 'x' FROM y), TRIM(LEADING ' ' FROM y)"),
    ("SELECT INTERVAL -'1' DAY, TIMESTAMP '2020-1-2 3:04:05', U&'\\0041\\\\'",
     "SELECT INTERVAL '-1' DAY, TIMESTAMP '2020-01-02 03:04:05', 'A\\'"),
    ("SELECT a FROM t OFFSET 5 ROWS FETCH NEXT 3 ROWS ONLY", "SELECT a FROM t OFFSET 5 FETCH NEXT 3 ROWS ONLY"),
    ("TABLE t", "SELECT * FROM t"),
    ("select  A from T -- comment\n where /* b */ B != 1", "SELECT A FROM T WHERE B <> 1"),
]  # fmt: skip


@pytest.mark.parametrize("sql", UNCHANGED)
def test_a_query_prints_as_it_was_written(sql: str) -> None:
    assert sql_text(parse_query(sql)) == sql


@pytest.mark.parametrize(("sql", "printed"), REWRITTEN, ids=[sql for sql, _ in REWRITTEN])
def test_a_query_prints_in_one_canonical_form(sql: str, printed: str) -> None:
    assert sql_text(parse_query(sql)) == printed
    assert sql_text(parse_query(printed)) == printed


def test_the_dialect_is_registered_with_sqlglot() -> None:
    assert sqlglot.parse_one("SELECT ARRAY[1]", dialect="flink").sql(dialect="flink") == "SELECT ARRAY[1]"


@pytest.mark.parametrize("name", ["COUNT", "concat", "Coalesce", "LOG2", "DATE_FORMAT", "TO_TIMESTAMP", "IF", "my_udf"])
def test_function_calls_keep_their_name_and_arguments(name: str) -> None:
    call = parse_expression(f"{name}(a, 'b')")
    assert isinstance(call, exp.Anonymous)
    assert (call.this, [sql_text(argument) for argument in call.expressions]) == (name, ["a", "'b'"])


def test_a_quoted_function_name_is_an_identifier() -> None:
    call = parse_expression("`my f`(1)")
    assert isinstance(call, exp.Anonymous) and isinstance(call.this, exp.Identifier) and call.name == "my f"


def test_keyword_arguments_of_special_calls_are_vars() -> None:
    for sql, index in (("EXTRACT(DAY FROM x)", 0), ("FLOOR(x TO DAY)", 1), ("TIMESTAMPADD(DAYS, 1, x)", 0)):
        call = parse_expression(sql)
        assert isinstance(call.expressions[index], exp.Var) and call.expressions[index].name == "DAY"


def test_window_function_arguments() -> None:
    query = parse_query("SELECT * FROM TABLE(TUMBLE(DATA => TABLE t, SIZE => INTERVAL '1' HOUR)) AS w")
    (table,) = (source for source in query.find_all(exp.Table) if isinstance(source.this, exp.Anonymous))
    data, size = table.this.expressions
    assert table.alias == "w" and table.this.name == "TUMBLE"
    assert isinstance(data, exp.Kwarg) and data.name == "DATA" and isinstance(data.expression, TableArgument)
    assert size.expression.args["unit"].name == "HOUR"


def test_concatenation_is_as_strong_as_multiplication() -> None:
    assert isinstance(parse_expression("a || 1 + 2"), exp.Add)


@pytest.mark.parametrize(
    ("sql", "grouped"),
    [
        ("a = b IS NULL", "(a = b) IS NULL"),
        ("NOT a = b", "NOT (a = b)"),
        ("a IS NULL = f", "(a IS NULL) = f"),
        ("a LIKE b IS TRUE", "(a LIKE b) IS TRUE"),
    ],
)
def test_precedence_is_flinks(sql: str, grouped: str) -> None:
    def bare(node: exp.Expression) -> str:
        return repr(node.transform(lambda n: n.this if isinstance(n, exp.Paren) else n))

    assert bare(parse_expression(sql)) == bare(parse_expression(grouped))


def test_a_string_goes_on_only_on_a_later_line() -> None:
    assert parse_expression("'a'\n'b'").name == "ab"
    with pytest.raises(SqlError, match="Unexpected 'b'"):
        parse_expression("'a' 'b'")


def test_backslash_is_an_ordinary_character() -> None:
    assert parse_expression(r"'a\'").name == "a\\"


TYPES = [
    ("STRING", t.STRING),
    ("DECIMAL(10, 2)", t.DecimalType(precision=10, scale=2)),
    ("TIMESTAMP(3) WITH LOCAL TIME ZONE", t.LocalZonedTimestampType(precision=3)),
    ("TIMESTAMP(3) WITHOUT TIME ZONE", t.TimestampType(precision=3)),
    ("DOUBLE PRECISION", t.DOUBLE),
    ("CHAR VARYING(3)", t.VarCharType(length=3)),
    ("INT NOT NULL ARRAY", t.ArrayType(element=t.IntType(nullable=False))),
    ("MAP<STRING, ARRAY<INT NOT NULL>>", t.MapType(key=t.STRING, value=t.ArrayType(element=t.IntType(nullable=False)))),
    ("ROW<a INT, b ROW<c STRING>>", t.RowType(fields=(t.RowField("a", t.INT), t.RowField("b", t.RowType(
        fields=(t.RowField("c", t.STRING),)))))),
    ("MULTISET<BYTES>", t.MultisetType(element=t.BYTES)),
    ("INTERVAL YEAR TO MONTH", t.YearMonthIntervalType()),
    ("INTERVAL DAY(2) TO SECOND(3)", t.DayTimeIntervalType()),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "expected"), TYPES, ids=[sql for sql, _ in TYPES])
def test_types_in_cast(sql: str, expected: t.LogicalType) -> None:
    cast = parse_expression(f"TRY_CAST(x AS {sql})")
    assert isinstance(cast, exp.TryCast)
    assert logical_type(cast.to) == expected
    assert logical_type(parse_expression(sql_text(cast)).args["to"]) == expected


@pytest.mark.parametrize(
    ("sql", "value", "kind"),
    [
        ("INTERVAL '10' MINUTES", 600_000, t.DayTimeIntervalType),
        ("INTERVAL '1:10' HOUR TO MINUTE", 4_200_000, t.DayTimeIntervalType),
        ("INTERVAL '1 02:03:04.005' DAY TO SECOND", 93_784_005, t.DayTimeIntervalType),
        ("INTERVAL '0.25' SECOND", 250, t.DayTimeIntervalType),
        ("INTERVAL '2' WEEK", 1_209_600_000, t.DayTimeIntervalType),
        ("INTERVAL -'1-2' YEAR TO MONTH", -14, t.YearMonthIntervalType),
        ("INTERVAL '1' QUARTER", 3, t.YearMonthIntervalType),
        ("INTERVAL 5 DAY", 432_000_000, t.DayTimeIntervalType),
    ],
)
def test_intervals(sql: str, value: int, kind: type) -> None:
    node = parse_expression(sql)
    assert isinstance(node, exp.Interval)
    assert interval_value(node) == (value, kind(nullable=False))


def test_an_interval_that_does_not_fit_its_units_is_an_error() -> None:
    node = parse_expression("INTERVAL '1:10' DAY")
    assert isinstance(node, exp.Interval)
    with pytest.raises(SqlError, match="'1:10' is not an interval of DAY"):
        interval_value(node)


def test_temporal_literals_know_their_precision() -> None:
    node = parse_expression("TIMESTAMP '2020-01-01 00:00:00.1230'")
    assert isinstance(node, TemporalLiteral)
    assert (node.kind, node.this, node.fraction_digits) == ("TIMESTAMP", "2020-01-01 00:00:00.1230", 4)


def test_table_options_come_from_the_hint() -> None:
    query = parse_query("SELECT * FROM t /*+ OPTIONS('a' = 'b', 'c' = 'd') */ AS x")
    table = query.find(exp.Table)
    assert table is not None and table.alias == "x"
    assert table_options(table) == {"a": "b", "c": "d"}


@pytest.mark.parametrize("hint", ["OPTIONS('a')", "OPTION('a' = 'b')", "OPTIONS(a = 'b')"])
def test_other_hints_on_a_table_are_errors(hint: str) -> None:
    table = parse_query(f"SELECT * FROM t /*+ {hint} */").find(exp.Table)
    assert table is not None
    with pytest.raises(SqlError):
        table_options(table)


def test_null_order_is_always_decided() -> None:
    orders = parse_query("SELECT * FROM t ORDER BY a, b DESC, c NULLS LAST").find_all(exp.Ordered)
    assert [bool(order.args["nulls_first"]) for order in orders] == [True, False, False]
