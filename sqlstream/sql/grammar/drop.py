"""DROP and TRUNCATE statements."""

from __future__ import annotations

from collections.abc import Callable

from sqlstream.sql import statements as s
from sqlstream.sql.cursor import Cursor

Drop = Callable[[Cursor], s.Statement]


def drop(cursor: Cursor) -> s.Statement:
    """The rest of a statement after DROP."""
    if cursor.accept("TEMPORARY", "SYSTEM"):
        cursor.expect("FUNCTION")
        return _function(cursor, s.FunctionScope.TEMPORARY_SYSTEM)
    return cursor.choose(_TEMPORARY if cursor.accept("TEMPORARY") else _PERMANENT)(cursor)


def truncate(cursor: Cursor) -> s.Statement:
    """The rest of a statement after TRUNCATE."""
    cursor.expect("TABLE")
    return s.TruncateTable(cursor.path())


def _if_exists(cursor: Cursor) -> bool:
    return cursor.accept("IF", "EXISTS")


def _relation(kind: type[s.DropTable] | type[s.DropView] | type[s.DropModel], temporary: bool) -> Drop:
    def read(cursor: Cursor) -> s.Statement:
        if_exists = _if_exists(cursor)
        return kind(cursor.path(), temporary, if_exists)

    return read


def _function(cursor: Cursor, scope: s.FunctionScope) -> s.Statement:
    if_exists = _if_exists(cursor)
    return s.DropFunction(cursor.path(), scope, if_exists)


def _database(cursor: Cursor) -> s.Statement:
    if_exists = _if_exists(cursor)
    path = cursor.path()
    cascade = not cursor.accept("RESTRICT") and cursor.accept("CASCADE")
    return s.DropDatabase(path, if_exists, cascade)


def _catalog(cursor: Cursor) -> s.Statement:
    if_exists = _if_exists(cursor)
    return s.DropCatalog(cursor.name(), if_exists)


_TEMPORARY: dict[str, Drop] = {
    "TABLE": _relation(s.DropTable, True),
    "VIEW": _relation(s.DropView, True),
    "MODEL": _relation(s.DropModel, True),
    "FUNCTION": lambda cursor: _function(cursor, s.FunctionScope.TEMPORARY),
}
_PERMANENT: dict[str, Drop] = {
    "TABLE": _relation(s.DropTable, False),
    "VIEW": _relation(s.DropView, False),
    "MODEL": _relation(s.DropModel, False),
    "FUNCTION": lambda cursor: _function(cursor, s.FunctionScope.CATALOG),
    "DATABASE": _database,
    "CATALOG": _catalog,
}
