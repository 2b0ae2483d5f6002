"""The ``json`` format: one object a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO, Protocol

from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.config.option import ConfigOption
from sqlstream.spi.format import FileDecoder, FileEncoder, FormatFactory, MessageDecoder, MessageEncoder, RowLayout
from sqlstream.types.schema import Schema
from sqlstream_connectors.formats.block_decoder import BlockFileDecoder, ParsedBlock
from sqlstream_connectors.formats.json.block_parser import JsonBlockParser
from sqlstream_connectors.formats.json.encoder import JsonFileEncoder, JsonMessageEncoder
from sqlstream_connectors.formats.json.options import JSON_OPTIONS, JsonReading, JsonWriting
from sqlstream_connectors.formats.line_scan import Lines, scan_lines


class JsonFormat(FormatFactory):
    """JSON objects, columns by name. A line may also be an array of objects, which is as many rows."""

    identifier = "json"
    extension = "json"

    @property
    def options(self) -> Sequence[ConfigOption[Any]]:
        return JSON_OPTIONS

    def validate(self, schema: Schema, options: Configuration) -> None:
        JsonReading.of(options)

    def file_decoder(
        self, file: BinaryIO, name: str, position: Any | None, layout: RowLayout, options: Configuration
    ) -> FileDecoder:
        return BlockFileDecoder(file, name, position, JsonBlockParser(layout, JsonReading.of(options), name))

    def file_encoder(self, file: BinaryIO, schema: Schema, options: Configuration) -> FileEncoder:
        return JsonFileEncoder(file, schema, JsonWriting.of(options))

    def message_decoder(self, layout: RowLayout, options: Configuration) -> MessageDecoder:
        return JsonMessageDecoder(JsonBlockParser(layout, JsonReading.of(options), "json message"))

    def message_encoder(self, schema: Schema, options: Configuration) -> MessageEncoder:
        return JsonMessageEncoder(schema, JsonWriting.of(options))


class LinesParser(Protocol):
    """What turns lines into rows."""

    def rows(self, text: bytes, lines: Lines, first_line: int) -> ParsedBlock: ...


class JsonMessageDecoder(MessageDecoder):
    """A line break within a message can only be white space, so messages are lines."""

    def __init__(self, parser: LinesParser) -> None:
        self._parser = parser
        self._skipped = 0

    def decode(self, messages: Sequence[bytes]) -> Batch:
        text = b"\n".join(message.replace(b"\n", b" ") for message in messages)
        block = self._parser.rows(text, scan_lines(text, at_end=True), 1)
        self._skipped += block.skipped
        return Batch(block.data, block.kinds)

    @property
    def skipped(self) -> int:
        return self._skipped
