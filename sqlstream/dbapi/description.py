"""``cursor.description``: one tuple a column, from its SQL type."""

from __future__ import annotations

from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema

ColumnDescription = tuple[str, str, None, int | None, int | None, int | None, bool]
"""Name, type code, display size (unknown), length, precision, scale, whether it may be NULL."""


def describe(schema: Schema) -> list[ColumnDescription]:
    """What PEP 249 tells of each column."""
    return [_column(field) for field in schema]


def _column(field: Field) -> ColumnDescription:
    type_ = field.type
    length = type_.length if isinstance(type_, (*t.CHARACTER_TYPES, *t.BINARY_TYPES)) else None
    precision = getattr(type_, "precision", None)
    scale = type_.scale if isinstance(type_, t.DecimalType) else None
    return field.name, type_.name, None, length, precision, scale, type_.nullable
