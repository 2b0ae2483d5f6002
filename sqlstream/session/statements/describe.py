"""DESCRIBE, and the rows it shares with SHOW COLUMNS."""

from __future__ import annotations

from collections.abc import Callable

from sqlstream.config.configuration import masked
from sqlstream.functions.registry import lookup
from sqlstream.session.catalog_manager import missing
from sqlstream.session.handlers import handles
from sqlstream.session.result import Result
from sqlstream.session.session import Session
from sqlstream.session.statements.models import existing_model
from sqlstream.session.statements.tables import existing
from sqlstream.spi.catalog import CatalogTable, ComputedColumn, MetadataColumn
from sqlstream.sql.statements import Describe, DescribeKind, Path
from sqlstream.types.logical import BOOLEAN, STRING, LogicalType, with_nullability
from sqlstream.types.schema import Field

_COLUMNS: list[tuple[str, LogicalType]] = [
    ("name", STRING),
    ("type", STRING),
    ("null", BOOLEAN),
    ("key", STRING),
    ("extras", STRING),
    ("watermark", STRING),
]
_COMMENT: tuple[str, LogicalType] = ("comment", STRING)

ColumnRow = tuple[str, str, bool, str | None, str | None, str | None, str | None]


def column_rows(session: Session, path: Path) -> list[ColumnRow]:
    """A row for each column of table or view ``path``: name, type, nullable, key, extras, watermark, comment."""
    schema = session.schema_of(path)
    relation = existing(session, path, "table")
    table = relation if isinstance(relation, CatalogTable) else None
    extras = _extras(table) if table else {}
    comments = {column.name: column.comment for column in table.columns} if table else {}
    key = f"PRI({', '.join(table.primary_key)})" if table and table.primary_key else None
    return [
        (
            field.name,
            _type_text(field),
            field.type.nullable,
            key if table and field.name in table.primary_key else None,
            extras.get(field.name),
            table.watermark.expression if table and table.watermark and table.watermark.column == field.name else None,
            comments.get(field.name),
        )
        for field in schema
    ]


def _type_text(field: Field) -> str:
    text = str(with_nullability(field.type, True))
    return f"{text} *{field.time.value}*" if field.time else text


def _extras(table: CatalogTable) -> dict[str, str]:
    texts: dict[str, str] = {}
    for column in table.columns:
        if isinstance(column, ComputedColumn):
            texts[column.name] = f"AS {column.expression}"
        elif isinstance(column, MetadataColumn):
            source = f" FROM '{column.key}'" if column.key else ""
            texts[column.name] = f"METADATA{source}{' VIRTUAL' if column.virtual else ''}"
    return texts


def columns_result(rows: list[ColumnRow]) -> Result:
    """``rows`` as DESCRIBE shows them: comments have a column where there are any."""
    if any(row[-1] for row in rows):
        return Result.of_rows([*_COLUMNS, _COMMENT], rows)
    return Result.of_rows(_COLUMNS, [row[:-1] for row in rows])


@handles(Describe)
def describe(session: Session, statement: Describe) -> Result:
    return _DESCRIBE[statement.kind](session, statement.path)


def _table(session: Session, path: Path) -> Result:
    return columns_result(column_rows(session, path))


def _database(session: Session, path: Path) -> Result:
    catalog, name = session.catalogs.database_path(path)
    database = session.catalogs.existing_database(catalog, name).database(name)
    rows = [("name", name), ("catalog", catalog), ("comment", database.comment), *database.properties.items()]
    return _info(rows)


def _catalog(session: Session, path: Path) -> Result:
    session.catalogs.catalog(path[0])
    comment = session.catalogs.catalog_comments.get(path[0], "")
    return _info([("name", path[0]), ("comment", comment), *masked(session.catalogs.catalog_options[path[0]]).items()])


def _function(session: Session, path: Path) -> Result:
    catalog, database, name = session.catalogs.qualify(path)
    own = session.catalogs.functions_of(catalog, database).get(name)
    if own is not None:
        return _info([("name", name), ("class name", own.class_name), ("language", own.language)])
    built_in = lookup(path[-1]) if len(path) == 1 else None
    if built_in is None:
        raise missing("function", ".".join(path), session.catalogs.functions_of(catalog, database))
    return _info(
        [("name", built_in.name), ("description", built_in.doc), ("signatures", "\n".join(built_in.signatures))]
    )


def _model(session: Session, path: Path) -> Result:
    model = existing_model(session, path)
    rows = [
        (column.name, str(with_nullability(column.type, True)), column.type.nullable, side == "input")
        for side, columns in (("input", model.inputs), ("output", model.outputs))
        for column in columns
    ]
    return Result.of_rows([("name", STRING), ("type", STRING), ("null", BOOLEAN), ("is input", BOOLEAN)], rows)


def _info(rows: list[tuple[str, str | None]]) -> Result:
    return Result.of_rows([("info name", STRING), ("info value", STRING)], rows)


_DESCRIBE: dict[DescribeKind, Callable[[Session, Path], Result]] = {
    DescribeKind.TABLE: _table,
    DescribeKind.DATABASE: _database,
    DescribeKind.CATALOG: _catalog,
    DescribeKind.FUNCTION: _function,
    DescribeKind.MODEL: _model,
}
