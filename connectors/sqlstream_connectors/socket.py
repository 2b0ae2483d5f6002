"""The ``socket`` connector: a stream of messages from a TCP server."""

from __future__ import annotations

import select
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.config.option import INTEGER, STRING, ConfigOption
from sqlstream.errors import ConfigError, ConnectorError
from sqlstream.spi.connector import ConnectorFactory, Source, SourceSplit, SplitReader, TableContext, empty_batch
from sqlstream.spi.format import MessageDecoder
from sqlstream.spi.table_options import FORMAT, checked_format, format_options, record_layout, record_metadata
from sqlstream.types.schema import Schema

HOSTNAME = ConfigOption("hostname", STRING, None, "The server's name or address.", required=True)
PORT = ConfigOption("port", INTEGER, None, "The server's port.", required=True)
BYTE_DELIMITER = ConfigOption("byte-delimiter", INTEGER, 10, "The byte after each message: 10 is a line feed.")

_RECEIVE_BYTES = 1 << 20
_MAX_MESSAGE_SIZE = 256 << 20
_CONNECT_SECONDS = 10.0


class SocketConnector(ConnectorFactory):
    """Reads until the server closes the connection. What was sent cannot be had again, so a restart misses it."""

    identifier = "socket"

    @property
    def options(self) -> Sequence[ConfigOption[Any]]:
        return (HOSTNAME, PORT, BYTE_DELIMITER, FORMAT)

    def metadata(self, options: Configuration) -> Mapping[str, Any]:
        return record_metadata(checked_format(self, options))

    def source(self, context: TableContext) -> Source:
        format_ = checked_format(self, context.options)
        columns = context.physical_schema
        layout = record_layout(columns, context.schema, context.metadata_keys)
        options = format_options(context.options, format_)
        format_.validate(columns, options)
        decoder = format_.message_decoder(layout, options)
        port, delimiter = context.options.option(PORT), context.options.option(BYTE_DELIMITER)
        if not 0 < port < 65536:
            raise ConfigError(f"Invalid value '{port}' for option '{PORT.key}'.", hint="Expected 1 to 65535.")
        if not 0 <= delimiter < 256:
            raise ConfigError(
                f"Invalid value '{delimiter}' for option '{BYTE_DELIMITER.key}'.", hint="Expected a byte."
            )
        address = context.options.option(HOSTNAME), port
        return SocketSource(address, bytes([delimiter]), decoder, context.schema)


class SocketSource(Source):
    """One connection, one split."""

    def __init__(self, address: tuple[str, int], delimiter: bytes, decoder: MessageDecoder, schema: Schema) -> None:
        self._address = address
        self._delimiter = delimiter
        self._decoder = decoder
        self._schema = schema

    @property
    def bounded(self) -> bool:
        return False

    @property
    def replayable(self) -> bool:
        return False

    def splits(self, parallelism: int) -> Sequence[SourceSplit]:
        return [SourceSplit(f"{self._address[0]}:{self._address[1]}")]

    def reader(self, split: SourceSplit, position: Any | None) -> SplitReader:
        return SocketReader(self._address, self._delimiter, self._decoder, self._schema)


class SocketReader(SplitReader):
    """Connects at once; ConnectorError when nobody listens."""

    def __init__(self, address: tuple[str, int], delimiter: bytes, decoder: MessageDecoder, schema: Schema) -> None:
        self._name = f"{address[0]}:{address[1]}"
        self._delimiter = delimiter
        self._decoder = decoder
        self._schema = schema
        self._messages: list[bytes] = []
        self._partial = b""
        self._closed = False
        try:
            self._socket = socket.create_connection(address, timeout=_CONNECT_SECONDS)
        except OSError as error:
            raise ConnectorError(
                f"Cannot connect to {self._name}: {error.strerror or error}.", hint="Is the server running?"
            ) from error

    def read(self, max_rows: int, timeout: float) -> Batch | None:
        if not self._messages and not self._closed:
            self._receive(timeout)
        if not self._messages:
            return None if self._closed else empty_batch(self._schema)
        taken, self._messages = self._messages[:max_rows], self._messages[max_rows:]
        return self._decoder.decode(taken)

    def _receive(self, timeout: float) -> None:
        """Whatever has come within ``timeout`` seconds, cut into messages."""
        try:
            if not select.select([self._socket], [], [], timeout)[0]:
                return
            received = self._socket.recv(_RECEIVE_BYTES)
        except OSError as error:
            raise ConnectorError(f"Lost the connection to {self._name}: {error.strerror or error}.") from error
        if not received:
            self._closed = True
            self._messages = [self._partial] if self._partial else []
            self._partial = b""
            return
        *self._messages, self._partial = (self._partial + received).split(self._delimiter)
        if len(self._partial) > _MAX_MESSAGE_SIZE:
            raise ConnectorError(
                f"{self._name} sent {_MAX_MESSAGE_SIZE >> 20} MiB without a delimiter.",
                hint=f"Check the option '{BYTE_DELIMITER.key}'.",
            )

    def position(self) -> Any:
        """Nothing: a socket cannot be read again."""
        return {}

    @property
    def skipped(self) -> int:
        return self._decoder.skipped

    def close(self) -> None:
        self._socket.close()
