"""How each SQL type is read from a CSV field: as which Arrow type, and value by value where Arrow has no reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from sqlstream.errors import ConnectorError
from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow
from sqlstream.types.schema import Field
from sqlstream_connectors.formats.csv.dialect import CsvDialect
from sqlstream_connectors.formats.text_parsing import TextParser, text_parser

_READ_AS: dict[type, Callable[[Any], pa.DataType]] = {
    t.DecimalType: lambda type_: pa.decimal128(t.MAX_DECIMAL_PRECISION, type_.scale),  # read unchecked, cast checked
    t.YearMonthIntervalType: lambda _: pa.int32(),
    t.DayTimeIntervalType: lambda _: pa.int64(),
    **dict.fromkeys((t.BinaryType, t.VarBinaryType, t.ArrayType, t.RowType), lambda _: pa.string()),
}
_BY_VALUE = (t.BinaryType, t.VarBinaryType, t.ArrayType, t.RowType)


@dataclass(frozen=True)
class CsvColumn:
    """A wanted column. ``read_as`` is what pyarrow's CSV reader makes of it; ``parse`` reads one non-NULL value."""

    name: str
    type: t.LogicalType
    read_as: pa.DataType
    parse: TextParser

    def finish(self, array: pa.Array) -> pa.Array:
        """``array`` (of type ``read_as``) as the SQL type's Arrow image; ValueError for a value that is none."""
        if isinstance(self.type, _BY_VALUE):
            values = [None if text is None else self.parse(text) for text in array.to_pylist()]
            return pa.array(values, type=to_arrow(self.type))
        return array.cast(to_arrow(self.type))

    def parse_each(self, texts: list[bytes | None]) -> tuple[pa.Array, list[int]]:
        """The column, and the indices of the values that are none of its type (NULL in the column)."""
        values: list[Any] = []
        bad: list[int] = []
        for row, text in enumerate(texts):
            try:
                values.append(None if text is None else self.parse(text.decode()))
            except ValueError:
                values.append(None)
                bad.append(row)
        return pa.array(values, type=to_arrow(self.type)), bad


def csv_column(field: Field, dialect: CsvDialect) -> CsvColumn:
    """Raises ConnectorError for a type that CSV cannot hold."""
    image: Callable[[Any], pa.DataType] = _READ_AS.get(type(field.type), to_arrow)
    read_as = image(field.type)
    return CsvColumn(field.name, field.type, read_as, _parser(field.name, field.type, dialect))


def _parser(name: str, type_: t.LogicalType, dialect: CsvDialect) -> TextParser:
    if isinstance(type_, t.ArrayType):
        element = _nullable(_parser(name, type_.element, dialect), dialect)
        return lambda text: [element(part) for part in text.split(dialect.element_delimiter)] if text else []
    if isinstance(type_, t.RowType):
        return _row_parser(name, type_, dialect)
    parse = text_parser(type_)
    if parse is None:
        raise ConnectorError(
            f"Column '{name}': the csv format cannot hold the type {type_}.", hint="Use the json or parquet format."
        )
    return parse


def _row_parser(name: str, type_: t.RowType, dialect: CsvDialect) -> TextParser:
    fields = [(f.name, _nullable(_parser(name, f.type, dialect), dialect)) for f in type_.fields]

    def parse(text: str) -> dict[str, Any]:
        parts = text.split(dialect.element_delimiter)
        if len(parts) != len(fields):
            raise ValueError(text)
        return {field: read(part) for (field, read), part in zip(fields, parts, strict=True)}

    return parse


def _nullable(parse: TextParser, dialect: CsvDialect) -> TextParser:
    return lambda text: None if text == dialect.null_literal else parse(text)
