"""SHOW and DESCRIBE statements."""

from __future__ import annotations

from collections.abc import Callable

from sqlstream.sql import statements as s
from sqlstream.sql.cursor import Cursor


def show(cursor: Cursor) -> s.Statement:
    """The rest of a statement after SHOW."""
    return cursor.choose(_SHOWN)(cursor)


def _plain(kind: s.ShowKind) -> Callable[[Cursor], s.Statement]:
    return lambda cursor: s.Show(kind)


def _named(kind: s.ShowKind) -> Callable[[Cursor], s.Statement]:
    return lambda cursor: s.Show(kind, pattern=_pattern(cursor))


def _scoped(kind: s.ShowKind) -> Callable[[Cursor], s.Statement]:
    def read(cursor: Cursor) -> s.Statement:
        scope = cursor.path() if cursor.accept("FROM") or cursor.accept("IN") else ()
        return s.Show(kind, scope, _pattern(cursor))

    return read


def _pattern(cursor: Cursor) -> s.NamePattern | None:
    negated = cursor.accept("NOT")
    for word, ignore_case in (("LIKE", False), ("ILIKE", True)):
        if cursor.accept(word):
            return s.NamePattern(cursor.string(), negated, ignore_case)
    if negated:
        cursor.fail()
    return None


def _columns(cursor: Cursor) -> s.Statement:
    if not cursor.accept("FROM"):
        cursor.expect("IN")
    path = cursor.path()
    return s.ShowColumns(path, _pattern(cursor))


def _partitions(cursor: Cursor) -> s.Statement:
    path = cursor.path()
    return s.ShowPartitions(path, cursor.partition() if cursor.accept("PARTITION") else ())


def _create(cursor: Cursor) -> s.Statement:
    kind = cursor.choose({kind.value: kind for kind in s.CreateKind})
    return s.ShowCreate(kind, cursor.path())


_SHOWN: dict[str, Callable[[Cursor], s.Statement]] = {
    "CATALOGS": _named(s.ShowKind.CATALOGS),
    "DATABASES": _scoped(s.ShowKind.DATABASES),
    "TABLES": _scoped(s.ShowKind.TABLES),
    "VIEWS": _scoped(s.ShowKind.VIEWS),
    "FUNCTIONS": _scoped(s.ShowKind.FUNCTIONS),
    "USER FUNCTIONS": _scoped(s.ShowKind.USER_FUNCTIONS),
    "MODELS": _scoped(s.ShowKind.MODELS),
    "MODULES": _plain(s.ShowKind.MODULES),
    "FULL MODULES": _plain(s.ShowKind.FULL_MODULES),
    "JOBS": _plain(s.ShowKind.JOBS),
    "CURRENT CATALOG": _plain(s.ShowKind.CURRENT_CATALOG),
    "CURRENT DATABASE": _plain(s.ShowKind.CURRENT_DATABASE),
    "COLUMNS": _columns,
    "PARTITIONS": _partitions,
    "CREATE": _create,
}

_DESCRIBED = {
    "CATALOG": s.DescribeKind.CATALOG,
    "DATABASE": s.DescribeKind.DATABASE,
    "FUNCTION": s.DescribeKind.FUNCTION,
    "MODEL": s.DescribeKind.MODEL,
}


def describe(cursor: Cursor) -> s.Statement:
    """The rest of a statement after DESCRIBE or DESC."""
    if cursor.accept("JOB"):
        return s.DescribeJob(cursor.string())
    for word, kind in _DESCRIBED.items():
        if cursor.accept(word):
            extended = cursor.accept("EXTENDED")
            return s.Describe(cursor.path(), kind, extended)
    extended = cursor.accept("EXTENDED")
    return s.Describe(cursor.path(), s.DescribeKind.TABLE, extended)
