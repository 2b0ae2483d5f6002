"""CSV messages: one message, one row."""

from __future__ import annotations

from collections.abc import Sequence

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.concat import concat_batches
from sqlstream.spi.connector import empty_batch
from sqlstream.spi.format import MessageDecoder, RowLayout
from sqlstream_connectors.formats.csv.block_parser import CsvBlockParser
from sqlstream_connectors.formats.csv.dialect import CsvDialect


class CsvMessageDecoder(MessageDecoder):
    """Decodes all messages at once, and one by one when some hold other than one record."""

    def __init__(self, layout: RowLayout, dialect: CsvDialect) -> None:
        self._schema = layout.schema
        self._parser = CsvBlockParser(layout, dialect, "csv message")
        self._skipped = 0

    def decode(self, messages: Sequence[bytes]) -> Batch:
        if not messages:
            return empty_batch(self._schema)
        text = b"\n".join(message.rstrip(b"\r\n") for message in messages) + b"\n"
        if len(self._parser.scan(text, 1, at_end=True).starts) == len(messages):
            return self._rows(text)
        return concat_batches([self._rows(message) for message in messages])

    def _rows(self, text: bytes) -> Batch:
        block = self._parser.rows(text, self._parser.scan(text, 1, at_end=True))
        self._skipped += block.skipped
        return Batch(block.data)

    @property
    def skipped(self) -> int:
        return self._skipped
