"""What a format implements: bytes to rows and back. Entry point group ``sqlstream.formats``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.config.option import ConfigOption
from sqlstream.spi.connector import ChangelogMode
from sqlstream.types.schema import Schema


@dataclass(frozen=True)
class RowLayout:
    """``columns`` is what each row of the data holds, in order; ``wanted`` indexes those to read, in output order.

    Columns that are ``metadata`` (name -> key) are not of the row, but of the record that it is in.
    """

    columns: Schema
    wanted: tuple[int, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def whole(cls, columns: Schema) -> RowLayout:
        """Everything is wanted."""
        return cls(columns, tuple(range(len(columns))))

    @property
    def schema(self) -> Schema:
        """The schema of the batches a decoder makes."""
        return self.columns.select(self.wanted)


class FileDecoder(ABC):
    """Reads one file, from a position in it."""

    @abstractmethod
    def read(self, max_rows: int) -> Batch | None:
        """The next 1 to ``max_rows`` wanted rows; None at the end. ConnectorError names file and line."""

    @abstractmethod
    def position(self) -> Any:
        """JSON: where a new decoder must start to continue after the last batch read."""

    @property
    def skipped(self) -> int:
        """Records dropped so far under ``ignore-parse-errors``."""
        return 0


class FileEncoder(ABC):
    """Writes one file."""

    @abstractmethod
    def write(self, batch: Batch) -> None: ...

    @abstractmethod
    def finish(self) -> None:
        """Write what must stand at the end; the file itself is the caller's to close."""

    def abandon(self) -> None:
        """Instead of :meth:`finish`, of a file that is about to be removed: release what is held. Does not raise."""

    @property
    def buffered_bytes(self) -> int:
        """About how many bytes wait in memory and are not yet in the file."""
        return 0


class MessageDecoder(ABC):
    """Turns whole messages (lines of a socket, records of a log) into rows."""

    @abstractmethod
    def decode(self, messages: Sequence[bytes]) -> Batch:
        """One row a message (more where the format allows it); ConnectorError quotes the message that is no row."""

    @property
    def skipped(self) -> int:
        """Messages dropped so far under ``ignore-parse-errors``."""
        return 0


class MessageEncoder(ABC):
    """Turns rows into messages."""

    @abstractmethod
    def encode(self, batch: Batch) -> Sequence[bytes]:
        """One message a row."""


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

    def metadata(self) -> Mapping[str, Any]:
        """What can be read of a record beside its rows: key -> LogicalType. Connectors offer it as ``value.KEY``."""
        return {}

    def validate(self, schema: Schema, options: Configuration) -> None:
        """Raises ConnectorError or ConfigError when the format cannot hold ``schema``, or ``options`` contradict."""

    @abstractmethod
    def file_decoder(
        self, file: BinaryIO, name: str, position: Any | None, layout: RowLayout, options: Configuration
    ) -> FileDecoder:
        """Reads ``file`` (seekable, at its start) from ``position``; errors call it ``name``."""

    @abstractmethod
    def file_encoder(self, file: BinaryIO, schema: Schema, options: Configuration) -> FileEncoder: ...

    @abstractmethod
    def message_decoder(self, layout: RowLayout, options: Configuration) -> MessageDecoder:
        """Raises ConnectorError when the format is for files alone."""

    @abstractmethod
    def message_encoder(self, schema: Schema, options: Configuration) -> MessageEncoder: ...
