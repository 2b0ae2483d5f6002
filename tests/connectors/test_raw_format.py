"""What the raw format promises: one column, whose value is the bytes themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from connector_tables import batch, drain, read_all, schema, sink, source, write_all

from sqlstream.config.configuration import Configuration
from sqlstream.errors import ConfigError, ConnectorError
from sqlstream.spi.format import RowLayout
from sqlstream_connectors.formats.raw import RawFormat

LINE = schema(line="STRING")


def test_lines_are_values(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_bytes('a,b\r\n\n"ä"'.encode())
    of = source("filesystem", LINE, {"path": tmp_path, "format": "raw"})
    assert read_all(of) == [("a,b",), ("",), ('"ä"',)]
    reader = of.reader(of.splits(1)[0], None)
    assert reader.read(1, 0) is not None
    assert drain(of.reader(of.splits(1)[0], reader.position()), 1) == [("",), ('"ä"',)]


def test_written_lines_come_back_and_null_is_refused(tmp_path: Path) -> None:
    options = {"path": tmp_path, "format": "raw", "raw.charset": "latin-1"}
    write_all(sink("filesystem", LINE, options), batch(LINE, ("ä",), ("b",)))
    assert next(tmp_path.iterdir()).read_bytes() == b"\xe4\nb\n"
    assert read_all(source("filesystem", LINE, options)) == [("ä",), ("b",)]
    with pytest.raises(ConnectorError, match="cannot write NULL"):
        write_all(sink("filesystem", LINE, options), batch(LINE, (None,)))


@pytest.mark.parametrize(
    ("type_", "value", "message", "endianness"),
    [
        ("BOOLEAN", True, b"\x01", "big-endian"),
        ("TINYINT", -1, b"\xff", "big-endian"),
        ("SMALLINT", 258, b"\x01\x02", "big-endian"),
        ("INT", 258, b"\x02\x01\x00\x00", "little-endian"),
        ("BIGINT", 1, b"\x00" * 7 + b"\x01", "big-endian"),
        ("FLOAT", 1.0, b"\x3f\x80\x00\x00", "big-endian"),
        ("DOUBLE", 1.0, b"\x00" * 6 + b"\xf0\x3f", "little-endian"),
        ("BYTES", b"\x00\n", b"\x00\n", "big-endian"),
        ("STRING", "ä", "ä".encode(), "big-endian"),
    ],
)
def test_values_have_flinks_bytes(type_: str, value: Any, message: bytes, endianness: str) -> None:
    of, options = schema(v=type_), Configuration({"endianness": endianness})
    assert RawFormat().message_encoder(of, options).encode(batch(of, (value,), (None,))) == [message, b""]
    assert [
        row for _, row in RawFormat().message_decoder(RowLayout.whole(of), options).decode([message]).to_rows()
    ] == [(value,)]


def test_bytes_of_another_length_are_refused() -> None:
    decoder = RawFormat().message_decoder(RowLayout.whole(schema(v="INT")), Configuration())
    with pytest.raises(ConnectorError, match="raw message 2: 3 bytes are no INT"):
        decoder.decode([b"1234", b"123"])


def test_bytes_that_are_no_text_are_replaced() -> None:
    decoder = RawFormat().message_decoder(RowLayout.whole(LINE), Configuration())
    assert decoder.decode([b"a\xff"]).to_rows()[0][1] == ("a\ufffd",)


def test_what_raw_cannot_hold_is_refused() -> None:
    with pytest.raises(ConnectorError, match="holds one column, and there are 2"):
        RawFormat().validate(schema(a="INT", b="INT"), Configuration())
    with pytest.raises(ConnectorError, match="cannot hold the type DATE"):
        RawFormat().validate(schema(a="DATE"), Configuration())
    with pytest.raises(ConfigError, match="Unknown character set 'klingon'"):
        RawFormat().validate(LINE, Configuration({"charset": "klingon"}))
