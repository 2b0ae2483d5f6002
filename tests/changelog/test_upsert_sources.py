"""Tables that give upserts, or changes twice, are read as whole changelogs."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sqlstream.errors import PlanError
from sqlstream.session.session import Session
from tests.changing_tables import ChangingTables

UPSERTS = [
    ("+I", ("a", 1, "x")),
    ("+U", ("a", 2, "y")),
    ("+U", ("b", 5, "x")),
    ("+U", ("b", 5, "x")),
    ("-D", ("a", None, None)),
    ("-D", ("c", None, None)),
    ("+U", ("a", 7, None)),
]
TWICE = [
    ("+I", ("a", 1, "x")),
    ("+I", ("a", 1, "x")),
    ("-U", ("a", 1, "x")),
    ("+U", ("a", 2, "y")),
    ("-U", ("a", 1, "x")),
    ("+U", ("a", 2, "y")),
    ("+I", ("b", 5, "x")),
    ("-D", ("b", 5, "x")),
    ("-D", ("b", 5, "x")),
]


def create(session: Session, mode: str, key: str = ", PRIMARY KEY (k) NOT ENFORCED") -> None:
    options = f"'connector' = 'changing', 'mode' = '{mode}', 'name' = 't'"
    session.sql(f"CREATE TABLE t (k STRING, v INT, w STRING{key}) WITH ({options})")


def changes(session: Session, query: str) -> list[tuple[str, tuple[Any, ...]]]:
    return [(row.kind.short, tuple(row)) for row in session.sql(query).fetchall()]


def left(found: list[tuple[str, tuple[Any, ...]]]) -> Counter[tuple[Any, ...]]:
    rows: Counter[tuple[Any, ...]] = Counter()
    for kind, row in found:
        rows[row] += 1 if kind in ("+I", "+U") else -1
        assert rows[row] >= 0
    return +rows


def test_upserts_become_whole_changes_by_key(session: Session, tables: ChangingTables) -> None:
    tables.changes = {"t": UPSERTS}
    create(session, "upsert")
    found = changes(session, "SELECT * FROM t")
    assert [change for change in found if change[1][0] == "a"] == [
        ("+I", ("a", 1, "x")),
        ("-U", ("a", 1, "x")),
        ("+U", ("a", 2, "y")),
        ("-D", ("a", 2, "y")),
        ("+I", ("a", 7, None)),
    ]
    assert [change for change in found if change[1][0] != "a"] == [("+I", ("b", 5, "x"))]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT w, SUM(v) FROM t GROUP BY w", {("x", 5): 1, (None, 7): 1}),
        ("SELECT v FROM t WHERE v > 3", {(5,): 1, (7,): 1}),
        ("SELECT v FROM t WHERE k = 'b'", {(5,): 1}),
        ("SELECT COUNT(*) FROM t", {(2,): 1}),
        ("SELECT w FROM t", {("x",): 1, (None,): 1}),
    ],
)
def test_queries_see_what_is_there(session: Session, tables: ChangingTables, query: str, rows: Any) -> None:
    tables.changes = {"t": UPSERTS}
    create(session, "upsert")
    assert left(changes(session, query)) == rows


def test_only_conditions_on_the_key_are_below_the_normalisation(session: Session) -> None:
    create(session, "upsert")
    explained = session.sql("EXPLAIN SELECT w FROM t WHERE k = 'b' AND v > 1").fetchall()[0][0]
    plan = explained.split("== Optimized Physical Plan ==\n")[1].splitlines()
    tree = [line.strip("+-: ") for line in plan[2:6]]
    assert tree[0].startswith("Calc(select=[w], where=[") and "v > 1" in tree[0] and "'b'" not in tree[0]
    assert tree[1:3] == ["ChangelogNormalize(key=[k])", "Exchange(distribution=[hash[k]])"]
    assert tree[3].startswith("Calc(") and "'b'" in tree[3]


def test_changes_that_come_twice_count_once_where_that_is_said(session: Session, tables: ChangingTables) -> None:
    tables.changes = {"t": TWICE}
    create(session, "all")
    session.sql("SET 'table.exec.source.cdc-events-duplicate' = 'true'")
    assert changes(session, "SELECT k, v FROM t WHERE k = 'a'") == [
        ("+I", ("a", 1)),
        ("-U", ("a", 1)),
        ("+U", ("a", 2)),
    ]
    assert left(changes(session, "SELECT k, v FROM t")) == {("a", 2): 1}


def test_without_a_primary_key_upserts_mean_nothing(session: Session) -> None:
    create(session, "upsert", "")
    with pytest.raises(PlanError, match="requires to define a primary key") as raised:
        session.sql("SELECT * FROM t")
    assert "PRIMARY KEY (...) NOT ENFORCED" in str(raised.value.hint)


@pytest.mark.parametrize("mode", ["upsert", "all"])
def test_a_batch_query_reads_no_changes(session: Session, mode: str) -> None:
    create(session, mode)
    session.sql("SET 'execution.runtime-mode' = 'batch'")
    with pytest.raises(PlanError, match="only possible for INSERT-only table sources") as raised:
        session.sql("SELECT * FROM t")
    assert "'execution.runtime-mode' = 'streaming'" in str(raised.value.hint)
