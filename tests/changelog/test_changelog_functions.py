"""Changelogs as rows and back: the calls that are refused, what is read for them, and codes that mean nothing."""

from __future__ import annotations

from collections import Counter

import pytest

from sqlstream.errors import PlanError, SqlError, SqlStreamError
from sqlstream.session.session import Session
from tests.changing_tables import Change, ChangingTables

CHANGES: list[Change] = [
    ("+I", ("a", 1, "x")),
    ("-U", ("a", 1, "x")),
    ("+U", ("a", 2, None)),
    ("+I", (None, 7, "y")),
    ("-D", ("a", 2, None)),
]


@pytest.fixture
def changes(session: Session, tables: ChangingTables) -> Session:
    tables.changes = {"t": CHANGES, "coded": [("+I", ("INSERT", "x", 1)), ("+I", ("oops", "y", 2))], "nulls": []}
    for name, columns, mode in [
        ("t", "k STRING, v INT, w STRING", "all"),
        ("coded", "op STRING, w STRING, v INT", "insert-only"),
    ]:
        options = f"'connector' = 'changing', 'mode' = '{mode}', 'name' = '{name}'"
        session.sql(f"CREATE TABLE {name} ({columns}) WITH ({options})")
    return session


def rows(session: Session, query: str) -> list[tuple[object, ...]]:
    found = session.sql(query).fetchall()
    return [tuple(row) for row in found]


def test_each_change_is_a_row_that_says_what_it_does(changes: Session) -> None:
    expected = [
        ("INSERT", "a", 1, "x"),
        ("UPDATE_BEFORE", "a", 1, "x"),
        ("UPDATE_AFTER", "a", 2, None),
        ("INSERT", None, 7, "y"),
        ("DELETE", "a", 2, None),
    ]
    assert rows(changes, "SELECT * FROM TO_CHANGELOG(input => TABLE t)") == expected
    assert rows(changes, "SELECT * FROM TABLE(TO_CHANGELOG(TABLE t))") == expected


@pytest.mark.parametrize("columns", ["op", "w", "v, op", "w, w, k", "COUNT(*)"])
def test_columns_that_are_not_wanted_change_nothing(changes: Session, columns: str) -> None:
    everything = f"SELECT {columns} FROM (SELECT * FROM TO_CHANGELOG(input => TABLE t, op => DESCRIPTOR(op))) AS s"
    found = rows(changes, everything)
    picked = {"op": 0, "k": 1, "v": 2, "w": 3}
    if columns == "COUNT(*)":
        assert found[-1] == (5,)
        return
    whole = rows(changes, "SELECT * FROM TO_CHANGELOG(input => TABLE t)")
    assert found == [tuple(row[picked[name]] for name in columns.split(", ")) for row in whole]


def test_there_and_back_is_the_same_changelog(changes: Session) -> None:
    result = changes.sql("SELECT v, k FROM FROM_CHANGELOG(input => (SELECT * FROM TO_CHANGELOG(input => TABLE t)))")
    assert [(row.kind.short, *row) for row in result.fetchall()] == [(kind, row[1], row[0]) for kind, row in CHANGES]


def test_kinds_without_a_code_are_left_out(changes: Session) -> None:
    query = (
        "SELECT op, v FROM TO_CHANGELOG(input => TABLE t, "
        "op_mapping => MAP['INSERT, UPDATE_AFTER', 'false', 'DELETE', 'true'])"
    )
    assert Counter(rows(changes, query)) == Counter([("false", 1), ("false", 2), ("false", 7), ("true", 2)])


def test_a_code_that_means_nothing_fails_the_job(changes: Session) -> None:
    with pytest.raises(SqlStreamError, match=r"Received invalid op code 'oops'\. Defined op codes are: \[INSERT"):
        rows(changes, "SELECT * FROM FROM_CHANGELOG(input => TABLE coded)")
    with pytest.raises(SqlStreamError, match="Received NULL op code"):
        rows(changes, "SELECT * FROM FROM_CHANGELOG(input => (SELECT NULLIF(op, 'oops') AS op, w FROM coded))")


@pytest.mark.parametrize(
    ("call", "message", "hint"),
    [
        ("TO_CHANGELOG(input => TABLE t PARTITION BY k)", "Only tables with set semantics", "Leave PARTITION BY out"),
        ("TO_CHANGELOG(op => DESCRIPTOR(x))", "First argument must be a table for TO_CHANGELOG", "input => TABLE t"),
        ("TO_CHANGELOG(input => TABLE t, ops => 'x')", "has no parameter 'ops'", "op"),
        ("TO_CHANGELOG(input => TABLE t, op => DESCRIPTOR(k))", r"Found duplicates: \[k\]", "DESCRIPTOR"),
        ("TO_CHANGELOG(input => TABLE t, op => DESCRIPTOR(a, b))", "must contain exactly one column name", "DESCR"),
        ("TO_CHANGELOG(input => TABLE t, op_mapping => 'I')", "must be a constant MAP literal", "MAP"),
        ("TO_CHANGELOG(input => TABLE t, op_mapping => MAP['INSRT', 'I'])", "operation: 'INSRT'", "INSERT"),
        ("TO_CHANGELOG(input => TABLE t, op_mapping => MAP['INSERT', 'I', 'INSERT, DELETE', 'J'])",
         "Duplicate change operation: 'INSERT'", "once"),
        ("FROM_CHANGELOG(input => TABLE coded, op => DESCRIPTOR(opp))", "'opp' does not exist in the input", "op"),
        ("FROM_CHANGELOG(input => TABLE coded, op => DESCRIPTOR(v))", "must be of STRING type, but was 'INT'", "CAST"),
        ("FROM_CHANGELOG(input => TABLE coded, op_mapping => MAP['i', 'INSERT', 'u', 'UPDATE_AFTER'])",
         "must include UPDATE_BEFORE", "UPDATE_BEFORE"),
        ("FROM_CHANGELOG(input => TABLE coded, op_mapping => MAP['i', 'INSERT', 'j', 'INSERT'])",
         "Use comma-separated keys", "once"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_as_flink_does(changes: Session, call: str, message: str, hint: str) -> None:
    with pytest.raises(SqlError, match=message) as raised:
        changes.sql(f"SELECT * FROM {call}")
    assert raised.value.position is not None
    assert hint in str(raised.value.hint)


def test_a_changelog_is_read_from_insertions_alone(changes: Session) -> None:
    with pytest.raises(PlanError, match="FROM_CHANGELOG doesn't support consuming update and delete changes"):
        changes.sql("SELECT * FROM FROM_CHANGELOG(input => TABLE t, op => DESCRIPTOR(k))")
