"""What a format implements: bytes to rows and back. Entry point group ``sqlstream.formats``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.config.option import ConfigOption
from sqlstream.spi.connector import ChangelogMode
from sqlstream.types.schema import Schema


class FileDecoder(ABC):
    """Reads one file, from a position in it."""

    @abstractmethod
    def batches(self, max_rows: int) -> Iterator[Batch]:
        """Batches of the wanted schema, to the end of the file. ConnectorError names file and line."""

    @abstractmethod
    def position(self) -> Any:
        """JSON: where to continue after the last batch taken from ``batches``."""

    @property
    def skipped(self) -> int:
        return 0


class FileEncoder(ABC):
    """Writes one file."""

    @abstractmethod
    def write(self, batch: Batch) -> None: ...

    @abstractmethod
    def finish(self) -> None:
        """Write what must stand at the end; the file itself is the caller's to close."""


class MessageDecoder(ABC):
    """Turns whole messages (lines of a socket, records of a log) into rows."""

    @abstractmethod
    def decode(self, messages: Sequence[bytes]) -> Batch: ...

    @property
    def skipped(self) -> int:
        return 0


class MessageEncoder(ABC):
    """Turns rows into messages."""

    @abstractmethod
    def encode(self, batch: Batch) -> Sequence[bytes]: ...


class FormatFactory(ABC):
    """The entry point's object. Keys in ``options`` are without the format's prefix (``ignore-parse-errors``)."""

    identifier: str
    extension: str

    @property
    @abstractmethod
    def options(self) -> Sequence[ConfigOption[Any]]: ...

    @property
    def changelog_mode(self) -> ChangelogMode:
        return ChangelogMode.INSERT_ONLY

    @abstractmethod
    def file_decoder(
        self, file: BinaryIO, name: str, position: Any | None, schema: Schema, options: Configuration
    ) -> FileDecoder: ...

    @abstractmethod
    def file_encoder(self, file: BinaryIO, schema: Schema, options: Configuration) -> FileEncoder: ...

    @abstractmethod
    def message_decoder(self, schema: Schema, options: Configuration) -> MessageDecoder: ...

    @abstractmethod
    def message_encoder(self, schema: Schema, options: Configuration) -> MessageEncoder: ...
