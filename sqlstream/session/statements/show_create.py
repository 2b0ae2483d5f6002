"""SHOW CREATE: the statement that would make an object again, secrets masked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlstream.config.configuration import masked
from sqlstream.session.catalog_manager import Identifier
from sqlstream.session.handlers import handles
from sqlstream.session.result import Result
from sqlstream.session.session import Session
from sqlstream.session.statements.models import existing_model
from sqlstream.session.statements.tables import existing_table, existing_view
from sqlstream.spi.catalog import Column, ComputedColumn, MetadataColumn, PhysicalColumn
from sqlstream.sql.identifiers import quote, quote_literal, quote_path
from sqlstream.sql.statements import CreateKind, Path, ShowCreate


@handles(ShowCreate)
def show_create(session: Session, statement: ShowCreate) -> Result:
    return Result.of_text(_CREATE[statement.kind](session, statement.path))


def _options(options: Mapping[str, str]) -> list[str]:
    if not options:
        return []
    lines = [f"  {quote_literal(key)} = {quote_literal(value)}" for key, value in masked(options).items()]
    return ["WITH (\n" + ",\n".join(lines) + "\n)"]


def _comment(comment: str | None) -> str:
    return f" COMMENT {quote_literal(comment)}" if comment else ""


def _column(column: Column) -> str:
    return f"{quote(column.name)} {_DEFINITIONS[type(column)](column)}{_comment(column.comment)}"


def _metadata(column: MetadataColumn) -> str:
    source = f" FROM {quote_literal(column.key)}" if column.key else ""
    return f"{column.type} METADATA{source}{' VIRTUAL' if column.virtual else ''}"


_DEFINITIONS: dict[type, Callable[..., str]] = {
    PhysicalColumn: lambda column: str(column.type),
    ComputedColumn: lambda column: f"AS {column.expression}",
    MetadataColumn: _metadata,
}


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(map(quote, names))


def _head(kind: str, identifier: Identifier, temporary: bool) -> str:
    return f"CREATE {'TEMPORARY ' if temporary else ''}{kind} {quote_path(identifier)}"


def _table(session: Session, path: Path) -> str:
    table = existing_table(session, path)
    identifier = session.catalogs.qualify(path)
    lines = [f"  {_column(column)}" for column in table.columns]
    if table.watermark is not None:
        lines.append(f"  WATERMARK FOR {quote(table.watermark.column)} AS {table.watermark.expression}")
    if table.primary_key:
        name = quote("PK_" + "_".join(table.primary_key))
        lines.append(f"  CONSTRAINT {name} PRIMARY KEY ({_names(table.primary_key)}) NOT ENFORCED")
    head = _head("TABLE", identifier, identifier in session.catalogs.temporary_relations)
    parts = [head + " (\n" + ",\n".join(lines) + "\n)"]
    if table.comment:
        parts.append(_comment(table.comment).strip())
    if table.partition_keys:
        parts.append(f"PARTITIONED BY ({_names(table.partition_keys)})")
    return "\n".join([*parts, *_options(table.options)]) + "\n"


def _view(session: Session, path: Path) -> str:
    view = existing_view(session, path)
    identifier = session.catalogs.qualify(path)
    head = _head("VIEW", identifier, identifier in session.catalogs.temporary_relations)
    columns = ",\n".join(f"  {quote(name)}" for name in view.column_names)
    comment = [_comment(view.comment).strip()] if view.comment else []
    return "\n".join([f"{head} (\n{columns}\n)", *comment, f"AS {view.query}"]) + "\n"


def _catalog(session: Session, path: Path) -> str:
    session.catalogs.catalog(path[0])
    options = session.catalogs.catalog_options[path[0]]
    comment = _comment(session.catalogs.catalog_comments.get(path[0]))
    return "\n".join([f"CREATE CATALOG {quote(path[0])}{comment}", *_options(options)]) + "\n"


def _model(session: Session, path: Path) -> str:
    model = existing_model(session, path)
    identifier = session.catalogs.qualify(path)
    head = _head("MODEL", identifier, identifier in session.catalogs.temporary_models)
    parts = [head]
    for side, columns in (("INPUT", model.inputs), ("OUTPUT", model.outputs)):
        if columns:
            parts.append(f"{side} ({', '.join(map(_column, columns))})")
    if model.comment:
        parts.append(_comment(model.comment).strip())
    return "\n".join([*parts, *_options(model.options)]) + "\n"


_CREATE: dict[CreateKind, Callable[[Session, Path], str]] = {
    CreateKind.TABLE: _table,
    CreateKind.VIEW: _view,
    CreateKind.CATALOG: _catalog,
    CreateKind.MODEL: _model,
}
