"""ALTER statements."""

from __future__ import annotations

from collections.abc import Callable

from sqlstream.spi.catalog import Column, WatermarkDefinition
from sqlstream.sql import statements as s
from sqlstream.sql import table_changes as c
from sqlstream.sql.cursor import Cursor
from sqlstream.sql.grammar.columns import column, primary_key, watermark
from sqlstream.sql.grammar.create import class_and_language


def alter(cursor: Cursor) -> s.Statement:
    """The rest of a statement after ALTER."""
    return cursor.choose(_KINDS)(cursor)


# --- tables ----------------------------------------------------------------------------------------------------------


def _table(cursor: Cursor) -> s.Statement:
    if_exists = cursor.accept("IF", "EXISTS")
    path = cursor.path()
    if cursor.accept("RENAME", "TO"):
        return s.RenameTable(path, cursor.path(), if_exists)
    return s.AlterTable(path, cursor.choose(_TABLE_CHANGES)(cursor), if_exists)


def _changes(cursor: Cursor, one: Callable[[Cursor], c.TableChange]) -> tuple[c.TableChange, ...]:
    """One change, or several in parentheses."""
    if cursor.peek("("):
        return tuple(cursor.in_parentheses(lambda: one(cursor)))
    return (one(cursor),)


def _change(
    of_column: Callable[[Column, c.ColumnPlace | None], c.TableChange],
    of_key: Callable[[tuple[str, ...]], c.TableChange],
    of_watermark: Callable[[WatermarkDefinition], c.TableChange],
) -> Callable[[Cursor], c.TableChange]:
    def read(cursor: Cursor) -> c.TableChange:
        if cursor.peek("WATERMARK", "FOR"):
            return of_watermark(watermark(cursor))
        key = primary_key(cursor)
        if key is not None:
            return of_key(key)
        start = cursor.token
        declared, is_key = column(cursor)
        if is_key:
            raise cursor.mistake("A key is not part of a column here", start, "Use ADD PRIMARY KEY (...) NOT ENFORCED.")
        return of_column(declared, _place(cursor))

    return read


def _place(cursor: Cursor) -> c.ColumnPlace | None:
    if cursor.accept("FIRST"):
        return c.ColumnPlace(None)
    return c.ColumnPlace(cursor.name()) if cursor.accept("AFTER") else None


_add = _change(c.AddColumn, c.AddPrimaryKey, c.AddWatermark)
_modify = _change(c.ModifyColumn, c.ModifyPrimaryKey, c.ModifyWatermark)


def _drop(cursor: Cursor) -> tuple[c.TableChange, ...]:
    if cursor.accept("PRIMARY", "KEY"):
        return (c.DropPrimaryKey(),)
    if cursor.accept("WATERMARK"):
        return (c.DropWatermark(),)
    return (c.DropColumns(cursor.names() if cursor.peek("(") else (cursor.name(),)),)


def _rename(cursor: Cursor) -> tuple[c.TableChange, ...]:
    old = cursor.name()
    cursor.expect("TO")
    return (c.RenameColumn(old, cursor.name()),)


_TABLE_CHANGES: dict[str, Callable[[Cursor], tuple[c.TableChange, ...]]] = {
    "SET": lambda cursor: (c.SetOptions(cursor.properties()),),
    "RESET": lambda cursor: (c.ResetOptions(cursor.keys()),),
    "ADD": lambda cursor: _changes(cursor, _add),
    "MODIFY": lambda cursor: _changes(cursor, _modify),
    "DROP": _drop,
    "RENAME": _rename,
}


# --- everything else -------------------------------------------------------------------------------------------------


def _view(cursor: Cursor) -> s.Statement:
    path = cursor.path()
    if cursor.accept("RENAME", "TO"):
        return s.RenameView(path, cursor.path())
    cursor.expect("AS")
    query, text = cursor.query_with_text()
    return s.AlterView(path, query, text)


def _database(cursor: Cursor) -> s.Statement:
    path = cursor.path()
    cursor.expect("SET")
    return s.AlterDatabase(path, cursor.properties())


def _catalog(cursor: Cursor) -> s.Statement:
    name = cursor.name()
    if cursor.accept("SET"):
        return s.AlterCatalog(name, set_options=cursor.properties())
    if cursor.accept("RESET"):
        return s.AlterCatalog(name, reset_keys=cursor.keys())
    cursor.expect("COMMENT")
    return s.AlterCatalog(name, comment=cursor.string())


def _function(scope: s.FunctionScope) -> Callable[[Cursor], s.Statement]:
    def read(cursor: Cursor) -> s.Statement:
        if_exists = cursor.accept("IF", "EXISTS")
        path = cursor.path()
        class_name, language = class_and_language(cursor)
        return s.AlterFunction(path, class_name, language, scope, if_exists)

    return read


def _model(cursor: Cursor) -> s.Statement:
    if_exists = cursor.accept("IF", "EXISTS")
    path = cursor.path()
    if cursor.accept("RENAME", "TO"):
        return s.RenameModel(path, cursor.path(), if_exists)
    if cursor.accept("SET"):
        return s.AlterModel(path, set_options=cursor.properties(), if_exists=if_exists)
    cursor.expect("RESET")
    return s.AlterModel(path, reset_keys=cursor.keys(), if_exists=if_exists)


_KINDS: dict[str, Callable[[Cursor], s.Statement]] = {
    "TABLE": _table,
    "VIEW": _view,
    "DATABASE": _database,
    "CATALOG": _catalog,
    "MODEL": _model,
    "FUNCTION": _function(s.FunctionScope.CATALOG),
    "TEMPORARY SYSTEM FUNCTION": _function(s.FunctionScope.TEMPORARY_SYSTEM),
    "TEMPORARY FUNCTION": _function(s.FunctionScope.TEMPORARY),
}
