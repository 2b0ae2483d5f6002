"""What the debezium-json format promises: Flink's spelling of changes, Debezium's read as changes, bad ones named."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from connector_tables import batch, schema
from hypothesis import given, settings
from hypothesis import strategies as st

import sqlstream
from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.config.configuration import Configuration
from sqlstream.errors import ConfigError, ConnectorError, PlanError
from sqlstream.spi.format import FileDecoder, RowLayout
from sqlstream.types.schema import Schema
from sqlstream_connectors.formats.block_decoder import BlockFileDecoder
from sqlstream_connectors.formats.cdc.block_parser import CdcBlockParser
from sqlstream_connectors.formats.cdc.options import CdcReading
from sqlstream_connectors.formats.debezium_json import DebeziumJsonFormat

ADD, UB, UA, D = RowKind
PRODUCTS = schema(id="INT", name="STRING", weight="DECIMAL(10, 2)")
Change = tuple[RowKind, tuple[Any, ...]]


def changes(of: Schema, *rows: Change) -> Batch:
    return Batch(batch(of, *(row for _, row in rows)).data, np.array([kind for kind, _ in rows], dtype=np.int8))


def written(of: Schema, data: Batch, options: Mapping[str, str] | None = None) -> str:
    file = io.BytesIO()
    encoder = DebeziumJsonFormat().file_encoder(file, of, Configuration(options or {}))
    encoder.write(data)
    encoder.finish()
    return file.getvalue().decode()


def _decoder(
    text: str, of: Schema, options: Mapping[str, str] | None = None, position: Any = None, block: int = 1 << 20
) -> FileDecoder:
    reading = CdcReading.of("debezium-json", Configuration(options or {}))
    parser = CdcBlockParser(DebeziumJsonFormat.dialect, RowLayout.whole(of), reading, "f.json")
    return BlockFileDecoder(io.BytesIO(text.encode()), "f.json", position, parser, block)


def _rows(decoder: FileDecoder, max_rows: int = 1000) -> list[Change]:
    rows: list[Change] = []
    while (read := decoder.read(max_rows)) is not None:
        rows.extend(read.to_rows())
    return rows


def read(text: str, of: Schema = PRODUCTS, **options: str) -> list[Change]:
    return _rows(_decoder(text, of, {key.replace("_", "-"): value for key, value in options.items()}))


UPDATE = """{"before":{"id":111,"name":"scooter","description":"Big 2-wheel scooter","weight":5.18},\
"after":{"id":111,"name":"scooter","description":"Big 2-wheel scooter","weight":5.15},\
"source":{"version":"1.1.1.Final","db":"inventory"},"op":"u","ts_ms":1589362330904,"transaction":null}
"""


def test_changes_are_written_as_flink_writes_them() -> None:
    of = schema(id="INT", at="TIMESTAMP(3)", price="DECIMAL(12, 10)")
    row, other = (1, datetime(2024, 1, 1, 10), Decimal("0.0000000100")), (2, None, None)
    data = changes(of, (ADD, row), (UB, row), (UA, other), (D, other))
    first, second = '{"id":1,"at":"2024-01-01 10:00:00","price":1E-8}', '{"id":2,"at":null,"price":null}'
    assert written(of, data) == (
        f'{{"before":null,"after":{first},"op":"c"}}\n'
        f'{{"before":{first},"after":null,"op":"d"}}\n'
        f'{{"before":null,"after":{second},"op":"c"}}\n'
        f'{{"before":{second},"after":null,"op":"d"}}\n'
    )
    options = {
        "encode.ignore-null-fields": "true",
        "encode.decimal-as-plain-number": "true",
        "timestamp-format.standard": "ISO-8601",
    }
    assert written(of, changes(of, (ADD, row), (D, other)), options) == (
        '{"after":{"id":1,"at":"2024-01-01T10:00:00","price":0.0000000100},"op":"c"}\n{"before":{"id":2},"op":"d"}\n'
    )


def test_rows_that_are_only_added_need_no_kinds() -> None:
    of = schema(a="INT")
    assert written(of, batch(of, (1,))) == '{"before":null,"after":{"a":1},"op":"c"}\n'
    encoder = DebeziumJsonFormat().message_encoder(of, Configuration({}))
    assert encoder.encode(changes(of, (D, (1,)))) == [b'{"before":{"a":1},"after":null,"op":"d"}']


def test_what_debezium_captured_is_read_as_changes() -> None:
    before, after = (111, "scooter", Decimal("5.18")), (111, "scooter", Decimal("5.15"))
    text = (
        '{"before":null,"after":{"id":111,"name":"scooter","weight":5.18},"op":"c"}\n'
        + UPDATE
        + '{"before":{"id":111,"name":"scooter","weight":5.15},"after":null,"op":"d"}\n'
        + '{"before":null,"after":{"id":1,"name":"x"},"op":"r"}\n'
    )
    assert read(text) == [(ADD, before), (UB, before), (UA, after), (D, after), (ADD, (1, "x", None))]


def test_changes_with_their_schema_are_read_from_the_payload() -> None:
    text = f'{{"schema":{{"type":"struct"}},"payload":{UPDATE.strip()}}}\n'
    before, after = (111, "scooter", Decimal("5.18")), (111, "scooter", Decimal("5.15"))
    assert read(text, schema_include="true") == [(UB, before), (UA, after)]
    with pytest.raises(ConnectorError, match=r"f\.json, line 1: expected a change"):
        read(text)
    with pytest.raises(ConfigError, match=r"debezium-json\.schema-include.* is for reading"):
        written(PRODUCTS, changes(PRODUCTS), {"schema-include": "true"})


def test_no_column_may_be_wanted_of_a_change() -> None:
    assert read(UPDATE, Schema(())) == [(UB, ()), (UA, ())]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not valid JSON"),
        ("[1]", "expected a JSON object"),
        ('{"id":1}', "found no 'op'"),
        ('{"after":{"id":1},"op":"x"}', "unknown operation 'x'; expected one of c, r, u, d"),
        ('{"after":null,"op":"c"}', "the operation 'c' needs 'after', which is missing"),
        ('{"before":{"id":1},"op":"u"}', "the operation 'u' needs 'after'"),
        ('{"after":{"id":1},"op":"u"}', "the operation 'u' needs 'before'.* REPLICA IDENTITY FULL"),
        ('{"after":{"id":1},"op":"d"}', "the operation 'd' needs 'before'"),
        ('{"after":{"id":"one"},"op":"c"}', "column 'after': cannot read"),
    ],
)
def test_a_bad_change_is_named_or_skipped_and_counted(line: str, message: str) -> None:
    text = f'{UPDATE}\n{line}\n{{"after":{{"id":2}},"op":"c"}}\n'
    with pytest.raises(ConnectorError, match=rf"^f\.json, line 3.*{message}") as raised:
        read(text)
    assert "'debezium-json.ignore-parse-errors' = 'true'" in str(raised.value.hint)
    decoder = _decoder(text, PRODUCTS, {"ignore-parse-errors": "true"})
    assert [(kind, row[0]) for kind, row in _rows(decoder)] == [(UB, 111), (UA, 111), (ADD, 2)]
    assert decoder.skipped == 1


def test_messages_are_changes_and_a_tombstone_is_none() -> None:
    decoder = DebeziumJsonFormat().message_decoder(RowLayout.whole(PRODUCTS), Configuration({}))
    read = decoder.decode([UPDATE.strip().encode(), b"", b'{"before":{"id":3},"op":"d"}'])
    assert [(kind, row[0]) for kind, row in read.to_rows()] == [(UB, 111), (UA, 111), (D, 3)]


ROWS = st.lists(
    st.tuples(
        st.sampled_from([ADD, D]),
        st.tuples(
            st.none() | st.integers(-(2**63), 2**63 - 1),
            st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
            st.none() | st.lists(st.none() | st.booleans(), max_size=3),
            st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
        ),
    ),
    max_size=10,
)
COLUMNS = schema(a="BIGINT", b="STRING", d="ARRAY<BOOLEAN>", e="TIMESTAMP(6)")


@settings(deadline=None)
@given(ROWS, st.integers(1, 60), st.integers(1, 5))
def test_changes_come_back_however_the_file_is_cut(rows: list[Change], block: int, max_rows: int) -> None:
    text = written(COLUMNS, changes(COLUMNS, *rows))
    assert _rows(_decoder(text, COLUMNS, block=block), max_rows) == rows


LINES = [UPDATE.strip(), "", '{"after":{"id":2},"op":"c"}', '{"op":"u"}', "oops", '{"before":{"id":4},"op":"d"}']


@settings(deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=8), st.data())
def test_reading_goes_on_exactly_where_it_stopped(lines: list[str], data: st.DataObject) -> None:
    options = {"ignore-parse-errors": "true"}
    text = "\n".join(lines)
    expected = _rows(_decoder(text, PRODUCTS, options))
    decoder = _decoder(text, PRODUCTS, options, block=data.draw(st.integers(1, 40)))
    rows: list[Change] = []
    for _ in range(data.draw(st.integers(0, 4))):
        read = decoder.read(data.draw(st.integers(1, 3)))
        rows.extend(read.to_rows()) if read is not None else None
    resumed = _decoder(text, PRODUCTS, options, position=decoder.position(), block=data.draw(st.integers(1, 40)))
    assert rows + _rows(resumed) == expected


def test_an_unbounded_aggregate_goes_into_files_and_comes_out_of_them(tmp_path: Path) -> None:
    with sqlstream.connect() as session:
        for format_ in ("debezium-json", "json"):
            session.sql(
                f"CREATE TABLE `{format_}` (k STRING, n BIGINT) "
                f"WITH ('connector' = 'filesystem', 'path' = '{tmp_path / format_}', 'format' = '{format_}')"
            )
        session.sql("CREATE VIEW words AS SELECT * FROM (VALUES ('a'), ('b'), ('a'), ('a')) AS t (k)")
        session.sql("INSERT INTO `debezium-json` SELECT k, COUNT(*) FROM words GROUP BY k").wait()
        changes = session.sql("SELECT * FROM `debezium-json`").fetchall()
        total = session.sql("SELECT SUM(n), COUNT(*) FROM `debezium-json`").fetchall()
        with pytest.raises(PlanError, match="doesn't support consuming update changes"):
            session.sql("INSERT INTO json SELECT k, COUNT(*) FROM words GROUP BY k")
    assert Counter((row.kind, *row) for row in changes) == Counter(
        [(ADD, "a", 1), (D, "a", 1), (ADD, "a", 2), (D, "a", 2), (ADD, "a", 3), (ADD, "b", 1)]
    )
    assert total[-1] == (4, 2)
