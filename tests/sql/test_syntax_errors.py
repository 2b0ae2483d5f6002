"""Mistakes are answered with the place, what was found, what was expected, and a suggestion."""

import pytest
from sqlglot import exp

from sqlstream.errors import PlanError, Position, SqlError
from sqlstream.sql.positions import position_of
from sqlstream.sql.script import parse_query, parse_script


def error_of(source: str) -> SqlError:
    with pytest.raises(SqlError) as caught:
        parse_script(source)
    assert caught.value.source == source
    return caught.value


TYPOS = [
    ("SELCT a FROM t", 1, "SELECT"),
    ("SELECT a FORM t", 10, "FROM"),
    ("SELECT a FROM t WERE a = 1", 17, "WHERE"),
    ("SELECT a FROM t GRUOP BY a", 17, "GROUP"),
    ("SELECT a FROM t JION u ON a = b", 17, "JOIN"),
    ("SELECT a FROM t WHERE a LIEK 'x'", 25, "LIKE"),
    ("CREAT TABLE t (a INT)", 1, "CREATE"),
    ("CREATE TABEL t (a INT)", 8, "TABLE"),
    ("CREATE TABLE t (a INTT)", 19, "INT"),
    ("INSRT INTO t SELECT 1", 1, "INSERT"),
    ("SHOW TABELS", 6, "TABLES"),
    ("DROP TABLE IF EXIST t", 15, "EXISTS"),
]


@pytest.mark.parametrize(("source", "column", "meant"), TYPOS, ids=[source for source, *_ in TYPOS])
def test_a_mistyped_keyword_is_suggested(source: str, column: int, meant: str) -> None:
    error = error_of(source)
    assert error.position is not None and error.position.column == column
    assert error.hint == f"Did you mean {meant}?"


MESSAGES = [
    ("SELECT a, FROM t", "Unexpected 'FROM': expected an expression after the comma", 11),
    ("SELECT FROM t", "Unexpected 'FROM': expected an expression to select", 8),
    ("SELECT a + FROM t", "Unexpected 'FROM': expected an expression", 12),
    ("SELECT f(a FROM t", "Unexpected 'FROM': expected )", 12),
    ("SELECT a[1 FROM t", "Unexpected 'FROM': expected ]", 12),
    ("SELECT a FROM t WHERE", "The statement ends too early: expected an expression", 22),
    ("SELECT * FROM", "The statement ends too early: expected a table name", 14),
    ("SELECT * FROM a JOIN b ON", "The statement ends too early: expected a condition after ON", 26),
    ("SELECT a FROM t GROUP BY", "The statement ends too early: expected an expression after GROUP BY", 25),
    ("SELECT a AS FROM t", "Unexpected 'FROM': expected a name after AS", 13),
    ("SELECT CASE WHEN a THEN 1 FROM t", "Unexpected 'FROM': expected END", 27),
    ("SELECT CAST(a INT)", "Unexpected 'INT': expected AS", 15),
    ("SELECT a IN b", "Unexpected 'b': expected ( after IN", 13),
    ("SELECT a BETWEEN 1", "The statement ends too early: expected AND between the bounds of BETWEEN", 19),
    ("SELECT EXTRACT(FOO FROM x)", "Unexpected 'FOO': expected a time unit such as DAY or SECOND", 16),
    ("SELECT a::INT", "Unexpected ':'", 9),
    ("SELECT * FROM t,", "The statement ends too early: expected a table name", 17),
    ("SELECT * FROM t, , u", "Unexpected ',': expected a table name", 18),
    ("SELECT * FROM t JOIN u", "The statement ends too early: expected ON or USING", 23),
    ("SELECT * FROM t JOIN u WHERE a = b", "Unexpected 'WHERE': expected ON or USING", 24),
    ("SELECT a FROM t GROUP a", "Unexpected 'a': expected BY after GROUP", 23),
    ("SELECT a FROM t ORDER a", "Unexpected 'a': expected BY after ORDER", 23),
    ("INSERT t SELECT 1", "Unexpected 't': expected INTO or OVERWRITE", 8),
    ("SELECT 'abc", "This string is never closed", 8),
    ("SELECT `abc", "This quoted name is never closed", 8),
    ("SELECT 1 /* abc", "This comment is never closed", 10),
    ('SELECT "a"', "Unexpected double quote", 8),
    ("SELECT DATE '2020-13-01'", "'2020-13-01' is not a DATE", 13),
    ("SELECT INTERVAL '1' SECOND TO DAY", "An interval's units go from the larger to the smaller", 8),
    ("SET a = b", "Keys and values of options are strings", 5),
    ("SELECT 1 2", "Unexpected '2'", 10),
    ("USE a.b.c.d", "'a.b.c.d' has 4 parts", 5),
    ("CREATE TABLE t (a INT, a STRING)", "Column 'a' is declared twice", 24),
    ("CREATE TABLE t (a INT PRIMARY KEY)", "A PRIMARY KEY is not checked against the data and must say so", 34),
    ("CREATE TABLE t (a INT, PRIMARY KEY (b) NOT ENFORCED)",
     "PRIMARY KEY column 'b' is not a physical column of the table", 24),
    ("CREATE TABLE t (a INT) WITH ('k' = '1', 'k' = '2')", "Option 'k' is given twice", 41),
    ("CREATE TABLE t (a)", "Column 'a' has no type", 18),
    ("CREATE TEMPORARY DATABASE d", "DATABASE cannot be TEMPORARY", 8),
    ("EXECUTE STATEMENT SET BEGIN END", "The statement set is empty", 29),
]  # fmt: skip


