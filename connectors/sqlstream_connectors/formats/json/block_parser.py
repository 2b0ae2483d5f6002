"""A block of JSON lines into a batch: with pyarrow where every line is an object it understands, else line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.json as pa_json

from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.errors import ConnectorError
from sqlstream.spi.format import RowLayout
from sqlstream.types import logical as t
from sqlstream_connectors.formats.block_decoder import BlockParser, ParsedBlock
from sqlstream_connectors.formats.json.fast_types import fast_type, quoted_type
from sqlstream_connectors.formats.json.options import JsonReading
from sqlstream_connectors.formats.json.value_readers import json_text, value_reader, wants_exact_numbers
from sqlstream_connectors.formats.line_scan import BLANK, OBJECT, Lines, scan_lines


def skip_hint(format_: str) -> str:
    """What to do about a line that is no row."""
    return f"Correct the line, or set '{format_}.ignore-parse-errors' = 'true' to skip and count such lines."


class _BadLineError(ValueError):
    """A line that is no row; the text says why."""


class JsonBlockParser(BlockParser):
    """Parses blocks of one source of JSON lines, which errors call ``name``. In columns ``quoted`` all values may stand
    in quotes, numbers too."""

    def __init__(self, layout: RowLayout, reading: JsonReading, name: str, quoted: Sequence[str] = ()) -> None:
        self._name = name
        self._reading = reading
        self._schema = layout.schema.to_arrow()
        self._readers = [(field.name, field.type, value_reader(field.type)) for field in layout.schema]
        exact = any(wants_exact_numbers(field.type) for field in layout.schema)
        self._decoder = msgspec.json.Decoder(float_hook=Decimal) if exact else msgspec.json.Decoder()
        schemas = [self._fast_schema(layout, ()), self._fast_schema(layout, quoted) if quoted else None]
        self._fast_schemas = [schema for schema in schemas if schema is not None]

    def _fast_schema(self, layout: RowLayout, quoted: Sequence[str]) -> pa.Schema | None:
        types = [quoted_type(field.type) if field.name in quoted else fast_type(field.type) for field in layout.schema]
        distinct = len(set(layout.schema.names)) == len(types)
        if self._reading.fail_on_missing_field or not types or None in types or not distinct:
            return None
        return pa.schema(list(zip(layout.schema.names, types, strict=True)))

    def parse(self, text: bytes, line: int, at_end: bool) -> ParsedBlock | None:
        lines = scan_lines(text, at_end)
        return self.rows(text, lines, line) if lines.consumed else None

    def rows(self, text: bytes, lines: Lines, first_line: int) -> ParsedBlock:
        """The rows of ``lines``, the first of which is line ``first_line``."""
        wanted = np.flatnonzero(lines.kinds != BLANK)
        data = self._fast(text, lines, wanted)
        rows, skipped = wanted, 0
        if data is None:
            data, rows, skipped = self._line_by_line(text, lines, wanted, first_line)
        next_line = first_line + len(lines.starts)
        return ParsedBlock(data, lines.starts[rows], first_line + rows, lines.consumed, next_line, skipped)

    def _fast(self, text: bytes, lines: Lines, wanted: npt.NDArray[np.int64]) -> pa.RecordBatch | None:
        """None when some line needs a closer look. Only lines that are one object each may be handed to pyarrow: on
        other values it can crash the process."""
        if not self._fast_schemas or not len(wanted) or (lines.kinds[wanted] != OBJECT).any():
            return None
        payload = memoryview(text)[: lines.consumed]
        try:
            str(payload, "utf-8")
        except UnicodeDecodeError:
            return None
        for schema in [*self._fast_schemas]:
            data = self._read(payload, schema)
            if data is not None and data.num_rows == len(wanted):
                self._fast_schemas.sort(key=lambda other: other is not schema)
                return data
        return None

    def _read(self, payload: memoryview, schema: pa.Schema) -> pa.RecordBatch | None:
        try:
            table = pa_json.read_json(
                pa.BufferReader(payload),
                read_options=pa_json.ReadOptions(block_size=len(payload) + 1, use_threads=False),
                parse_options=pa_json.ParseOptions(
                    explicit_schema=schema, unexpected_field_behavior="ignore", newlines_in_values=False
                ),
            )
            return table.cast(self._schema).combine_chunks().to_batches()[0]
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return None

    def _line_by_line(
        self, text: bytes, lines: Lines, wanted: npt.NDArray[np.int64], first_line: int
    ) -> tuple[pa.RecordBatch, npt.NDArray[np.int64], int]:
        """The rows, the line each comes from, and how many records were dropped."""
        rows: list[list[Any]] = []
        origins: list[int] = []
        skipped = 0
        for index in wanted.tolist():
            record = text[lines.starts[index] : lines.ends[index]]
            try:
                for row in self._rows_of(record):
                    rows.append(row)
                    origins.append(index)
            except _BadLineError as error:
                if not self._reading.ignore_errors:
                    where = f"{self._name}, line {first_line + index}"
                    raise ConnectorError(f"{where}{error}", hint=skip_hint(self._reading.format)) from None
                while origins and origins[-1] == index:
                    rows.pop()
                    origins.pop()
                skipped += 1
        columns = [pa.array([row[i] for row in rows], type=field.type) for i, field in enumerate(self._schema)]
        return build_record_batch(columns, self._schema, len(rows)), np.array(origins, dtype=np.int64), skipped

    def _rows_of(self, record: bytes) -> Iterator[list[Any]]:
        value = self._value(record)
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, dict):
                raise _BadLineError(f": expected a JSON object, found '{_shown(record)}'.")
            yield [self._field(item, name, type_, read) for name, type_, read in self._readers]

    def _field(self, item: dict[str, Any], name: str, type_: t.LogicalType, read: Any) -> Any:
        value = item.get(name)
        if value is None:
            if self._reading.fail_on_missing_field and name not in item:
                raise _BadLineError(f": the field '{name}' is missing.")
            return None
        try:
            return read(value)
        except (ValueError, msgspec.MsgspecError):
            raise _BadLineError(f", column '{name}': cannot read '{json_text(value)[:80]}' as {type_}.") from None

    def _value(self, record: bytes) -> Any:
        try:
            return self._decoder.decode(record)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _tolerant(record)


def _tolerant(record: bytes) -> Any:
    """What pyarrow and Python take for JSON beyond the standard: NaN and Infinity."""
    try:
        value = json.loads(record)
        msgspec.json.encode(value)
    except (ValueError, RecursionError) as error:
        raise _BadLineError(f": not valid JSON ('{_shown(record)}').") from error
    return value


def _shown(record: bytes) -> str:
    return record[:80].decode(errors="backslashreplace")
