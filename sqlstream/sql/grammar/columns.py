"""The part of CREATE and ALTER TABLE between the parentheses: columns, watermark, primary key."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot.tokenizer_core import Token

from sqlstream.spi.catalog import Column, ComputedColumn, MetadataColumn, PhysicalColumn, WatermarkDefinition
from sqlstream.sql.cursor import Cursor


@dataclass
class TableElements:
    """What the parentheses hold, collected in order. ``names`` are bare column names, which only CTAS may have."""

    columns: list[Column] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    watermark: WatermarkDefinition | None = None
    primary_key: tuple[str, ...] = ()
    key_token: Token | None = None


def table_elements(cursor: Cursor) -> TableElements:
    """``( element, ... )`` of a CREATE TABLE; SqlError for a column, key or watermark given twice."""
    elements = TableElements()
    cursor.in_parentheses(lambda: _element(cursor, elements))
    return elements


def _element(cursor: Cursor, elements: TableElements) -> None:
    start = cursor.token
    if cursor.peek("WATERMARK", "FOR"):
        if elements.watermark is not None:
            raise cursor.mistake("A table has one WATERMARK", start, "Remove one of the two.")
        elements.watermark = watermark(cursor)
    elif (key := primary_key(cursor)) is not None:
        _set_key(cursor, elements, key, start)
    else:
        _column_or_name(cursor, elements)


def _column_or_name(cursor: Cursor, elements: TableElements) -> None:
    start = cursor.token
    name = cursor.name()
    if name in elements.names or any(column.name == name for column in elements.columns):
        raise cursor.mistake(f"Column '{name}' is declared twice", start, "Rename one of the two.")
    if cursor.peek(",") or cursor.peek(")"):
        elements.names.append(name)
        return
    column, is_key = _column(cursor, name)
    elements.columns.append(column)
    if is_key:
        _set_key(cursor, elements, (name,), start)


def _set_key(cursor: Cursor, elements: TableElements, key: tuple[str, ...], token: Token) -> None:
    if elements.primary_key:
        raise cursor.mistake("A table has one PRIMARY KEY", token, "Write PRIMARY KEY (a, b) NOT ENFORCED.")
    elements.primary_key, elements.key_token = key, token


def column(cursor: Cursor) -> tuple[Column, bool]:
    """One column declaration, and whether PRIMARY KEY stands in it."""
    return _column(cursor, cursor.name())


def _column(cursor: Cursor, name: str) -> tuple[Column, bool]:
    if cursor.accept("AS"):
        expression = cursor.expression_text()
        return ComputedColumn(name, expression, cursor.optional_string("COMMENT")), False
    type_ = cursor.type()
    if cursor.accept("METADATA"):
        key = cursor.optional_string("FROM")
        virtual = cursor.accept("VIRTUAL")
        return MetadataColumn(name, type_, key, virtual, cursor.optional_string("COMMENT")), False
    is_key = _key_words(cursor)
    if is_key:
        _not_enforced(cursor)
    return PhysicalColumn(name, type_, cursor.optional_string("COMMENT")), is_key


def physical_columns(cursor: Cursor) -> tuple[PhysicalColumn, ...]:
    """``( name type [COMMENT 'text'], ... )``, as in a model's INPUT and OUTPUT."""

    def one() -> PhysicalColumn:
        name = cursor.name()
        type_ = cursor.type()
        return PhysicalColumn(name, type_, cursor.optional_string("COMMENT"))

    return tuple(cursor.in_parentheses(one))


def watermark(cursor: Cursor) -> WatermarkDefinition:
    """``WATERMARK FOR column AS expression``."""
    cursor.expect("WATERMARK", "FOR")
    parts = [cursor.name()]
    while cursor.accept("."):
        parts.append(cursor.name())
    cursor.expect("AS")
    return WatermarkDefinition(".".join(parts), cursor.expression_text())


def primary_key(cursor: Cursor) -> tuple[str, ...] | None:
    """``[CONSTRAINT name] PRIMARY KEY (a, b) NOT ENFORCED``; None when it does not come next."""
    if cursor.accept("CONSTRAINT"):
        cursor.name()
        cursor.expect("PRIMARY", "KEY")
    elif not _key_words(cursor):
        return None
    names = cursor.names()
    _not_enforced(cursor)
    return names


def _key_words(cursor: Cursor) -> bool:
    if cursor.peek("UNIQUE"):
        raise cursor.mistake("UNIQUE is not supported", cursor.token, "Write PRIMARY KEY (...) NOT ENFORCED.")
    return cursor.accept("PRIMARY", "KEY")


def _not_enforced(cursor: Cursor) -> None:
    if not cursor.accept("NOT", "ENFORCED"):
        raise cursor.mistake(
            "A PRIMARY KEY is not checked against the data and must say so",
            cursor.token,
            "Write PRIMARY KEY ... NOT ENFORCED.",
        )
