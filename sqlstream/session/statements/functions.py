"""User functions: kept in catalogs, or for the session."""

from __future__ import annotations

from sqlstream.errors import CatalogError
from sqlstream.session.catalog_manager import missing
from sqlstream.session.handlers import handles
from sqlstream.session.result import Result
from sqlstream.session.session import Session
from sqlstream.spi.catalog import CatalogFunction
from sqlstream.sql.statements import AlterFunction, CreateFunction, DropFunction, FunctionScope, Path


@handles(CreateFunction)
def create_function(session: Session, statement: CreateFunction) -> Result:
    if _exists(session, statement.path, statement.scope):
        if statement.if_not_exists:
            return Result.success()
        raise CatalogError(f"Function '{'.'.join(statement.path)}' already exists.", hint="Use ALTER FUNCTION.")
    _put(session, statement.path, statement.scope, CatalogFunction(statement.class_name, statement.language))
    return Result.success()


@handles(AlterFunction)
def alter_function(session: Session, statement: AlterFunction) -> Result:
    if not _exists(session, statement.path, statement.scope):
        return _absent(session, statement.path, statement.scope, statement.if_exists)
    _put(session, statement.path, statement.scope, CatalogFunction(statement.class_name, statement.language))
    return Result.success()


@handles(DropFunction)
def drop_function(session: Session, statement: DropFunction) -> Result:
    if not _exists(session, statement.path, statement.scope):
        return _absent(session, statement.path, statement.scope, statement.if_exists)
    catalog, database, name = identifier = session.catalogs.qualify(statement.path)
    if statement.scope is FunctionScope.TEMPORARY_SYSTEM:
        del session.catalogs.system_functions[name]
    elif statement.scope is FunctionScope.TEMPORARY:
        del session.catalogs.temporary_functions[identifier]
    else:
        session.catalogs.catalog(catalog).drop_function(database, name)
    return Result.success()


def _exists(session: Session, path: Path, scope: FunctionScope) -> bool:
    catalog, database, name = identifier = session.catalogs.qualify(path)
    if scope is FunctionScope.TEMPORARY_SYSTEM:
        return name in session.catalogs.system_functions
    if scope is FunctionScope.TEMPORARY:
        return identifier in session.catalogs.temporary_functions
    return name in session.catalogs.existing_database(catalog, database).functions(database)


def _put(session: Session, path: Path, scope: FunctionScope, function: CatalogFunction) -> None:
    catalog, database, name = identifier = session.catalogs.qualify(path)
    if scope is FunctionScope.TEMPORARY_SYSTEM:
        session.catalogs.system_functions[name] = function
    elif scope is FunctionScope.TEMPORARY:
        session.catalogs.temporary_functions[identifier] = function
    else:
        session.catalogs.existing_database(catalog, database).put_function(database, name, function, True)


def _absent(session: Session, path: Path, scope: FunctionScope, if_exists: bool) -> Result:
    if if_exists:
        return Result.success()
    catalog, database, _ = session.catalogs.qualify(path)
    kind = "function" if scope is FunctionScope.CATALOG else f"{scope.value.lower()} function"
    raise missing(kind, ".".join(path), session.catalogs.functions_of(catalog, database))
