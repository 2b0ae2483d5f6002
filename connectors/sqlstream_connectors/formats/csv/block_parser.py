"""A block of CSV text into a batch: the whole block at once, and column by column where something is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv

from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.errors import ConnectorError
from sqlstream.spi.format import RowLayout
from sqlstream_connectors.formats.block_decoder import BlockParser, ParsedBlock
from sqlstream_connectors.formats.csv.columns import CsvColumn, csv_column
from sqlstream_connectors.formats.csv.dialect import CsvDialect
from sqlstream_connectors.formats.csv.record_scan import BLANK, COMMENT, UNTERMINATED, Records, scan_records

_SKIP_HINT = "Correct the line, or set 'csv.ignore-parse-errors' = 'true' to skip and count such lines."
_TIMESTAMPS = [pa_csv.ISO8601, "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%SZ"]


class CsvBlockParser(BlockParser):
    """Parses blocks of one source of CSV text, which errors call ``name``."""

    def __init__(self, layout: RowLayout, dialect: CsvDialect, name: str) -> None:
        self._name = name
        self._dialect = dialect
        self._width = len(layout.columns)
        self._schema = layout.schema.to_arrow()
        self._columns = [csv_column(field, dialect) for field in layout.schema]
        self._all_names = [str(i) for i in range(self._width)]
        self._wanted = [self._all_names[i] for i in layout.wanted]

    def scan(self, data: bytes, line: int, at_end: bool) -> Records:
        """The records of ``data``, which begins on line ``line``."""
        dialect = self._dialect
        return scan_records(
            data, line, at_end,
            delimiter=_code(dialect.delimiter), quote=_code(dialect.quote), escape=_code(dialect.escape),
            comments=dialect.comments,
        )  # fmt: skip

    def parse(self, text: bytes, line: int, at_end: bool) -> ParsedBlock | None:
        records = self.scan(text, line, at_end)
        return self.rows(text, records) if records.consumed else None

    def skip_header(self, text: bytes, line: int, at_end: bool) -> tuple[int, int] | None:
        if not self._dialect.skip_header:
            return 0, line
        records = self.scan(text, line, at_end)
        if len(records.starts) > 1:
            return int(records.starts[1]), int(records.lines[1])
        return (records.consumed, records.next_line) if records.consumed or at_end else None

    def rows(self, data: bytes, records: Records) -> ParsedBlock:
        """The rows of ``records``; ConnectorError names the first line that is none, unless those are to be skipped."""
        fields = records.fields
        if self._width == 1:
            fields = np.where(fields == BLANK, 1, fields)
        candidates = (fields != COMMENT) & (fields != BLANK)
        well_formed = candidates & (fields == self._width)
        malformed = np.flatnonzero(candidates & ~well_formed)
        if len(malformed) and not self._dialect.ignore_errors:
            first = int(malformed[0])
            self._values(data, records, np.flatnonzero(well_formed[:first]))
            raise self._malformed(int(records.fields[first]), int(records.lines[first]))
        rows = np.flatnonzero(well_formed)
        batch, rows_kept = self._values(data, records, rows)
        skipped = len(malformed) + len(rows) - len(rows_kept)
        return ParsedBlock(
            batch, records.starts[rows_kept], records.lines[rows_kept], records.consumed, records.next_line, skipped
        )

    def _values(
        self, data: bytes, records: Records, rows: npt.NDArray[np.int64]
    ) -> tuple[pa.RecordBatch, npt.NDArray[np.int64]]:
        if not len(rows) or not self._wanted:
            empty = [pa.array([], type=field.type) for field in self._schema]
            return build_record_batch(empty, self._schema, len(rows)), rows
        payload = _text_of(data, records, rows)
        try:
            arrays = self._read(payload, self._columns, self._wanted)
        except (pa.ArrowInvalid, ValueError):
            return self._column_by_column(payload, records, rows)
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema), rows

    def _column_by_column(
        self, payload: pa.Buffer, records: Records, rows: npt.NDArray[np.int64]
    ) -> tuple[pa.RecordBatch, npt.NDArray[np.int64]]:
        arrays: list[pa.Array] = []
        bad: list[tuple[int, int]] = []
        for index, (column, wanted) in enumerate(zip(self._columns, self._wanted, strict=True)):
            try:
                array = self._read(payload, [column], [wanted])[0]
            except (pa.ArrowInvalid, ValueError):
                array, bad_rows = column.parse_each(self._texts(payload, wanted))
                bad.extend((row, index) for row in bad_rows)
            arrays.append(array)
        batch = pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        if not bad:
            return batch, rows
        if not self._dialect.ignore_errors:
            row, index = min(bad)
            text = self._texts(payload, self._wanted[index])[row] or b""
            raise self._unreadable(self._columns[index], text, int(records.lines[rows[row]]))
        kept = np.ones(len(rows), dtype=np.bool_)
        kept[[row for row, _ in bad]] = False
        return batch.filter(pa.array(kept)), rows[kept]

    def _texts(self, payload: pa.Buffer, wanted: str) -> list[bytes | None]:
        texts = replace(self._columns[0], read_as=pa.binary())
        values: list[bytes | None] = self._table(payload, [texts], [wanted]).column(0).to_pylist()
        return values

    def _read(self, payload: pa.Buffer, columns: Sequence[CsvColumn], wanted: Sequence[str]) -> list[pa.Array]:
        table = self._table(payload, columns, wanted)
        return [column.finish(_one(chunks)) for column, chunks in zip(columns, table.columns, strict=True)]

    def _table(self, payload: pa.Buffer, columns: Sequence[CsvColumn], wanted: Sequence[str]) -> pa.Table:
        dialect = self._dialect
        return pa_csv.read_csv(
            pa.BufferReader(payload),
            read_options=pa_csv.ReadOptions(
                column_names=self._all_names, use_threads=False, block_size=len(payload) + 1
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote or False,
                double_quote=True,
                escape_char=dialect.escape or False,
                newlines_in_values=True,
                ignore_empty_lines=False,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types={name: column.read_as for name, column in zip(wanted, columns, strict=True)},
                include_columns=list(wanted),
                null_values=[] if dialect.null_literal is None else [dialect.null_literal],
                strings_can_be_null=dialect.null_literal is not None,
                quoted_strings_can_be_null=True,
                true_values=["true"],
                false_values=["false"],
                timestamp_parsers=_TIMESTAMPS,
            ),
        )

    def _malformed(self, fields: int, line: int) -> ConnectorError:
        if fields == UNTERMINATED:
            return ConnectorError(f"{self._name}, line {line}: a quoted value has no closing quote.", hint=_SKIP_HINT)
        found = max(fields, 1)
        return ConnectorError(
            f"{self._name}, line {line}: expected {self._width} columns, found {found}.", hint=_SKIP_HINT
        )

    def _unreadable(self, column: CsvColumn, text: bytes, line: int) -> ConnectorError:
        hint = "Set 'csv.null-literal' = '' if an empty field means NULL." if not text.strip() else _SKIP_HINT
        shown = text[:80].decode(errors="backslashreplace")
        return ConnectorError(
            f"{self._name}, line {line}, column '{column.name}': cannot read '{shown}' as {column.type}.", hint=hint
        )


def _code(character: str | None) -> int:
    return -1 if character is None else ord(character)


def _one(chunks: pa.ChunkedArray) -> pa.Array:
    return chunks.chunk(0) if chunks.num_chunks == 1 else chunks.combine_chunks()


def _text_of(data: bytes, records: Records, rows: npt.NDArray[np.int64]) -> pa.Buffer:
    """The text of records ``rows`` alone: a slice of ``data`` when they follow each other, else a copy."""
    breaks = np.flatnonzero(np.diff(rows) != 1) + 1
    firsts = rows[np.concatenate(([0], breaks))]
    lasts = rows[np.concatenate((breaks - 1, [len(rows) - 1]))]
    whole = pa.py_buffer(data)
    if len(firsts) == 1:
        return whole.slice(int(records.starts[firsts[0]]), int(records.ends[lasts[0]] - records.starts[firsts[0]]))
    view = memoryview(data)
    runs = zip(records.starts[firsts], records.ends[lasts], strict=True)
    return pa.py_buffer(b"\n".join(bytes(view[start:end]) for start, end in runs))
