"""Reading a text file block by block: what the formats made of records in a row (csv, json, raw) share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar.batch import Batch, Kinds
from sqlstream.errors import ConnectorError
from sqlstream.spi.format import FileDecoder

BLOCK_SIZE = 4 << 20
MAX_RECORD_SIZE = 256 << 20
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class ParsedBlock:
    """The rows of a block. Row i comes from the record that begins at byte ``starts[i]`` of the block, on line
    ``lines[i]``; several rows may come from one record.

    ``consumed`` bytes are done with, ``next_line`` follows them; ``skipped`` records were dropped. ``kinds`` as in
    :class:`Batch`.
    """

    data: pa.RecordBatch
    starts: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]
    consumed: int
    next_line: int
    skipped: int
    kinds: Kinds | None = None


class BlockParser(ABC):
    """Turns text into rows."""

    @abstractmethod
    def parse(self, text: bytes, line: int, at_end: bool) -> ParsedBlock | None:
        """The whole records of ``text``, which begins on line ``line``; ``at_end``: nothing follows. None when there
        is no whole record. ConnectorError names the line that is no row."""

    def skip_header(self, text: bytes, line: int, at_end: bool) -> tuple[int, int] | None:
        """How many bytes at the file's beginning are no rows, and the line after them; None to see more text."""
        return 0, line


class BlockFileDecoder(FileDecoder):
    """A position is the byte offset and line of the next record, and how many of its rows were read already."""

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        position: Mapping[str, int] | None,
        parser: BlockParser,
        block_size: int = BLOCK_SIZE,
    ) -> None:
        self._file = file
        self._name = name
        self._parser = parser
        self._block_size = block_size
        self._text = b""
        self._at_end = False
        start = position or {"offset": 0, "line": 1, "row": 0}
        self._offset, self._line, self._row = start["offset"], start["line"], start["row"]
        self._block: ParsedBlock | None = None
        self._skipped = 0
        if self._offset:
            file.seek(self._offset)
        else:
            self._skip_beginning()

    def _skip_beginning(self) -> None:
        self._fill(self._block_size)
        if self._text.startswith(_BOM):
            self._drop(len(_BOM), self._line)
        while (header := self._parser.skip_header(self._text, self._line, self._at_end)) is None:
            self._grow()
        self._drop(*header)

    def read(self, max_rows: int) -> Batch | None:
        while self._block is None or self._row >= self._block.data.num_rows:
            if not self._next_block():
                return None
        batch = Batch(self._block.data, self._block.kinds).slice(self._row, max_rows)
        self._row += batch.num_rows
        return batch

    def position(self) -> Any:
        block = self._block
        if block is None:
            return {"offset": self._offset, "line": self._line, "row": self._row}
        if self._row >= block.data.num_rows:
            return {"offset": self._offset + block.consumed, "line": block.next_line, "row": 0}
        start = block.starts[self._row]
        rows_before = self._row - int(np.searchsorted(block.starts, start))
        return {"offset": self._offset + int(start), "line": int(block.lines[self._row]), "row": rows_before}

    @property
    def skipped(self) -> int:
        return self._skipped

    def _next_block(self) -> bool:
        if self._block is not None:
            self._drop(self._block.consumed, self._block.next_line)
            self._block = None
            self._row = 0
        self._fill(self._block_size)
        while self._text:
            self._block = self._parser.parse(self._text, self._line, self._at_end)
            if self._block is not None:
                self._skipped += self._block.skipped
                return True
            self._grow()
        return False

    def _drop(self, length: int, next_line: int) -> None:
        self._text = self._text[length:]
        self._offset += length
        self._line = next_line

    def _fill(self, size: int) -> None:
        """At least ``size`` bytes of text, or all there is."""
        while not self._at_end and len(self._text) < size:
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
