"""Reading files: one split a file, in order of path."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast

import pyarrow as pa

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.configuration import Configuration
from sqlstream.errors import ConnectorError
from sqlstream.spi.connector import ChangelogMode, Source, SourceSplit, SplitReader
from sqlstream.spi.format import FileDecoder, FormatFactory, RowLayout
from sqlstream.types.schema import Field, Schema
from sqlstream_connectors.filesystem.location import Location
from sqlstream_connectors.filesystem.partitions import Partitioning, constant

_DECOMPRESSORS: Mapping[str, Callable[[Any], Any]] = {
    ".gz": lambda file: gzip.GzipFile(fileobj=file),
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
}


@dataclass(frozen=True)
class FileTable:
    """What a reader needs to know of the table: ``schema`` is what is wanted, ``layout`` the part that files hold."""

    location: Location
    format: FormatFactory
    options: Configuration
    schema: Schema
    layout: RowLayout
    partitioning: Partitioning
    metadata_keys: Mapping[str, str]


class FileSource(Source):
    """The files below a path. With ``monitor_interval`` (ms), also those that will appear there."""

    def __init__(self, table: FileTable, pattern: re.Pattern[str] | None, monitor_interval: int | None) -> None:
        self._table = table
        self._pattern = pattern
        self._monitor_interval = monitor_interval

    @property
    def bounded(self) -> bool:
        return self._monitor_interval is None

    @property
    def changelog_mode(self) -> ChangelogMode:
        return self._table.format.changelog_mode

    @property
    def discovery_interval(self) -> int | None:
        return self._monitor_interval

    def splits(self, parallelism: int) -> Sequence[SourceSplit]:
        files = self._table.location.files(self._table.partitioning.keys)
        return [
            SourceSplit(
                info.path,
                {
                    "path": info.path,
                    "size": info.size,
                    "modified": info.mtime_ns // 1_000_000 if info.mtime_ns else None,
                },
            )
            for info in files
            if self._pattern is None or self._pattern.fullmatch(info.path)
        ]

    def reader(self, split: SourceSplit, position: Any | None) -> SplitReader:
        return FileReader(self._table, split, position)


class FileReader(SplitReader):
    """One file; partition and metadata columns are the same for all of its rows."""

    def __init__(self, table: FileTable, split: SourceSplit, position: Any | None) -> None:
        self._table = table
        self._path = str(split.description["path"])
        self._file = self._open()
        self._decoder: FileDecoder = table.format.file_decoder(
            self._file, self._path, position, table.layout, table.options
        )
        directory = table.location.relative(self._path).parent
        constants = table.partitioning.values_of(directory, self._path)
        facts = _metadata(self._path, split.description)
        constants |= {column: facts[key] for column, key in table.metadata_keys.items()}
        self._constants = constants
        self._arrow_schema = table.schema.to_arrow()

    def _open(self) -> BinaryIO:
        try:
            file = self._table.location.filesystem.open_input_file(self._path)
        except OSError as error:
            raise ConnectorError(f"Cannot open '{self._path}': {error}.") from error
        decompress = _DECOMPRESSORS.get(PurePosixPath(self._path).suffix)
        return cast(BinaryIO, decompress(file) if decompress else file)

    def read(self, max_rows: int, timeout: float) -> Batch | None:
        try:
            batch = self._decoder.read(max_rows)
        except (OSError, EOFError, lzma.LZMAError) as error:
            raise ConnectorError(f"Cannot read '{self._path}': {error}.") from error
        return None if batch is None else Batch(self._complete(batch.data), batch.kinds)

    def _complete(self, data: pa.RecordBatch) -> pa.RecordBatch:
        if not self._constants:
            return data
        columns = [self._column(data, field) for field in self._table.schema]
        return build_record_batch(columns, self._arrow_schema, data.num_rows)

    def _column(self, data: pa.RecordBatch, field: Field) -> pa.Array:
        if field.name in self._constants:
            return constant(self._constants[field.name], field.type, data.num_rows)
        return data.column(field.name)

    def position(self) -> Any:
        return self._decoder.position()

    @property
    def skipped(self) -> int:
        return self._decoder.skipped

    def close(self) -> None:
        self._file.close()


def _metadata(path: str, description: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata key -> value, of the file at ``path``."""
    return {
        "file.path": path,
        "file.name": PurePosixPath(path).name,
        "file.size": description["size"],
        "file.modification-time": description["modified"],
    }
