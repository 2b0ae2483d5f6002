"""SHOW: lists of names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sqlstream.functions.registry import function_names
from sqlstream.session.handlers import handles
from sqlstream.session.result import Result
from sqlstream.session.session import Session
from sqlstream.session.statements.describe import column_rows, columns_result
from sqlstream.session.statements.jobs import job_rows
from sqlstream.spi.catalog import CatalogView
from sqlstream.sql.statements import NamePattern, Path, Show, ShowColumns, ShowKind
from sqlstream.types.logical import BOOLEAN, STRING


def matching(names: Iterable[str], pattern: NamePattern | None) -> list[str]:
    """The names that [NOT] LIKE ``pattern``: % is any text, _ one character, backslash escapes."""
    if pattern is None:
        return list(names)
    expression = re.compile(_like_to_regex(pattern.pattern), re.IGNORECASE if pattern.ignore_case else 0)
    return [name for name in names if (expression.fullmatch(name) is not None) != pattern.negated]


def _like_to_regex(pattern: str) -> str:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return "".join(wild.get(part) or re.escape(part[-1]) for part in parts)


def _databases(session: Session, scope: Path) -> list[str]:
    return sorted(session.catalogs.catalog(scope[0] if scope else session.catalogs.current_catalog).databases())


def _tables(session: Session, scope: Path) -> list[str]:
    return session.catalogs.relations_of(*session.catalogs.database_path(scope))


def _views(session: Session, scope: Path) -> list[str]:
    catalog, database = session.catalogs.database_path(scope)
    names = session.catalogs.relations_of(catalog, database)
    relations = [(name, session.catalogs.relation((catalog, database, name))) for name in names]
    return [name for name, found in relations if found and isinstance(found.relation, CatalogView)]


def _user_functions(session: Session, scope: Path) -> list[str]:
    return sorted(session.catalogs.functions_of(*session.catalogs.database_path(scope)))


def _functions(session: Session, scope: Path) -> list[str]:
    built_in = (name.lower() for name in function_names() if name[0].isalpha())
    return sorted({*built_in, *_user_functions(session, scope)})


def _models(session: Session, scope: Path) -> list[str]:
    return sorted(session.catalogs.models_of(*session.catalogs.database_path(scope)))


_LISTS: dict[ShowKind, tuple[str, Callable[[Session, Path], list[str]]]] = {
    ShowKind.CATALOGS: ("catalog name", lambda session, _: session.catalogs.catalogs()),
    ShowKind.DATABASES: ("database name", _databases),
    ShowKind.TABLES: ("table name", _tables),
    ShowKind.VIEWS: ("view name", _views),
    ShowKind.FUNCTIONS: ("function name", _functions),
    ShowKind.USER_FUNCTIONS: ("function name", _user_functions),
    ShowKind.MODELS: ("model name", _models),
    ShowKind.MODULES: ("module name", lambda session, _: [name for name, used in session.modules.items() if used]),
    ShowKind.CURRENT_CATALOG: ("current catalog name", lambda session, _: [session.catalogs.current_catalog]),
    ShowKind.CURRENT_DATABASE: ("current database name", lambda session, _: [session.catalogs.current_database]),
}


@handles(Show)
def show(session: Session, statement: Show) -> Result:
    if statement.kind in _TABLES:
        return _TABLES[statement.kind](session)
    column, names = _LISTS[statement.kind]
    return Result.of_names(column, matching(names(session, statement.scope), statement.pattern))


def _full_modules(session: Session) -> Result:
    return Result.of_rows([("module name", STRING), ("used", BOOLEAN)], list(session.modules.items()))


_TABLES: dict[ShowKind, Callable[[Session], Result]] = {
    ShowKind.FULL_MODULES: _full_modules,
    ShowKind.JOBS: job_rows,
}


@handles(ShowColumns)
def show_columns(session: Session, statement: ShowColumns) -> Result:
    rows = column_rows(session, statement.path)
    names = set(matching([row[0] for row in rows], statement.pattern))
    return columns_result([row for row in rows if row[0] in names])
