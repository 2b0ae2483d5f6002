"""Writing CSV: columns to text, quoted where needed, joined into lines; all of it vectorised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import byte_offsets
from sqlstream.columnar.batch import Batch
from sqlstream.errors import ConnectorError
from sqlstream.spi.format import FileEncoder, MessageEncoder
from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow
from sqlstream.types.schema import Schema
from sqlstream_connectors.formats.csv.dialect import CsvDialect
from sqlstream_connectors.formats.text_images import decimal_image, text_image


class CsvLines:
    """Rows of ``schema`` as lines without their terminator."""

    def __init__(self, schema: Schema, dialect: CsvDialect) -> None:
        self._schema = schema
        self._dialect = dialect
        given = [dialect.delimiter, dialect.quote, dialect.escape, "\n", "\r", "#" if dialect.comments else None]
        special = [character for character in given if character]
        self._special = "[" + "".join(map(re.escape, special)) + "]"
        self._first_bytes = np.zeros(256, np.bool_)
        self._first_bytes[[character.encode()[0] for character in special]] = True

    def encode(self, data: pa.RecordBatch) -> pa.Array:
        """One string a row; ConnectorError for a value that cannot be written without quotes."""
        fields = [
            self._field(array, field.name, field.type) for array, field in zip(data.columns, self._schema, strict=True)
        ]
        if len(fields) == 1:
            return fields[0]
        return pc.binary_join_element_wise(*fields, self._dialect.delimiter)

    def _field(self, array: pa.Array, name: str, type_: t.LogicalType) -> pa.Array:
        text = self._text(array, type_)
        if isinstance(type_, (*t.CHARACTER_TYPES, *t.APPROXIMATE_TYPES, t.ArrayType, t.RowType, *t.DATETIME_TYPES)):
            text = self._quoted(text, name)
        return pc.fill_null(text, self._dialect.null_literal or "")

    def _quoted(self, text: pa.Array, name: str) -> pa.Array:
        offsets, data = byte_offsets(text)
        if not self._first_bytes[data[offsets[0] : offsets[-1]]].any():
            return text
        needed = pc.match_substring_regex(text, self._special)
        if not pc.any(needed).as_py():
            return text
        quote, escape = self._dialect.quote, self._dialect.escape
        if quote is None:
            raise ConnectorError(
                f"Column '{name}' has a value with a delimiter or line break, which csv cannot hold without quotes.",
                hint="Remove 'csv.disable-quote-character', or choose another 'csv.field-delimiter'.",
            )
        inner = pc.replace_substring(text, escape, escape * 2) if escape else text
        inner = pc.replace_substring(inner, quote, quote * 2)
        return pc.if_else(needed, pc.binary_join_element_wise(quote, inner, quote, ""), text)

    def _text(self, array: pa.Array, type_: t.LogicalType) -> pa.Array:
        if isinstance(type_, t.DecimalType):
            return decimal_image(array, self._dialect.scientific_decimals)
        if isinstance(type_, t.ArrayType | t.RowType):
            return pa.array([self._joined(value, type_) for value in array.to_pylist()], pa.string())
        return text_image(array, type_)

    def _joined(self, value: Any, type_: t.ArrayType | t.RowType) -> str | None:
        if value is None:
            return None
        if isinstance(type_, t.ArrayType):
            pairs: Sequence[tuple[Any, t.LogicalType]] = [(element, type_.element) for element in value]
        else:
            pairs = [(value[field.name], field.type) for field in type_.fields]
        texts = [self._text(pa.array([item], to_arrow(item_type)), item_type)[0].as_py() for item, item_type in pairs]
        return self._dialect.element_delimiter.join(
            (self._dialect.null_literal or "") if text is None else text for text in texts
        )


class CsvFileEncoder(FileEncoder):
    def __init__(self, file: BinaryIO, schema: Schema, dialect: CsvDialect) -> None:
        self._file = file
        self._lines = CsvLines(schema, dialect)

    def write(self, batch: Batch) -> None:
        lines = pc.binary_join_element_wise(self._lines.encode(batch.data), "", "\n")
        self._file.write(string_bytes(lines))

    def finish(self) -> None:
        """Nothing stands at the end of a CSV file."""


class CsvMessageEncoder(MessageEncoder):
    def __init__(self, schema: Schema, dialect: CsvDialect) -> None:
        self._lines = CsvLines(schema, dialect)

    def encode(self, batch: Batch) -> Sequence[bytes]:
        messages: list[bytes] = pc.cast(self._lines.encode(batch.data), pa.binary()).to_pylist()
        return messages


def string_bytes(array: pa.StringArray) -> memoryview:
    """All strings of ``array``, which has no NULLs, one after the other, without a copy."""
    _, offsets, data = array.buffers()
    if not len(array):
        return memoryview(b"")
    bounds = memoryview(offsets).cast("i")
    return memoryview(data)[bounds[array.offset] : bounds[array.offset + len(array)]]
