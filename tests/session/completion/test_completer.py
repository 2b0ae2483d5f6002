"""What fits where in a statement. ``|`` is the cursor; without one it is at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import sqlstream
from sqlstream.session.completion.candidate import Candidate
from sqlstream.session.completion.completer import complete
from sqlstream.session.completion.session_names import SessionNames


@pytest.fixture(scope="module")
def names() -> Iterator[SessionNames]:
    with sqlstream.connect() as session:
        session.sql("""
            CREATE TABLE flights (carrier STRING, `day` INT, late AS `day` > 3) WITH ('connector' = 'datagen');
            CREATE VIEW fine AS SELECT carrier AS airline FROM flights;
            CREATE TABLE `odd name` (x INT) WITH ('connector' = 'datagen');
            CREATE DATABASE elsewhere;
            CREATE TABLE elsewhere.planes (tail STRING) WITH ('connector' = 'datagen');
            SET 'my.option' = '1';
        """)
        yield SessionNames(session)


def candidates(names: SessionNames, text: str) -> list[Candidate]:
    before, _, after = text.partition("|")
    return complete(before + after, len(before), names, ("QUIT",))


def offered(names: SessionNames, text: str) -> list[str]:
    return [candidate.text for candidate in candidates(names, text)]


def of_kind(names: SessionNames, text: str, *kinds: str) -> list[str]:
    return [candidate.text for candidate in candidates(names, text) if candidate.kind in kinds]


class TestKeywords:
    def test_at_the_beginning_of_a_statement(self, names: SessionNames) -> None:
        beginnings = offered(names, "")
        assert beginnings[:3] == ["SELECT", "WITH", "VALUES"]
        assert {"CREATE", "INSERT", "SHOW", "QUIT"} <= set(beginnings)
        assert offered(names, "SELECT 1; SHO") == ["SHOW"]

    def test_in_the_case_one_types_in(self, names: SessionNames) -> None:
        assert offered(names, "SEL") == ["SELECT"]
        assert offered(names, "sel") == ["select"]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("SHOW ", {"TABLES", "JOBS", "CREATE", "CURRENT CATALOG"}),
            ("SHOW TABLES ", {"FROM", "IN", "LIKE"}),
            ("DROP ", {"TABLE", "VIEW", "TEMPORARY"}),
            ("CREATE TABLE t (a INT) ", {"WITH", "PARTITIONED BY", "LIKE"}),
            ("CREATE TABLE t (a INT ", {"PRIMARY KEY", "COMMENT", "METADATA"}),
            ("INSERT ", {"INTO", "OVERWRITE"}),
            ("INSERT INTO flights ", {"SELECT", "VALUES"}),
            ("ALTER TABLE flights ", {"ADD", "DROP", "RENAME TO"}),
            ("EXPLAIN ", {"SELECT", "INSERT", "PLAN FOR"}),
            ("STOP ", {"JOB"}),
            ("SELECT carrier ", {"FROM", "AS"}),
            ("SELECT * ", {"FROM"}),
            ("SELECT COUNT(*) ", {"FROM", "OVER"}),
            ("SELECT a FROM flights ", {"WHERE", "GROUP BY", "LEFT JOIN", "ORDER BY"}),
            ("SELECT a FROM flights JOIN fine ", {"ON"}),
            ("SELECT a FROM flights WHERE late ", {"AND", "OR", "GROUP BY"}),
            ("SELECT a FROM flights GROUP BY a ", {"HAVING", "ORDER BY"}),
            ("SELECT a FROM flights ORDER BY a ", {"ASC", "DESC", "LIMIT"}),
            ("SELECT CASE WHEN a ", {"THEN"}),
            ("SELECT SUM(a) OVER (", {"PARTITION BY", "ORDER BY"}),
            ("CREATE VIEW v AS SELECT a ", {"FROM"}),
        ],
    )
    def test_those_that_may_follow(self, names: SessionNames, text: str, words: set[str]) -> None:
        assert words <= set(of_kind(names, text, "keyword"))

    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("SHOW ", "SELECT"),
            ("SELECT carrier ", "THEN"),
            ("SELECT carrier FROM flights ", "SHOW"),
            ("SELECT carrier FROM flights WHERE ", "GROUP BY"),
            ("SELECT carrier FROM flights ORDER BY carrier ", "WHERE"),
        ],
    )
    def test_not_those_that_may_not(self, names: SessionNames, text: str, word: str) -> None:
        assert word not in offered(names, text)


class TestTables:
    @pytest.mark.parametrize(
        "text",
        [
            "SELECT * FROM ",
            "SELECT * FROM fine JOIN ",
            "INSERT INTO ",
            "DESCRIBE ",
            "DROP TABLE ",
            "SELECT a FROM fine, ",
        ],
    )
    def test_where_a_table_is_named(self, names: SessionNames, text: str) -> None:
        assert of_kind(names, text, "table") == ["fine", "flights", "`odd name`"]

    def test_of_another_database(self, names: SessionNames) -> None:
        assert offered(names, "SELECT * FROM elsewhere.") == ["planes"]
        assert offered(names, "SELECT * FROM default_catalog.elsewhere.pl") == ["planes"]

    def test_databases_and_catalogs(self, names: SessionNames) -> None:
        assert offered(names, "SELECT * FROM default_catalog.") == ["default_database", "elsewhere"]
        assert of_kind(names, "USE ", "database", "catalog") == ["default_database", "elsewhere", "default_catalog"]
        assert offered(names, "USE CATALOG ") == ["default_catalog"]
        assert of_kind(names, "SHOW TABLES FROM ", "database") == ["default_database", "elsewhere"]

    def test_no_name_for_what_is_being_created(self, names: SessionNames) -> None:
        assert of_kind(names, "CREATE TABLE ", "table", "database") == []


class TestColumns:
    @pytest.mark.parametrize(
        "text",
        [
            "SELECT | FROM flights",
            "SELECT carrier, | FROM flights",
            "SELECT * FROM flights WHERE ",
            "SELECT carrier FROM flights GROUP BY ",
            "SELECT * FROM flights WHERE late AND ",
            "SELECT COUNT(| FROM flights",
            "INSERT INTO flights (",
            "ALTER TABLE flights DROP ",
            "SELECT * FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(",
            "SELECT x FROM (SELECT | FROM flights) WHERE x > 1",
        ],
    )
    def test_of_the_tables_that_are_named(self, names: SessionNames, text: str) -> None:
        assert of_kind(names, text, "column") == ["carrier", "`day`", "late"]

    def test_with_their_types(self, names: SessionNames) -> None:
        assert candidates(names, "SELECT carr| FROM flights") == [Candidate("carrier", 7, "column", "STRING")]

    def test_of_a_view(self, names: SessionNames) -> None:
        assert offered(names, "SELECT air| FROM fine") == ["airline"]

    def test_of_an_alias(self, names: SessionNames) -> None:
        text = "SELECT f.| FROM flights AS f, fine v"
        assert offered(names, text) == ["carrier", "`day`", "late"]
        assert offered(names, text.replace("f.", "v.")) == ["airline"]
        assert "f" in of_kind(names, "SELECT | FROM flights AS f", "alias")

    def test_of_no_table_there_are_none(self, names: SessionNames) -> None:
        assert of_kind(names, "SELECT ", "column") == []

    def test_a_quote_that_was_opened_is_closed(self, names: SessionNames) -> None:
        assert candidates(names, "SELECT `d| FROM flights") == [Candidate("`day`", 7, "column", "INT")]
        assert offered(names, "SELECT * FROM `odd") == ["`odd name`"]


class TestFunctions:
    def test_with_their_signatures(self, names: SessionNames) -> None:
        assert candidates(names, "SELECT UPP") == [Candidate("UPPER(", 7, "function", "UPPER(<CHARACTER>)")]

    def test_without_a_second_parenthesis(self, names: SessionNames) -> None:
        assert offered(names, "SELECT UPP|(a)") == ["UPPER"]
        assert offered(names, "SELECT CURRENT_TIMES") == ["CURRENT_TIMESTAMP"]

    def test_not_before_something_is_typed(self, names: SessionNames) -> None:
        assert of_kind(names, "SELECT ", "function") == []


class TestOptions:
    def test_keys_after_set_and_reset(self, names: SessionNames) -> None:
        assert offered(names, "SET 'execution.runt") == ["execution.runtime-mode"]
        assert offered(names, "RESET 'table.dml") == ["table.dml-sync"]
        assert offered(names, "RESET 'my.") == ["my.option"]

    def test_values(self, names: SessionNames) -> None:
        assert offered(names, "SET 'execution.runtime-mode' = '") == ["streaming", "batch"]
        assert offered(names, "SET 'table.dml-sync' = 't") == ["true"]
        assert offered(names, "SET 'pipeline.name' = '") == []

    def test_of_a_table_first_the_connector(self, names: SessionNames) -> None:
        assert offered(names, "CREATE TABLE t (a INT) WITH ('") == ["connector"]
        assert offered(names, "CREATE TABLE t (a INT) WITH ('connector' = 'data") == ["datagen"]

    def test_then_what_it_and_its_format_understand(self, names: SessionNames) -> None:
        options = "CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = 'x', '"
        assert "path" not in offered(names, options)
        assert "format" in offered(names, options)
        assert "csv.field-delimiter" in offered(names, options + "format' = 'csv', '")
        assert offered(names, options + "format' = 'csv', 'csv.ignore-parse-errors' = '") == ["true", "false"]

    def test_nothing_for_a_connector_that_is_not_there(self, names: SessionNames) -> None:
        assert offered(names, "CREATE TABLE t (a INT) WITH ('connector' = 'nope', 'p") == []

    def test_of_a_catalog_its_type(self, names: SessionNames) -> None:
        assert offered(names, "CREATE CATALOG c WITH ('") == ["type"]
        assert "generic_in_memory" in offered(names, "CREATE CATALOG c WITH ('type' = '")

    def test_nothing_in_any_other_string(self, names: SessionNames) -> None:
        assert offered(names, "SELECT 'exec") == []


@pytest.mark.parametrize("text", ["SELECT 1 -- SEL", "SELECT /* SEL", "-- SEL"])
def test_nothing_in_a_comment(names: SessionNames, text: str) -> None:
    assert offered(names, text) == []


def test_no_beginning_of_a_statement_breaks_it(names: SessionNames) -> None:
    statement = """WITH c AS (SELECT carrier, CASE WHEN `day` > 1 THEN 'a' ELSE 'b' END AS x FROM flights AS f)
        SELECT c.x, COUNT(*) FROM c LEFT JOIN fine ON c.carrier = fine.airline WHERE x LIKE 'a%' -- so
        GROUP BY c.x HAVING COUNT(*) > 1;
        CREATE TABLE t (a INT, PRIMARY KEY (a) NOT ENFORCED) WITH ('connector' = 'x')"""
    for end in range(len(statement)):
        for after in ("", statement[end:]):
            complete(statement[:end] + after, end, names)
