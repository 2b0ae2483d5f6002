"""Reading CSV files, block by block, and CSV messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import pyarrow as pa

from sqlstream.columnar.batch import Batch
from sqlstream.errors import ConnectorError
from sqlstream.spi.format import FileDecoder, MessageDecoder, RowLayout
from sqlstream_connectors.formats.csv.block_parser import CsvBlockParser, ParsedBlock
from sqlstream_connectors.formats.csv.dialect import CsvDialect

BLOCK_SIZE = 4 << 20
MAX_RECORD_SIZE = 256 << 20
_BOM = b"\xef\xbb\xbf"


class CsvFileDecoder(FileDecoder):
    """A position is the byte offset of the next record and the line it begins on."""

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        position: Mapping[str, int] | None,
        layout: RowLayout,
        dialect: CsvDialect,
        block_size: int = BLOCK_SIZE,
    ) -> None:
        self._file = file
        self._name = name
        self._parser = CsvBlockParser(layout, dialect, name)
        self._block_size = block_size
        self._text = b""
        self._offset = position["offset"] if position else 0
        self._line = position["line"] if position else 1
        self._block: ParsedBlock | None = None
        self._row = 0
        self._skipped = 0
        self._at_end = False
        if self._offset:
            file.seek(self._offset)
        else:
            self._begin(dialect.skip_header)

    def _begin(self, skip_header: bool) -> None:
        self._fill(self._block_size)
        if self._text.startswith(_BOM):
            self._drop(len(_BOM), self._line)
        if skip_header:
            while not len((records := self._parser.scan(self._text, self._line, self._at_end)).starts):
                if self._at_end:
                    return
                self._grow()
            first = len(records.starts) == 1
            self._drop(
                records.consumed if first else int(records.starts[1]),
                records.next_line if first else int(records.lines[1]),
            )

    def read(self, max_rows: int) -> Batch | None:
        while self._block is None or self._row >= self._block.data.num_rows:
            if not self._next_block():
                return None
        data = self._block.data.slice(self._row, max_rows)
        self._row += data.num_rows
        return Batch(data)

    def position(self) -> Any:
        block = self._block
        if block is None:
            return {"offset": self._offset, "line": self._line}
        if self._row < block.data.num_rows:
            return {"offset": self._offset + int(block.starts[self._row]), "line": int(block.lines[self._row])}
        return {"offset": self._offset + block.consumed, "line": block.next_line}

    @property
    def skipped(self) -> int:
        return self._skipped

    def _next_block(self) -> bool:
        if self._block is not None:
            self._drop(self._block.consumed, self._block.next_line)
            self._block = None
        self._fill(self._block_size)
        while True:
            if not self._text:
                return False
            records = self._parser.scan(self._text, self._line, self._at_end)
            if records.consumed:
                break
            self._grow()
        self._block = self._parser.parse(self._text, records)
        self._row = 0
        self._skipped += self._block.skipped
        return True

    def _drop(self, length: int, next_line: int) -> None:
        self._text = self._text[length:]
        self._offset += length
        self._line = next_line

    def _fill(self, size: int) -> None:
        if self._at_end or len(self._text) >= size:
            return
        more = self._file.read(size - len(self._text))
        self._at_end = not more
        self._text += more

    def _grow(self) -> None:
        """More text: what there is does not hold a whole record."""
        if len(self._text) >= MAX_RECORD_SIZE:
            raise ConnectorError(
                f"{self._name}, line {self._line}: no end of the record within {MAX_RECORD_SIZE >> 20} MiB.",
                hint="Is a closing quote missing?",
            )
        self._fill(2 * max(len(self._text), self._block_size))


class CsvMessageDecoder(MessageDecoder):
    """One message, one row."""

    def __init__(self, layout: RowLayout, dialect: CsvDialect) -> None:
        self._dialect = dialect
        self._layout = layout
        self._parser = CsvBlockParser(layout, dialect, "csv message")
        self._skipped = 0

    def decode(self, messages: Sequence[bytes]) -> Batch:
        text = b"".join(message.rstrip(b"\r\n") + b"\n" for message in messages)
        records = self._parser.scan(text, 1, at_end=True)
        if len(records.starts) == len(messages):
            return self._rows(text)
        each = [self._rows(message) for message in messages]
        return Batch(
            pa.Table.from_batches([b.data for b in each], self._layout.schema.to_arrow())
            .combine_chunks()
            .to_batches()[0]
        )

    def _rows(self, text: bytes) -> Batch:
        block = self._parser.parse(text, self._parser.scan(text, 1, at_end=True))
        self._skipped += block.skipped
        return Batch(block.data)

    @property
    def skipped(self) -> int:
        return self._skipped
