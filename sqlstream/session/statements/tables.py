"""CREATE, ALTER, DROP TABLE."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from sqlstream.errors import CatalogError, PlanError
from sqlstream.session.altered_table import altered
from sqlstream.session.handlers import handles
from sqlstream.session.like_clause import merged_like
from sqlstream.session.result import Result
from sqlstream.session.session import Session
from sqlstream.session.statements.queries import run_inserts
from sqlstream.spi.catalog import CatalogTable, CatalogView, PhysicalColumn, Relation
from sqlstream.sql.identifiers import quote, quote_path
from sqlstream.sql.statements import (
    AlterTable,
    CreateTable,
    DropTable,
    Insert,
    Path,
    RenameTable,
    ShowPartitions,
    TruncateTable,
)
from sqlstream.types.schema import Schema


@handles(CreateTable)
def create_table(session: Session, statement: CreateTable) -> Result:
    exists = session.catalogs.relation(statement.path) is not None
    if exists and statement.if_not_exists:
        return Result.success()
    table = resolved_table(session, statement)
    session.planner.table_schema(table)
    session.catalogs.put_relation(statement.path, table, temporary=statement.temporary, replace=statement.or_replace)
    if statement.query is None:
        return Result.success()
    catalog, database, name = session.catalogs.qualify(statement.path)
    target = exp.table_(name, database, catalog, quoted=True)
    return run_inserts(session, (Insert((catalog, database, name), statement.query, target),))


def resolved_table(session: Session, statement: CreateTable) -> CatalogTable:
    """The table that CREATE TABLE describes, with what LIKE and AS contribute."""
    table = CatalogTable(
        columns=statement.columns,
        options=statement.options,
        watermark=statement.watermark,
        primary_key=statement.primary_key,
        partition_keys=statement.partition_keys,
        comment=statement.comment,
    )
    if statement.like is not None:
        table = merged_like(existing_table(session, statement.like.path), table, statement.like)
    if statement.query is not None and not statement.columns:
        table = _with_query_columns(table, session.planner.query_schema(statement.query), statement.column_order)
    return table


def _with_query_columns(table: CatalogTable, schema: Schema, order: tuple[str, ...]) -> CatalogTable:
    names = order or tuple(schema.names)
    if sorted(names) != sorted(schema.names):
        raise CatalogError(f"The columns ({', '.join(names)}) are not those of the query ({', '.join(schema.names)}).")
    by_name = {f.name: PhysicalColumn(f.name, f.type) for f in schema}
    return CatalogTable(
        columns=tuple(by_name[name] for name in names),
        options=table.options,
        watermark=table.watermark,
        primary_key=table.primary_key,
        partition_keys=table.partition_keys,
        comment=table.comment,
    )


def existing(session: Session, path: Path, kind: str) -> Relation:
    """The table or view called ``path``; CatalogError, with a suggestion, if there is none."""
    resolved = session.catalogs.relation(path)
    if resolved is None:
        raise session.catalogs.missing_relation(kind, path)
    return resolved.relation


def existing_table(session: Session, path: Path) -> CatalogTable:
    """The table called ``path``; CatalogError if there is none, or it is a view."""
    relation = existing(session, path, "table")
    if isinstance(relation, CatalogView):
        raise CatalogError(f"'{'.'.join(path)}' is a view, not a table.", hint="Use the VIEW form of the statement.")
    return relation


def existing_view(session: Session, path: Path) -> CatalogView:
    """The view called ``path``; CatalogError if there is none, or it is a table."""
    relation = existing(session, path, "view")
    if isinstance(relation, CatalogTable):
        raise CatalogError(f"'{'.'.join(path)}' is a table, not a view.", hint="Use the TABLE form of the statement.")
    return relation


def drop(
    session: Session, path: Path, if_exists: bool, temporary: bool, check: Callable[[Session, Path], Relation]
) -> Result:
    """Drop the relation ``path`` once ``check`` has accepted it."""
    if if_exists and session.catalogs.relation(path) is None:
        return Result.success()
    check(session, path)
    if temporary and session.catalogs.qualify(path) not in session.catalogs.temporary_relations:
        raise CatalogError(f"There is no temporary object '{'.'.join(path)}'.", hint="Leave out TEMPORARY.")
    session.catalogs.drop_relation(path)
    return Result.success()


@handles(DropTable)
def drop_table(session: Session, statement: DropTable) -> Result:
    return drop(session, statement.path, statement.if_exists, statement.temporary, existing_table)


@handles(RenameTable)
def rename_table(session: Session, statement: RenameTable) -> Result:
    if statement.if_exists and session.catalogs.relation(statement.path) is None:
        return Result.success()
    existing_table(session, statement.path)
    session.catalogs.rename_relation(statement.path, statement.new_path)
    return Result.success()


@handles(AlterTable)
def alter_table(session: Session, statement: AlterTable) -> Result:
    if statement.if_exists and session.catalogs.relation(statement.path) is None:
        return Result.success()
    table = existing_table(session, statement.path)
    for change in statement.changes:
        table = altered(table, change)
    session.planner.table_schema(table)
    session.catalogs.replace_relation(statement.path, table)
    return Result.success()


@handles(TruncateTable)
def truncate_table(session: Session, statement: TruncateTable) -> Result:
    existing_table(session, statement.path)
    raise PlanError(
        "TRUNCATE TABLE is not supported.", hint="INSERT OVERWRITE the table with a query that gives no rows."
    )


@handles(ShowPartitions)
def show_partitions(session: Session, statement: ShowPartitions) -> Result:
    keys = existing_table(session, statement.path).partition_keys
    name = quote_path(statement.path)
    if not keys:
        raise CatalogError(f"Table {name} is not partitioned.")
    raise PlanError(
        "SHOW PARTITIONS is not supported: partitions are not kept in catalogs.",
        hint=f"SELECT DISTINCT {', '.join(map(quote, keys))} FROM {name} finds them.",
    )
