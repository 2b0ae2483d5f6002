"""CREATE, ALTER, DROP VIEW."""

from __future__ import annotations

from msgspec.structs import replace

from sqlstream.errors import SqlError
from sqlstream.session.handlers import handles
from sqlstream.session.result import Result
from sqlstream.session.session import Session
from sqlstream.session.statements.tables import drop, existing_view
from sqlstream.spi.catalog import CatalogView
from sqlstream.sql.statements import AlterView, CreateView, DropView, RenameView


@handles(CreateView)
def create_view(session: Session, statement: CreateView) -> Result:
    if statement.if_not_exists and session.catalogs.relation(statement.path) is not None:
        return Result.success()
    names = session.planner.query_schema(statement.query).names
    if statement.column_names and len(statement.column_names) != len(names):
        raise SqlError(
            f"The view lists {len(statement.column_names)} columns, its query has {len(names)}.",
            hint=f"The query's columns are: {', '.join(names)}.",
        )
    view = CatalogView(
        query=statement.query_text,
        catalog=session.catalogs.current_catalog,
        database=session.catalogs.current_database,
        column_names=statement.column_names or tuple(names),
        comment=statement.comment,
    )
    session.catalogs.put_relation(statement.path, view, temporary=statement.temporary, replace=statement.or_replace)
    return Result.success()


@handles(AlterView)
def alter_view(session: Session, statement: AlterView) -> Result:
    view = existing_view(session, statement.path)
    names = tuple(session.planner.query_schema(statement.query).names)
    session.catalogs.replace_relation(
        statement.path,
        replace(
            view,
            query=statement.query_text,
            catalog=session.catalogs.current_catalog,
            database=session.catalogs.current_database,
            column_names=names,
        ),
    )
    return Result.success()


@handles(RenameView)
def rename_view(session: Session, statement: RenameView) -> Result:
    existing_view(session, statement.path)
    session.catalogs.rename_relation(statement.path, statement.new_path)
    return Result.success()


@handles(DropView)
def drop_view(session: Session, statement: DropView) -> Result:
    return drop(session, statement.path, statement.if_exists, statement.temporary, existing_view)
