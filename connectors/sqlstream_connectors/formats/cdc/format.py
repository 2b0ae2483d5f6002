"""What the CDC formats have in common: everything but their dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from sqlstream.config.configuration import Configuration
from sqlstream.config.option import ConfigOption
from sqlstream.errors import ConfigError
from sqlstream.spi.connector import ChangelogMode
from sqlstream.spi.format import FileDecoder, FileEncoder, FormatFactory, MessageDecoder, MessageEncoder, RowLayout
from sqlstream.types.schema import Schema
from sqlstream_connectors.formats.block_decoder import BlockFileDecoder
from sqlstream_connectors.formats.cdc.block_parser import CdcBlockParser
from sqlstream_connectors.formats.cdc.dialect import CdcDialect
from sqlstream_connectors.formats.cdc.encoder import CdcFileEncoder, CdcMessageEncoder, CdcObjects
from sqlstream_connectors.formats.cdc.options import CDC_OPTIONS, SCHEMA_INCLUDE, CdcReading
from sqlstream_connectors.formats.json import JsonMessageDecoder
from sqlstream_connectors.formats.json.options import JsonWriting


class CdcFormat(FormatFactory):
    """Takes and gives every kind of change, in the envelope of ``dialect``."""

    extension = "json"
    dialect: CdcDialect
    more_options: Sequence[ConfigOption[Any]] = ()

    @property
    def options(self) -> Sequence[ConfigOption[Any]]:
        return (*self.more_options, *CDC_OPTIONS)

    @property
    def changelog_mode(self) -> ChangelogMode:
        return ChangelogMode.ALL

    def metadata(self) -> Mapping[str, Any]:
        return {key: metadata.type for key, metadata in self.dialect.metadata.items()}

    def validate(self, schema: Schema, options: Configuration) -> None:
        CdcReading.of(self.identifier, options)

    def file_decoder(
        self, file: BinaryIO, name: str, position: Any | None, layout: RowLayout, options: Configuration
    ) -> FileDecoder:
        return BlockFileDecoder(file, name, position, self._parser(layout, options, name))

    def message_decoder(self, layout: RowLayout, options: Configuration) -> MessageDecoder:
        return JsonMessageDecoder(self._parser(layout, options, f"{self.identifier} message"))

    def file_encoder(self, file: BinaryIO, schema: Schema, options: Configuration) -> FileEncoder:
        return CdcFileEncoder(file, self._objects(schema, options))

    def message_encoder(self, schema: Schema, options: Configuration) -> MessageEncoder:
        return CdcMessageEncoder(self._objects(schema, options))

    def _parser(self, layout: RowLayout, options: Configuration, name: str) -> CdcBlockParser:
        return CdcBlockParser(self.dialect, layout, CdcReading.of(self.identifier, options), name)

    def _objects(self, schema: Schema, options: Configuration) -> CdcObjects:
        if options.option(SCHEMA_INCLUDE):
            raise ConfigError(
                f"'{self.identifier}.{SCHEMA_INCLUDE.key}' is for reading: changes are written without their schema.",
                hint="Leave the option out.",
            )
        return CdcObjects(self.dialect, schema, JsonWriting.of(options))
