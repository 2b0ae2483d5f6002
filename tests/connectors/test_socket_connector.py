"""What the socket connector promises, against a real server."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from connector_tables import drain, schema, source

from sqlstream.errors import ConfigError, ConnectorError
from sqlstream.spi.connector import SplitReader
from sqlstream.types.schema import Schema

AB = schema(a="INT", b="STRING")


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def _connect(server: socket.socket, of: Schema = AB, **options: str) -> tuple[SplitReader, socket.socket]:
    named = {"hostname": "127.0.0.1", "port": server.getsockname()[1], "format": "csv"} | options
    table = source("socket", of, named)
    assert not table.bounded
    (split,) = table.splits(4)
    reader = table.reader(split, None)
    return reader, server.accept()[0]


def test_messages_become_rows_until_the_server_closes(server: socket.socket) -> None:
    reader, peer = _connect(server)
    with peer:
        peer.sendall(b"1,a\n2,b\n3,")
        first = reader.read(1, 5.0)
        assert first is not None
        assert [row for _, row in first.to_rows()] == [(1, "a")]
        second = reader.read(10, 5.0)
        assert second is not None
        assert [row for _, row in second.to_rows()] == [(2, "b")]
        nothing = reader.read(10, 0.0)
        assert nothing is not None
        assert nothing.num_rows == 0
        peer.sendall(b"c")
    assert drain(reader) == [(3, "c")]
    reader.close()


def test_other_delimiters_and_formats(server: socket.socket) -> None:
    reader, peer = _connect(server, **{"byte-delimiter": "0", "format": "json", "json.ignore-parse-errors": "true"})
    with peer:
        peer.sendall(b'{"a":1,\n"b":"x"}\0oops\0')
    assert drain(reader) == [(1, "x")]
    assert reader.skipped == 1
    reader.close()


def test_bad_messages_are_errors(server: socket.socket) -> None:
    reader, peer = _connect(server)
    with peer:
        peer.sendall(b"x,y\n")
    with pytest.raises(ConnectorError, match="cannot read 'x' as INT"):
        drain(reader)
    reader.close()


def test_nobody_listening_is_said_so(server: socket.socket) -> None:
    port = server.getsockname()[1]
    server.close()
    table = source("socket", AB, {"hostname": "127.0.0.1", "port": port, "format": "csv"})
    with pytest.raises(ConnectorError, match=f"Cannot connect to 127.0.0.1:{port}: Connection refused"):
        table.reader(table.splits(1)[0], None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"port": "1", "format": "csv"}, "requires the option 'hostname'"),
        ({"hostname": "h", "port": "http", "format": "csv"}, "Invalid value 'http' for option 'port'"),
        ({"hostname": "h", "port": "70000", "format": "csv"}, "Invalid value '70000'"),
        ({"hostname": "h", "port": "1", "format": "csv", "byte-delimiter": "300"}, "Invalid value '300'"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        source("socket", AB, options)
