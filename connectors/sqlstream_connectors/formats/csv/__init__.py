"""The ``csv`` format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

from sqlstream.config.configuration import Configuration
from sqlstream.config.option import ConfigOption
from sqlstream.spi.format import FileDecoder, FileEncoder, FormatFactory, MessageDecoder, MessageEncoder, RowLayout
from sqlstream.types.schema import Schema
from sqlstream_connectors.formats.block_decoder import BlockFileDecoder
from sqlstream_connectors.formats.csv.block_parser import CsvBlockParser
from sqlstream_connectors.formats.csv.columns import csv_column
from sqlstream_connectors.formats.csv.dialect import CSV_OPTIONS, CsvDialect
from sqlstream_connectors.formats.csv.encoder import CsvFileEncoder, CsvMessageEncoder
from sqlstream_connectors.formats.csv.message_decoder import CsvMessageDecoder


class CsvFormat(FormatFactory):
    """Comma-separated values (RFC 4180), columns by position."""

    identifier = "csv"
    extension = "csv"

    @property
    def options(self) -> Sequence[ConfigOption[Any]]:
        return CSV_OPTIONS

    def validate(self, schema: Schema, options: Configuration) -> None:
        dialect = CsvDialect.of(options)
        for field in schema:
            csv_column(field, dialect)

    def file_decoder(
        self, file: BinaryIO, name: str, position: Any | None, layout: RowLayout, options: Configuration
    ) -> FileDecoder:
        return BlockFileDecoder(file, name, position, CsvBlockParser(layout, CsvDialect.of(options), name))

    def file_encoder(self, file: BinaryIO, schema: Schema, options: Configuration) -> FileEncoder:
        return CsvFileEncoder(file, schema, CsvDialect.of(options))

    def message_decoder(self, layout: RowLayout, options: Configuration) -> MessageDecoder:
        return CsvMessageDecoder(layout, CsvDialect.of(options))

    def message_encoder(self, schema: Schema, options: Configuration) -> MessageEncoder:
        return CsvMessageEncoder(schema, CsvDialect.of(options))
