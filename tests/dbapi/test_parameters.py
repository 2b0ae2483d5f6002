"""Markers are found where SQL has them, and many rows become few statements."""

from __future__ import annotations

from typing import Any

import pytest

from sqlstream.dbapi import ProgrammingError
from sqlstream.dbapi.parameters import MAX_CHARACTERS, MAX_ROWS, bind, bind_many


@pytest.mark.parametrize(
    "opaque",
    ["'?'", "'it''s ?'", r"'\'", r"e'\'?'", "`a?`", "`a``?`", "-- ?\n", "/* ? ' */", "/*+ OPTIONS('a'='?') */"],
)
def test_a_question_mark_in_a_string_a_name_or_a_comment_is_no_marker(opaque: str) -> None:
    assert bind(f"SELECT {opaque} , ?", [1]) == f"SELECT {opaque} , 1"


def test_a_parameter_cannot_leave_its_place() -> None:
    assert bind("SELECT ?, ?", ["?", "'); --"]) == "SELECT '?', '''); --'"


@pytest.mark.parametrize("parameters", [[], [1], [1, 2, 3]])
def test_the_number_of_parameters_must_fit(parameters: list[Any]) -> None:
    with pytest.raises(ProgrammingError, match="2 markers"):
        bind("SELECT ?, ?", parameters)


@pytest.mark.parametrize("parameters", [{"a": 1}, "a", b"a"])
def test_parameters_are_a_sequence(parameters: Any) -> None:
    with pytest.raises(ProgrammingError, match="sequence"):
        bind("SELECT ?", parameters)


@pytest.mark.parametrize(
    ("statement", "merged"),
    [
        ("INSERT INTO t VALUES (?, 'x')", "INSERT INTO t VALUES (1, 'x'), (2, 'x')"),
        (
            "insert into t (a, b) values (?, UPPER('(')) ;",
            "insert into t (a, b) values (1, UPPER('(')), (2, UPPER('('))",
        ),
        ("INSERT OVERWRITE t PARTITION (p = 1) VALUES (?)", "INSERT OVERWRITE t PARTITION (p = 1) VALUES (1), (2)"),
    ],
)
def test_an_insert_of_one_row_becomes_one_of_many(statement: str, merged: str) -> None:
    assert list(bind_many(statement, [[1], [2]])) == [merged]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t SELECT ?",
        "INSERT INTO t VALUES (?), (3)",
        "INSERT INTO t PARTITION (p = ?) VALUES (3)",
        "INSERT INTO t SELECT a FROM (VALUES (?)) AS v(a)",
        "SET 'k' = ?",
    ],
)
def test_other_statements_run_once_a_row(statement: str) -> None:
    assert list(bind_many(statement, [[1], [2]])) == [bind(statement, [1]), bind(statement, [2])]


def test_an_insert_holds_only_so_much() -> None:
    by_rows = list(bind_many("INSERT INTO t VALUES (?)", [[1]] * (2 * MAX_ROWS + 1)))
    assert [statement.count("(1)") for statement in by_rows] == [MAX_ROWS, MAX_ROWS, 1]
    long = "x" * (MAX_CHARACTERS // 2)
    assert len(list(bind_many("INSERT INTO t VALUES (?)", [[long], [long], [long]]))) == 3
