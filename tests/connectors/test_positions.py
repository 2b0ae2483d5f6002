"""A position is exact: whatever was read before it, a new reader gives the rest, for every format and compression."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from connector_tables import drain, schema, source, through_json
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sqlstream.spi.connector import Source
from sqlstream_connectors.formats import block_decoder

COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}
ROWS = 60
TEXTS = ["plain", "", 'quo"ted', "two\nlines", "ünïcode ✓", "a,b"]


def _text(row: int) -> str:
    return f"{row} {TEXTS[row % len(TEXTS)]}"


def _csv() -> bytes:
    lines = ["# a comment", ""]
    for row in range(ROWS):
        lines.append(f'{row},"{_text(row).replace(chr(34), chr(34) * 2)}"')
        lines += ["bad,line,here"] * (row % 7 == 3) + [""] * (row % 5 == 1)
    return "\r\n".join(lines).encode()


def _json() -> bytes:
    """Objects, arrays of several objects, empty arrays, blank and bad lines."""
    lines, row = [b"\xef\xbb\xbf"], 0
    while row < ROWS:
        count = min(ROWS - row, (1, 1, 3, 0, 5)[len(lines) % 5])
        objects = [{"n": n, "s": _text(n)} for n in range(row, row + count)]
        lines.append(json.dumps(objects[0] if count == 1 else objects).encode() + b"\n")
        lines += [b"{broken\n", b"\n"] * (len(lines) % 4 == 0)
        row += count
    return b"".join(lines)


def _raw() -> bytes:
    return "\n".join(_text(row).replace("\n", " ") for row in range(ROWS)).encode()


def _parquet() -> bytes:
    sink = pa.BufferOutputStream()
    rows = pa.table({"n": pa.array(range(ROWS), pa.int32()), "s": [_text(row) for row in range(ROWS)]})
    pq.write_table(rows, sink, row_group_size=13)
    return bytes(sink.getvalue())


def _debezium() -> bytes:
    """Changes of one row and, every third, of two; together ``ROWS``."""
    lines, row = [], 0
    while row < ROWS:
        change = {"n": row, "s": _text(row)}
        if len(lines) % 3 == 2 and row + 1 < ROWS:
            lines.append({"before": change, "after": {"n": row + 1, "s": _text(row + 1)}, "op": "u"})
            row += 2
        else:
            lines.append({"before": None, "after": change, "op": "c"})
            row += 1
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


NS = schema(n="INT", s="STRING")
TABLES: dict[str, tuple[Any, Callable[[], bytes], dict[str, Any]]] = {
    "csv": (NS, _csv, {"csv.ignore-parse-errors": "true", "csv.allow-comments": "true"}),
    "json": (NS, _json, {"json.ignore-parse-errors": "true"}),
    "debezium-json": (NS, _debezium, {}),
    "raw": (schema(s="STRING"), _raw, {}),
    "parquet": (NS, _parquet, {}),
}
CASES = [(name, end) for name in TABLES for end in COMPRESSIONS if name != "parquet" or not end]


def _table(directory: Path, name: str, compression: str) -> Source:
    of, content, options = TABLES[name]
    (directory / f"data.{name}{compression}").write_bytes(COMPRESSIONS[compression](content()))
    return source("filesystem", of, {"path": directory, "format": name, **options})


@pytest.mark.parametrize(("name", "compression"), CASES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_new_reader_gives_exactly_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, compression: str, data: st.DataObject
) -> None:
    block_size = data.draw(st.sampled_from([16, 100, 1 << 20]), "bytes a block")
    monkeypatch.setattr(block_decoder.BlockFileDecoder.__init__, "__defaults__", (block_size,))
    table = _table(tmp_path, name, compression)
    (split,) = table.splits(1)
    whole = drain(table.reader(split, None))
    assert len(whole) == ROWS
    found: list[tuple[Any, ...]] = []
    position = None
    for reads in data.draw(st.lists(st.integers(0, 4), max_size=4), "reads between restarts"):
        reader = table.reader(split, position)
        for _ in range(reads):
            read = reader.read(data.draw(st.sampled_from([1, 2, 3, 13, 40])), 1.0)
            found += [] if read is None else [values for _, values in read.to_rows()]
        position = through_json(reader.position())
        reader.close()
    assert found + drain(table.reader(split, position)) == whole
