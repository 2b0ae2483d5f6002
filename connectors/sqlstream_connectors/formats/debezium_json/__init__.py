"""The ``debezium-json`` format: one change a line, as Debezium captures them and Flink writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

from sqlstream.config.configuration import Configuration
from sqlstream.config.option import ConfigOption
from sqlstream.spi.connector import ChangelogMode
from sqlstream.spi.format import FileDecoder, FileEncoder, FormatFactory, MessageDecoder, MessageEncoder, RowLayout
from sqlstream.types.schema import Schema
from sqlstream_connectors.formats.block_decoder import BlockFileDecoder
from sqlstream_connectors.formats.debezium_json.block_parser import DebeziumBlockParser
from sqlstream_connectors.formats.debezium_json.encoder import DebeziumFileEncoder, DebeziumMessageEncoder
from sqlstream_connectors.formats.debezium_json.options import DEBEZIUM_OPTIONS, DebeziumReading, debezium_writing
from sqlstream_connectors.formats.json import JsonMessageDecoder


class DebeziumJsonFormat(FormatFactory):
    """Takes and gives every kind of change: a row's images ``before`` and ``after``, and what happened (``op``)."""

    identifier = "debezium-json"
    extension = "json"

    @property
    def options(self) -> Sequence[ConfigOption[Any]]:
        return DEBEZIUM_OPTIONS

    @property
    def changelog_mode(self) -> ChangelogMode:
        return ChangelogMode.ALL

    def file_decoder(
        self, file: BinaryIO, name: str, position: Any | None, layout: RowLayout, options: Configuration
    ) -> FileDecoder:
        return BlockFileDecoder(
            file, name, position, DebeziumBlockParser(layout.schema, DebeziumReading.of(options), name)
        )

    def file_encoder(self, file: BinaryIO, schema: Schema, options: Configuration) -> FileEncoder:
        return DebeziumFileEncoder(file, schema, debezium_writing(options))

    def message_decoder(self, layout: RowLayout, options: Configuration) -> MessageDecoder:
        parser = DebeziumBlockParser(layout.schema, DebeziumReading.of(options), "debezium-json message")
        return JsonMessageDecoder(parser)

    def message_encoder(self, schema: Schema, options: Configuration) -> MessageEncoder:
        return DebeziumMessageEncoder(schema, debezium_writing(options))
