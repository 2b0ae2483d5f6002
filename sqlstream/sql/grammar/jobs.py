"""Statements that run something: queries, INSERT, statement sets, and EXPLAIN of them."""

from __future__ import annotations

from sqlglot import exp

from sqlstream.errors import PlanError
from sqlstream.sql import statements as s
from sqlstream.sql.cursor import Cursor
from sqlstream.sql.grammar.create import create
from sqlstream.sql.hints import table_options

QUERY_STARTS = ("SELECT", "VALUES", "WITH", "(", "TABLE")


def query(cursor: Cursor) -> s.Statement:
    """A query, its first word not yet read."""
    return s.Query(cursor.parse_query())


def insert(cursor: Cursor) -> s.Insert:
    """The rest of a statement after INSERT."""
    overwrite = cursor.choose({"INTO": False, "OVERWRITE": True})
    target = cursor.table()
    partition = cursor.partition() if cursor.accept("PARTITION") else ()
    columns: tuple[exp.Identifier, ...] = ()
    if cursor.peek("(") and not any(cursor.peek("(", word) for word in QUERY_STARTS):
        columns = tuple(cursor.in_parentheses(cursor.identifier))
    path = tuple(part.name for part in target.parts)
    return s.Insert(path, cursor.parse_query(), target, columns, partition, table_options(target), overwrite)


def execute(cursor: Cursor) -> s.Statement:
    """The rest of a statement after EXECUTE: a statement set, or one INSERT or query."""
    if cursor.accept("STATEMENT", "SET"):
        cursor.expect("BEGIN")
        return _block(cursor)
    if cursor.accept("INSERT"):
        return insert(cursor)
    return _query_or_fail(cursor, "STATEMENT SET", "INSERT")


def begin(cursor: Cursor) -> s.Statement:
    """The rest of a statement after BEGIN: ``STATEMENT SET; ... END``."""
    cursor.expect("STATEMENT", "SET")
    cursor.expect(";")
    return _block(cursor)


def _block(cursor: Cursor) -> s.StatementSet:
    start = cursor.token
    inserts: list[s.Insert] = []
    while not cursor.accept("END"):
        cursor.expect("INSERT")
        inserts.append(insert(cursor))
        cursor.expect(";")
    if not inserts:
        raise cursor.mistake("The statement set is empty", start, "Write INSERT statements before END.")
    return s.StatementSet(tuple(inserts))


def _query_or_fail(cursor: Cursor, *others: str) -> s.Query:
    if not any(cursor.peek(word) for word in QUERY_STARTS):
        cursor.fail("a query", *others)
    return s.Query(cursor.parse_query())


def explain(cursor: Cursor) -> s.Statement:
    """The rest of a statement after EXPLAIN."""
    details: list[s.ExplainDetail] = []
    if not cursor.accept("PLAN", "FOR"):
        table = {detail.value: detail for detail in s.ExplainDetail}
        if any(cursor.peek(word) for word in table):
            details = cursor.listed(lambda: cursor.choose(table))
    return s.Explain(_explained(cursor), tuple(dict.fromkeys(details)))


def _explained(cursor: Cursor) -> s.Query | s.Insert | s.StatementSet | s.CreateTable:
    start = cursor.token
    if cursor.accept("EXECUTE"):
        return _explained(cursor)
    if cursor.accept("INSERT"):
        return insert(cursor)
    if cursor.accept("STATEMENT", "SET"):
        cursor.expect("BEGIN")
        return _block(cursor)
    if cursor.accept("CREATE"):
        created = create(cursor)
        if isinstance(created, s.CreateTable) and created.query is not None:
            return created
        raise PlanError(
            "Only CREATE TABLE ... AS can be explained among CREATE statements",
            position=cursor.mistake("", start).position,
            source=cursor.sql,
        )
    return _query_or_fail(cursor, "INSERT", "STATEMENT SET", "CREATE TABLE ... AS")
