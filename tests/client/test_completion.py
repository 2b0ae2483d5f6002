"""What Tab offers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

import sqlstream
from sqlstream_client.completion import SqlCompleter
from sqlstream_client.session_executor import SessionExecutor


@pytest.fixture(scope="module")
def completer() -> Iterator[SqlCompleter]:
    with sqlstream.connect() as session:
        session.sql("""
            CREATE TABLE flights (carrier STRING, `day` INT, late AS `day` > 3) WITH ('connector' = 'datagen');
            CREATE VIEW fine AS SELECT carrier AS airline FROM flights;
            CREATE TABLE `odd name` (x INT) WITH ('connector' = 'datagen');
        """)
        yield SqlCompleter(SessionExecutor(session))


def offered(completer: SqlCompleter, before: str, after: str = "") -> list[str]:
    """Each completion as the whole text it makes of the word at the cursor."""
    document = Document(before + after, len(before))
    return [completion.text for completion in completer.get_completions(document, CompleteEvent())]


def test_keywords_in_the_case_one_types_in(completer: SqlCompleter) -> None:
    assert "SELECT" in offered(completer, "SEL")
    assert "select" in offered(completer, "sel")


def test_functions(completer: SqlCompleter) -> None:
    assert offered(completer, "SELECT UPP") == ["UPPER("]


def test_tables_and_views_of_the_current_database(completer: SqlCompleter) -> None:
    assert {"flights", "fine", "`odd name`"} <= set(offered(completer, "SELECT * FROM "))
    assert offered(completer, "SELECT * FROM fli") == ["flights"]


def test_columns_of_the_tables_in_the_statement_even_those_after_the_cursor(completer: SqlCompleter) -> None:
    assert offered(completer, "SELECT carr", " FROM flights") == ["carrier"]
    assert offered(completer, "SELECT carr") == []
    assert "airline" in offered(completer, "SELECT air", " FROM fine")


def test_reserved_words_are_offered_quoted(completer: SqlCompleter) -> None:
    assert offered(completer, "SELECT `d", " FROM flights") == ["`day`"]


def test_only_columns_and_tables_after_a_dot(completer: SqlCompleter) -> None:
    assert offered(completer, "SELECT f.l", " FROM flights AS f") == ["late"]


def test_option_keys_after_set_and_reset(completer: SqlCompleter) -> None:
    assert offered(completer, "SET 'execution.run") == ["execution.runtime-mode"]
    assert offered(completer, "RESET 'table.dml") == ["table.dml-sync"]


class TestTableOptions:
    def test_first_the_connector(self, completer: SqlCompleter) -> None:
        assert offered(completer, "CREATE TABLE t (a INT) WITH ('") == ["connector"]
        assert offered(completer, "CREATE TABLE t (a INT) WITH ('connector' = 'data") == ["datagen"]

    def test_then_what_it_and_its_format_understand(self, completer: SqlCompleter) -> None:
        options = "CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = 'x', '"
        assert "path" not in offered(completer, options)
        assert "format" in offered(completer, options)
        assert "csv.field-delimiter" in offered(completer, options + "format' = 'csv', '")

    def test_nothing_for_a_connector_that_is_not_there(self, completer: SqlCompleter) -> None:
        assert offered(completer, "CREATE TABLE t (a INT) WITH ('connector' = 'nope', 'p") == []
