"""Catalogs and databases: CREATE, ALTER, DROP, USE."""

from __future__ import annotations

from msgspec.structs import replace

from sqlstream.errors import CatalogError
from sqlstream.session.handlers import handles
from sqlstream.session.result import Result
from sqlstream.session.session import Session
from sqlstream.spi.catalog import CatalogDatabase
from sqlstream.sql.statements import (
    AlterCatalog,
    AlterDatabase,
    CreateCatalog,
    CreateDatabase,
    DropCatalog,
    DropDatabase,
    UseCatalog,
    UseDatabase,
)


@handles(CreateCatalog)
def create_catalog(session: Session, statement: CreateCatalog) -> Result:
    if not (statement.if_not_exists and statement.name in session.catalogs.catalogs()):
        session.catalogs.create_catalog(statement.name, statement.options, statement.comment)
    return Result.success()


@handles(AlterCatalog)
def alter_catalog(session: Session, statement: AlterCatalog) -> Result:
    session.catalogs.alter_catalog(statement.name, statement.set_options, statement.reset_keys, statement.comment)
    return Result.success()


@handles(DropCatalog)
def drop_catalog(session: Session, statement: DropCatalog) -> Result:
    if not (statement.if_exists and statement.name not in session.catalogs.catalogs()):
        session.catalogs.drop_catalog(statement.name)
    return Result.success()


@handles(UseCatalog)
def use_catalog(session: Session, statement: UseCatalog) -> Result:
    session.catalogs.use_catalog(statement.name)
    return Result.success()


@handles(CreateDatabase)
def create_database(session: Session, statement: CreateDatabase) -> Result:
    catalog, database = session.catalogs.database_path(statement.path)
    target = session.catalogs.catalog(catalog)
    if not (statement.if_not_exists and database in target.databases()):
        target.create_database(database, CatalogDatabase(statement.properties, statement.comment))
    return Result.success()


@handles(AlterDatabase)
def alter_database(session: Session, statement: AlterDatabase) -> Result:
    catalog, database = session.catalogs.database_path(statement.path)
    target = session.catalogs.existing_database(catalog, database)
    old = target.database(database)
    target.alter_database(database, replace(old, properties={**old.properties, **statement.properties}))
    return Result.success()


@handles(DropDatabase)
def drop_database(session: Session, statement: DropDatabase) -> Result:
    catalog, database = session.catalogs.database_path(statement.path)
    target = session.catalogs.catalog(catalog)
    if statement.if_exists and database not in target.databases():
        return Result.success()
    session.catalogs.existing_database(catalog, database)
    if (catalog, database) == (session.catalogs.current_catalog, session.catalogs.current_database):
        raise CatalogError(f"Database '{database}' is in use.", hint="USE another one first.")
    target.drop_database(database, statement.cascade)
    return Result.success()


@handles(UseDatabase)
def use_database(session: Session, statement: UseDatabase) -> Result:
    session.catalogs.use_database(statement.path)
    return Result.success()
