"""The ``raw`` format: one column, whose value is the bytes of a line or message."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.configuration import Configuration
from sqlstream.config.option import STRING, ConfigOption, enum_type
from sqlstream.errors import ConfigError, ConnectorError
from sqlstream.spi.format import FileDecoder, FileEncoder, FormatFactory, MessageDecoder, MessageEncoder, RowLayout
from sqlstream.types.schema import Schema
from sqlstream_connectors.formats.block_decoder import BlockFileDecoder, BlockParser, ParsedBlock
from sqlstream_connectors.formats.line_scan import scan_lines
from sqlstream_connectors.formats.raw.byte_images import Endianness, RawImage, raw_image

CHARSET = ConfigOption("charset", STRING, "UTF-8", "How text is encoded.")
ENDIANNESS = ConfigOption("endianness", enum_type(Endianness), Endianness.BIG, "The order of a number's bytes.")


class RawFormat(FormatFactory):
    """Values as they are, without any structure around them. In a file, one a line."""

    identifier = "raw"
    extension = "raw"

    @property
    def options(self) -> Sequence[ConfigOption[Any]]:
        return (CHARSET, ENDIANNESS)

    def validate(self, schema: Schema, options: Configuration) -> None:
        _image(schema, options)

    def file_decoder(
        self, file: BinaryIO, name: str, position: Any | None, layout: RowLayout, options: Configuration
    ) -> FileDecoder:
        return BlockFileDecoder(file, name, position, RawBlockParser(layout, _image(layout.columns, options), name))

    def file_encoder(self, file: BinaryIO, schema: Schema, options: Configuration) -> FileEncoder:
        return RawFileEncoder(file, _image(schema, options))

    def message_decoder(self, layout: RowLayout, options: Configuration) -> MessageDecoder:
        return RawMessageDecoder(layout, _image(layout.columns, options))

    def message_encoder(self, schema: Schema, options: Configuration) -> MessageEncoder:
        return RawMessageEncoder(_image(schema, options))


def _image(columns: Schema, options: Configuration) -> RawImage:
    if len(columns) != 1:
        raise ConnectorError(
            f"The raw format holds one column, and there are {len(columns)}.", hint="Use csv, json or parquet."
        )
    charset = options.option(CHARSET)
    try:
        codecs.lookup(charset)
    except LookupError:
        raise ConfigError(f"Unknown character set '{charset}' in option 'raw.{CHARSET.key}'.") from None
    return raw_image(columns[0], charset, options.option(ENDIANNESS))


class RawBlockParser(BlockParser):
    """Lines, without their terminators, as values."""

    def __init__(self, layout: RowLayout, image: RawImage, name: str) -> None:
        self._layout = layout
        self._image = image
        self._name = name

    def parse(self, text: bytes, line: int, at_end: bool) -> ParsedBlock | None:
        lines = scan_lines(text, at_end)
        count = len(lines.starts)
        if not count:
            return None
        content = text[: lines.ends[-1]].replace(b"\r\n", b"\n")
        values = pc.split_pattern(pa.array([content], pa.binary()), b"\n").flatten()
        data = _batch(values, self._layout, self._image, f"{self._name}, line", line)
        numbers = line + pa.array(range(count)).to_numpy()
        return ParsedBlock(data, lines.starts, numbers, lines.consumed, line + count, 0)


class RawMessageDecoder(MessageDecoder):
    def __init__(self, layout: RowLayout, image: RawImage) -> None:
        self._layout = layout
        self._image = image

    def decode(self, messages: Sequence[bytes]) -> Batch:
        return Batch(_batch(pa.array(messages, pa.binary()), self._layout, self._image, "raw message", 1))


def _batch(values: pa.Array, layout: RowLayout, image: RawImage, place: str, first: int) -> pa.RecordBatch:
    """Rows of the wanted columns; ConnectorError counts from ``first`` to say which value is none."""
    bad = image.first_unreadable(values)
    if bad is not None:
        raise ConnectorError(f"{place} {first + bad}: {len(values[bad].as_py())} bytes are no {image.type}.")
    columns = [image.decode(values)] * len(layout.wanted)
    return build_record_batch(columns, layout.schema.to_arrow(), len(values))


class RawFileEncoder(FileEncoder):
    def __init__(self, file: BinaryIO, image: RawImage) -> None:
        self._file = file
        self._image = image

    def write(self, batch: Batch) -> None:
        values = self._image.encode(batch.column(0))
        if any(value is None for value in values):
            raise ConnectorError("The raw format cannot write NULL to a file.", hint="Filter it out, or use COALESCE.")
        self._file.write(b"".join(value + b"\n" for value in values if value is not None))

    def finish(self) -> None:
        """Nothing stands at the end."""


class RawMessageEncoder(MessageEncoder):
    """NULL is an empty message."""

    def __init__(self, image: RawImage) -> None:
        self._image = image

    def encode(self, batch: Batch) -> Sequence[bytes]:
        return [value or b"" for value in self._image.encode(batch.column(0))]
