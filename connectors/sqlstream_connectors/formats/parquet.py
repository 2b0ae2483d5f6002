"""The ``parquet`` format: columns by name, positions by row group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.configuration import Configuration
from sqlstream.config.option import MEMORY_SIZE, ConfigOption, enum_type
from sqlstream.errors import ConnectorError
from sqlstream.spi.format import FileDecoder, FileEncoder, FormatFactory, MessageDecoder, MessageEncoder, RowLayout
from sqlstream.types.schema import Schema


class Compression(Enum):
    SNAPPY = "SNAPPY"
    GZIP = "GZIP"
    ZSTD = "ZSTD"
    LZ4 = "LZ4"
    BROTLI = "BROTLI"
    UNCOMPRESSED = "UNCOMPRESSED"


COMPRESSION = ConfigOption(
    "compression", enum_type(Compression), Compression.SNAPPY, "How column pages are compressed."
)
BLOCK_SIZE = ConfigOption(
    "block.size", MEMORY_SIZE, 128 << 20, "The size, uncompressed, at which a row group is written."
)


class ParquetFileDecoder(FileDecoder):
    """A position is a row group and how many of its rows were read."""

    def __init__(self, file: BinaryIO, name: str, position: Mapping[str, int] | None, layout: RowLayout) -> None:
        self._name = name
        self._schema = layout.schema.to_arrow()
        try:
            self._file = pq.ParquetFile(file)
        except (pa.ArrowInvalid, OSError) as error:
            raise ConnectorError(f"{name}: not a Parquet file ({error}).") from error
        present = set(self._file.schema_arrow.names)
        self._present = [column for column in self._schema.names if column in present]
        self._group = position["row_group"] if position else 0
        self._row = position["row"] if position else 0
        self._batches: Iterator[pa.RecordBatch] = iter(())
        self._open: pa.RecordBatch | None = None
        self._begin_group(skip=self._row)

    def _begin_group(self, skip: int) -> None:
        if self._group >= self._file.num_row_groups:
            return
        self._rows_in_group = self._file.metadata.row_group(self._group).num_rows
        self._batches = self._file.iter_batches(row_groups=[self._group], columns=self._present)
        while skip and (batch := next(self._batches, None)) is not None:
            used = min(skip, batch.num_rows)
            skip -= used
            self._open = batch.slice(used)

    def read(self, max_rows: int) -> Batch | None:
        while self._open is None or not self._open.num_rows:
            if self._group >= self._file.num_row_groups:
                return None
            self._open = self._next_batch()
            if self._open is None:
                self._group += 1
                self._row = 0
                self._begin_group(skip=0)
        data = self._open.slice(0, max_rows)
        self._open = self._open.slice(data.num_rows)
        self._row += data.num_rows
        return Batch(self._wanted(data))

    def _next_batch(self) -> pa.RecordBatch | None:
        try:
            return next(self._batches, None)
        except (pa.ArrowInvalid, OSError) as error:
            raise ConnectorError(f"{self._name}: cannot read row group {self._group} ({error}).") from error

    def position(self) -> Any:
        return {"row_group": self._group, "row": self._row}

    def _wanted(self, data: pa.RecordBatch) -> pa.RecordBatch:
        columns = [self._column(data, field) for field in self._schema]
        return build_record_batch(columns, self._schema, data.num_rows)

    def _column(self, data: pa.RecordBatch, field: pa.Field) -> pa.Array:
        if field.name not in self._present:
            return pa.nulls(data.num_rows, field.type)
        found = data.column(field.name)
        try:
            return found.cast(field.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise ConnectorError(
                f"{self._name}, column '{field.name}': the file has {found.type}, not {field.type} ({error}).",
                hint="Declare the column with the type that the file has.",
            ) from error


class ParquetFileEncoder(FileEncoder):
    """Gathers batches into row groups of about ``block.size``."""

    def __init__(self, file: BinaryIO, schema: Schema, options: Configuration) -> None:
        self._schema = schema.to_arrow()
        self._block_size = options.option(BLOCK_SIZE)
        codec = options.option(COMPRESSION)
        name = "NONE" if codec is Compression.UNCOMPRESSED else codec.value
        self._writer = pq.ParquetWriter(file, self._schema, compression=name)
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_bytes = 0

    def write(self, batch: Batch) -> None:
        self._waiting.append(batch.data.cast(self._schema))
        self._waiting_bytes += batch.data.nbytes
        if self._waiting_bytes >= self._block_size:
            self._write_group()

    def _write_group(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting, self._schema))
        self._waiting = []
        self._waiting_bytes = 0

    @property
    def buffered_bytes(self) -> int:
        return self._waiting_bytes

    def finish(self) -> None:
        self._write_group()
        self._writer.close()

    def abandon(self) -> None:
        self._waiting = []
        with suppress(OSError, pa.ArrowException):
            self._writer.close()


class ParquetFormat(FormatFactory):
    """Apache Parquet files."""

    identifier = "parquet"
    extension = "parquet"

    @property
    def options(self) -> Sequence[ConfigOption[Any]]:
        return (COMPRESSION, BLOCK_SIZE)

    def file_decoder(
        self, file: BinaryIO, name: str, position: Any | None, layout: RowLayout, options: Configuration
    ) -> FileDecoder:
        return ParquetFileDecoder(file, name, position, layout)

    def file_encoder(self, file: BinaryIO, schema: Schema, options: Configuration) -> FileEncoder:
        return ParquetFileEncoder(file, schema, options)

    def message_decoder(self, layout: RowLayout, options: Configuration) -> MessageDecoder:
        raise _files_only()

    def message_encoder(self, schema: Schema, options: Configuration) -> MessageEncoder:
        raise _files_only()


def _files_only() -> ConnectorError:
    return ConnectorError(
        "The parquet format is for files; it has no messages.", hint="Use csv, json or raw with this connector."
    )