@pytest.mark.parametrize(("source", "message", "column"), MESSAGES, ids=[source for source, *_ in MESSAGES])
def test_a_mistake_is_described_where_it_is(source: str, message: str, column: int) -> None:
    error = error_of(source)
    assert error.message == message
    assert error.position is not None and (error.position.line, error.position.column) == (1, column)


@pytest.mark.parametrize(
    "source",
    ["DELETE FROM t", "UPDATE t SET a = 1", "CREATE VIEW v (a) AS SELECT 1, 2", "EXPLAIN CREATE TABLE t (a INT)"],
)
def test_valid_sql_that_cannot_run_is_a_plan_error(source: str) -> None:
    assert isinstance(error_of(source), PlanError)


def test_a_reserved_word_used_as_a_name_says_how_to_quote_it() -> None:
    error = error_of("CREATE TABLE t (window INT)")
    assert error.hint == "WINDOW is a reserved word; if it is meant as a name, write `window`."


def test_places_count_in_the_whole_script_and_the_caret_stands_under_them() -> None:
    error = error_of("SELECT 1;\n\n  CREATE TABLE t (\n    a INT,\n    b ROW<x INT, -- note\n      y STRNG>\n  )")
    assert error.position is not None and (error.position.line, error.position.column) == (6, 9)
    assert str(error).splitlines()[1:3] == ["        y STRNG>", "          ^^^^^"]


def places(source: str, kind: type[exp.Expression]) -> list[Position | None]:
    return [position_of(node) for node in parse_query(source).find_all(kind)]


def test_every_node_knows_its_place() -> None:
    source = "SELECT\n  t.a, my_f(b) + 'x',\n  CAST(c AS INT), COUNT(*), CURRENT_DATE FROM db.t"
    assert set(places(source, exp.Column)) == {Position(2, 3, 3), Position(2, 13, 1), Position(3, 8, 1)}
    assert set(places(source, exp.Anonymous)) == {Position(2, 8, 4), Position(3, 19, 5), Position(3, 29, 12)}
    assert places(source, exp.Cast) == [Position(3, 3, 4)]
    assert places(source, exp.Add) == [Position(2, 8, 13)]
    assert places(source, exp.Table) == [Position(3, 47, 4)]


def test_a_node_made_by_hand_has_no_place() -> None:
    assert position_of(exp.column("a")) is None


def test_statements_later_in_a_script_have_places_too() -> None:
    (_, parsed) = parse_script("SELECT 1;\n SELECT x FROM t")
    column = parsed.statement.expression.find(exp.Column)  # type: ignore[attr-defined]
    assert position_of(column) == Position(2, 9, 1)


@pytest.mark.parametrize(
    ("source", "column", "hint"),
    [
        ("SELECT a::INT", 9, "Write CAST(value AS type)."),
        ("SELECT 2 ^ 3", 10, "Write POWER(a, b)."),
        ("SELECT TOP 5 a FROM t", 8, "Write LIMIT n at the end of the query."),
        (
            "SELECT TIMESTAMP '9999-12-31 23:59:59.1234567'",
            18,
            "With more than 6 digits of a second, years are 1678 to 2261.",
        ),
        ("SELECT 1 == 2", 11, "Write = once to compare."),
        ("SELECT 'it's'", 13, "Close it with ', and write a quote inside it twice"),
    ],
)
def test_what_other_databases_write_is_answered_with_what_to_write_here(source: str, column: int, hint: str) -> None:
    error = error_of(source)
    assert error.position is not None and error.position.column == column
    assert error.hint == hint


def test_a_table_name_like_a_keyword_is_not_taken_for_a_typo() -> None:
    assert error_of("SELECT * FROM a JOIN b JOIN orders ON x = y").hint is None


@pytest.mark.parametrize("source", ["SELECT " + "(" * 500 + "1" + ")" * 500, "SELECT " + "ARRAY[" * 500])
def test_too_many_levels_are_no_bug(source: str) -> None:
    assert error_of(source).message == "The statement is nested too deeply."
